import { chmodSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { fromHtml, toText } from '#connectors/html'
import { db } from '#db/client'
import { migrate } from '#db/migrate'
import { getTimeline, type Place, placeText } from '#db/timeline'
import { startPostgres } from '#lib/postgres/postgres'
import { startProgram } from '../support/program.ts'
import { startWeb } from '../support/web.ts'
import { measureDigests } from './digests.ts'
import { measureFirstView } from './first-view.ts'
import { ircLog, measureImport, slackExport } from './imports.ts'
import { measureIngest, measureLikeWords } from './ingest.ts'
import { measureLighthouse } from './lighthouse.ts'
import { middle, milliseconds, say, timed, timedInTurns } from './measure.ts'
import { kilobytesOf } from './memory.ts'
import { measureScheduling } from './scheduling.ts'
import { fillForSearch, measureIndexing, measureSearch } from './search.ts'
import { measureServing } from './serving.ts'

/**
 * `npm run bench`: what the README states, measured on this machine. Prints each figure with its target and the load of
 * the machine; compares within one run, since two runs on a shared machine cannot be compared. Makes its own database
 * and removes it. POSTS=100000 sets the size. A quarter of an hour of it is a thousand sources at
 * their intervals.
 */

const POSTS = Number(process.env.POSTS ?? 100_000)
const PAGE = 50
const anonymous = { role: 'anonymous' } as const

const folder = mkdtempSync(join(tmpdir(), 'backplane-bench-'))
chmodSync(folder, 0o755)
const postgres = await startPostgres(folder)
process.env.DATABASE_URL = postgres.url
process.env.DATA_DIR = folder
try {
  await migrate(db())
  await measureDemo()
  measureSanitiser()
  await measureImports()
  await measureIngest(POSTS, folder)
  await measureLikeWords(Math.min(POSTS, 20_000), folder)
  await db().execute(sql`vacuum analyze`)
  await measurePages(`${POSTS.toLocaleString('en')} posts`)
  await measureDepth()
  await measureHtml()
  await measureServing(postgres.url, folder, placeText(await placeOfPage(10_000)))
  await db().execute(sql`truncate entries, posts cascade`)
  await measureDigests()
  await db().execute(sql`truncate entries, posts cascade`)
  await fillForSearch(POSTS)
  await measureIndexing()
  await db().execute(sql`vacuum analyze`)
  await measureSearch(POSTS)
} finally {
  await db().$client.end({ timeout: 1 })
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
}
await measureScheduling()

/** What a reader sees of the demo, which has every kind of post. */
async function measureDemo(): Promise<void> {
  const demo = await startProgram({ env: { DEMO: '1' } })
  try {
    await measureFirstView(demo.address, 'the demo')
    await measureLighthouse(demo.address, 'the demo')
  } finally {
    await demo.stop()
  }
}

/** Strangers' HTML → safe HTML and its text: what a parser costs at least. */
function measureSanitiser(): void {
  const post = `<p>${'The <a href="https://blog.example/scratch">scratch</a> is full &amp; the queue is long. '.repeat(5)}${'x'.repeat(90)}</p>`
  const run = (times: number) => {
    for (let time = 0; time < times; time++) toText(fromHtml(post))
  }
  run(300)
  const startedAt = performance.now()
  run(3000)
  say(
    'sanitising 500 characters, and their text',
    `${Math.round(3_000_000 / (performance.now() - startedAt)).toLocaleString('en')} posts/s`,
    '',
  )
}

/** `npm run import` as a person runs it, from a file to committed rows; of a fifth, too, since memory must not grow with the file. */
async function measureImports(): Promise<void> {
  for (const [what, archive] of [
    ['a log of IRC', ircLog],
    ['an export of Slack', slackExport],
  ] as const) {
    const small = await measureImport(archive(POSTS / 5, folder), postgres.url, folder)
    const { messagesPerSecond, processorSeconds, peakMegabytes } = await measureImport(archive(POSTS, folder), postgres.url, folder)
    const rate = `${messagesPerSecond.toLocaleString('en')} messages/s (${processorSeconds.toFixed(0)} s of processor)`
    say(`import of ${what}, ${POSTS.toLocaleString('en')} messages`, rate, '≥ 5,000 messages/s')
    say('its memory with a heap of 256 MB, RSS at its peak', `${peakMegabytes} MB; of a fifth as many ${small.peakMegabytes} MB`, 'flat')
  }
}

async function measurePages(size: string): Promise<void> {
  const first = await timed(200, () => getTimeline(anonymous, { limit: PAGE }))
  const filtered = await timed(200, () => getTimeline(anonymous, { limit: PAGE, platforms: ['mastodon', 'feed'] }))
  say(`page 1 of ${size}, query and objects`, milliseconds(first), '< 15 ms p50')
  say(`page 1 of ${size}, two platforms`, milliseconds(filtered), '< 15 ms p50')
}

/** Page 10,000 needs 500,000 entries: the rest is copied within the database. */
async function measureDepth(): Promise<void> {
  const copies = Math.max(0, Math.ceil((10_000 * PAGE + PAGE - POSTS) / POSTS))
  for (let copy = 1; copy <= copies; copy++) await copyPosts(copy)
  await db().execute(sql`vacuum analyze`)
  const deep = await placeOfPage(10_000)
  const shallow = () => getTimeline(anonymous, { limit: PAGE })
  const far = () => getTimeline(anonymous, { limit: PAGE, before: deep })
  // In turns, so that whatever else the machine does falls on both.
  const [near, away] = await timedInTurns(200, shallow, far)
  say(`page 1 of ${(POSTS * (copies + 1)).toLocaleString('en')} posts`, milliseconds(near), '')
  say('page 10,000 of the same', `${milliseconds(away)}, ${(middle(away) / middle(near)).toFixed(2)} × page 1`, '± 20 % of page 1')
}

/** Page 1 as a reader's browser draws it, and what that takes. */
async function measureHtml(): Promise<void> {
  const web = await startWeb({ DATABASE_URL: postgres.url, DATA_DIR: folder, LOG_LEVEL: 'warn' })
  try {
    await measureFirstView(web.origin, 'first view')
    say('web process and database, PSS', `${Math.round(kilobytesOf([web.child.pid ?? 0, ...postgresPids()]) / 1024)} MB`, '')
  } finally {
    await web.stop()
  }
}

async function copyPosts(copy: number): Promise<void> {
  const columns = await db().execute<{ name: string }>(sql`
    select column_name as name from information_schema.columns where table_name = 'posts'
    and column_name not in ('id', 'entry_id', 'external_id', 'sort_at', 'published_at') order by ordinal_position`)
  const rest = sql.join(
    columns.map(({ name }) => sql.identifier(name)),
    sql`, `,
  )
  const shift = sql`${copy * POSTS * 10} * interval '1 second'`
  await db().execute(sql`
    insert into posts (id, entry_id, external_id, sort_at, published_at, ${rest})
    select id + ${copy} * 100000000::bigint, id + ${copy} * 100000000::bigint, external_id || ${` copy ${copy}`}, sort_at - ${shift}, published_at - ${shift}, ${rest}
    from posts where id < 100000000`)
  await db().execute(sql`
    with copied as (
      insert into entries (id, platform, sort_at, last_at, audience, lanes)
      select id + ${copy} * 100000000::bigint, platform, sort_at - ${shift}, sort_at - ${shift}, audience, lanes from entries where id < 100000000
      returning id, sort_at, audience, lanes)
    insert into entry_lanes (lane, audience, sort_at, entry_id) select unnest(lanes), audience, sort_at, id from copied`)
}

async function placeOfPage(page: number): Promise<Place> {
  const [row] = await db().execute<{ id: string; sort_at: string }>(
    sql`select id, sort_at from entries order by sort_at desc, id desc offset ${(page - 1) * PAGE} limit 1`,
  )
  return row ? { id: Number(row.id), sortAt: new Date(row.sort_at) } : never()
}

/** Postgres' own processes run in its data folder. */
function postgresPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`).startsWith(folder)
      } catch {
        return false
      }
    })
}

function never(): never {
  throw new Error('unreachable')
}
