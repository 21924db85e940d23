import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { db } from '#db/client'
import { migrate } from '#db/migrate'
import { placeText } from '#db/timeline'
import { startPostgres } from '#lib/postgres/postgres'
import { measureDigests } from './digests.ts'
import { measureFeeds } from './feeds.ts'
import { fill } from './fill.ts'
import { ircLog, measureImport, slackExport } from './imports.ts'
import { measureIngest, measureLikeWords } from './ingest.ts'
import { measureLive } from './live.ts'
import { allResults, say } from './measure.ts'
import { multiply } from './multiply.ts'
import { measureDemo, measureHtml, measurePages, measureSanitiser } from './pages.ts'
import { writeSection } from './results.ts'
import { measureScheduling } from './scheduling.ts'
import { measureIndexing, measureSearch } from './search.ts'
import { measureServing } from './serving.ts'
import { measureMemory } from './soak.ts'
import { measureTimeline, placeOfPage } from './timeline.ts'
import { whyMissed } from './why.ts'

/**
 * `npm run bench`: what the README states, measured on this machine on a million posts of three years. Prints each figure
 * with its target and the load of the machine, tells at the end which targets were missed, and writes all of it into
 * RESULTS.md beside this file. Compares within one run, since two runs on a shared machine cannot be compared. Makes its
 * own databases and removes them. POSTS=100000 sets the size. More than two million are made by copying, and only read.
 * ONLY=timeline,search runs some of the parts. Over 150 lines with all that it calls.
 */

const POSTS = Number(process.env.POSTS ?? 1_000_000)
/** Of more than these, copies are made, and only what reads them is measured: archives of that size are not built up in minutes. */
const COPIED_FROM = 2_000_000
const BASE = 1_000_000
/** What is imported, ingested and scheduled beside the archive: enough for a rate. */
const IMPORTED = Math.min(POSTS, 50_000)
const INGESTED = Math.min(POSTS, 60_000)
const ALIKE = 3_000
const FEEDS = 40
/** Each source is asked once after the first reading of all. */
const SCHEDULED_MINUTES = 5
/** `MINUTES=120 ONLY=memory npm run bench` goes on for two hours, and is a section of its own. */
const MEMORY_MINUTES = Number(process.env.MINUTES ?? 2)
const only = process.env.ONLY?.split(',')
const size = POSTS.toLocaleString('en')
const startedAt = performance.now()

const folder = mkdtempSync(join(tmpdir(), 'backplane-bench-'))
chmodSync(folder, 0o755)
const postgres = await startPostgres(folder)
process.env.DATABASE_URL = postgres.url
process.env.DATA_DIR = folder
try {
  await migrate(db())
  if (POSTS > COPIED_FROM) await measureReading()
  else await measureAll()
} finally {
  await db().$client.end({ timeout: 1 })
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
}
if (POSTS <= COPIED_FROM) {
  await part('memory', () => measureMemory(MEMORY_MINUTES))
  await part('scheduling', () => measureScheduling(SCHEDULED_MINUTES))
}
tellMissed()

async function measureAll(): Promise<void> {
  await part('demo', measureDemo)
  await part('sanitiser', measureSanitiser)
  await part('imports', measureImports)
  await part('digests', measureDigests)
  await db().execute(sql`truncate entries, posts, subscriptions, deliveries cascade`)
  if (isAsked('timeline', 'pages', 'search', 'serving', 'html', 'live')) await measureArchive(POSTS)
  await part('html', () => measureHtml(postgres.url, folder))
  await part('live', () => measureLive(postgres.url, folder))
  await part('ingest', async () => {
    await measureIngest(INGESTED, folder)
    await measureLikeWords(Math.min(POSTS, ALIKE), folder)
  })
  await part('feeds', () => measureFeeds(FEEDS, folder, postgres.url))
}

/** Of an archive too large to be built up in minutes: what its readers wait for. */
async function measureReading(): Promise<void> {
  const times = Math.ceil(POSTS / BASE)
  const base = Math.round(POSTS / times)
  await measureArchive(base, () => multiply(base, times))
}

async function measureArchive(count: number, multiplied?: () => Promise<void>): Promise<void> {
  const beganAt = performance.now()
  const sources = await fill(count)
  say(`${count.toLocaleString('en')} posts filled in`, `${((performance.now() - beganAt) / 1000).toFixed(0)} s`, '')
  await measureIndexing()
  await multiplied?.()
  await db().execute(sql`vacuum analyze`)
  await sayBytes()
  await part('timeline', () => measureTimeline(sources))
  const deep = await placeOfPage(10_000)
  await part('pages', () => measurePages(deep))
  await part('search', measureSearch)
  await part('serving', () => measureServing(postgres.url, folder, placeText(deep)))
}

/** `npm run import` as a person runs it, from a file to committed rows; of a fifth, too, since memory must not grow with the file. */
async function measureImports(): Promise<void> {
  for (const [what, archive] of [
    ['a log of IRC', ircLog],
    ['an export of Slack', slackExport],
  ] as const) {
    const small = await measureImport(archive(IMPORTED / 5, folder), postgres.url, folder)
    const { messagesPerSecond, processorSeconds, peakMegabytes } = await measureImport(archive(IMPORTED, folder), postgres.url, folder)
    const rate = `${messagesPerSecond.toLocaleString('en')} messages/s (${processorSeconds.toFixed(0)} s of processor)`
    say(`import of ${what}, ${IMPORTED.toLocaleString('en')} messages`, rate, '≥ 5,000 messages/s')
    say('its memory with a heap of 256 MB, RSS at its peak', `${peakMegabytes} MB; of a fifth as many ${small.peakMegabytes} MB`, 'flat')
  }
}

async function sayBytes(): Promise<void> {
  const [row] = await db().execute<{ bytes: string }>(sql`select pg_database_size(current_database()) as bytes`)
  say(`${size} posts on disk, with all indexes`, `${(Number(row?.bytes) / 2 ** 30).toFixed(1)} GB`, '')
}

function isAsked(...parts: string[]): boolean {
  return !only || parts.some((name) => only.includes(name))
}

/** A part that fails is a line of the result, and the others are measured all the same. */
async function part(name: string, measure: () => unknown): Promise<void> {
  if (!isAsked(name)) return
  try {
    await measure()
  } catch (error) {
    console.error(error)
    say(name, `not measured: ${error instanceof Error ? error.message.split('\n')[0]?.slice(0, 120) : error}`, '', false)
  }
  // After each part: who is cut short has what was measured. A try-out of a few posts, or of some parts, is no result.
  if (POSTS >= BASE && !only) writeSection(`Benchmark, ${size} posts`, table())
  if (process.env.MINUTES && only?.join() === 'memory') writeSection('Memory over time', table())
}

function tellMissed(): void {
  const missed = allResults().filter(({ met }) => met === false)
  console.log(`\n${took()}; ${missed.length === 0 ? 'every target is met.' : 'targets that are missed:'}`)
  for (const { what, figure, target, load } of missed)
    console.log(`  ${what}: ${figure}; wanted ${target}, at a load of ${load.toFixed(1)}`)
}

function took(): string {
  return `${Math.round((performance.now() - startedAt) / 60_000)} min on ${cpus().length} processors (${cpus()[0]?.model ?? 'unknown'})`
}

function table(): string {
  const rows = allResults().map(({ what, figure, target, met, load }) => {
    const verdict = met === null ? '' : met ? 'met' : '**missed**'
    return `| ${[what, figure, target, verdict, load.toFixed(1)].map((cell) => cell.trim().replaceAll('|', '\\|')).join(' | ')} |`
  })
  const head = `${new Date().toISOString().slice(0, 10)}, ${took()}. Written by \`npm run bench\`; of two runs on a busy machine only the ratios compare.`
  const missed = allResults().filter(({ met }) => met === false)
  const because = whyMissed(missed.map(({ what }) => what)).map((reason) => `- ${reason}`)
  const why = because.length > 0 ? ['', 'Why targets are missed, as profiled:', '', ...because] : []
  return [head, '', '| work | figure | target | | load |', '| --- | --- | --- | --- | --- |', ...rows, ...why].join('\n')
}
