import { readdirSync, readlinkSync } from 'node:fs'
import { fromHtml, toText } from '#connectors/html'
import { getTimeline, type Place } from '#db/timeline'
import { startProgram } from '../support/program.ts'
import { startWeb } from '../support/web.ts'
import { measureFirstView } from './first-view.ts'
import { measureLighthouse } from './lighthouse.ts'
import { middle, milliseconds, say, timed, timedInTurns } from './measure.ts'
import { kilobytesOf } from './memory.ts'
import { READERS } from './timeline.ts'

const PAGE = 50

/** What a reader sees of the demo, which has every kind of post. */
export async function measureDemo(): Promise<void> {
  const demo = await startProgram({ env: { DEMO: '1' } })
  try {
    // It tells how its sources fare once its week is there: until then it takes the processors that the browser needs.
    await demo.said(/^ {2}/)
    await measureFirstView(demo.address, 'the demo')
    await measureLighthouse(demo.address, 'the demo')
  } finally {
    await demo.stop()
  }
}

/** Strangers' HTML → safe HTML and its text: what a parser costs at least. */
export function measureSanitiser(): void {
  const post = `<p>${'The <a href="https://blog.example/scratch">scratch</a> is full &amp; the queue is long. '.repeat(5)}${'x'.repeat(90)}</p>`
  const run = (times: number) => {
    for (let time = 0; time < times; time++) toText(fromHtml(post))
  }
  run(300)
  const startedAt = performance.now()
  run(3000)
  const rate = Math.round(3_000_000 / (performance.now() - startedAt))
  say('sanitising 500 characters, and their text', `${rate.toLocaleString('en')} posts/s`, '')
}

/** A page with its posts, as the web process reads it: of each reader, of two platforms, and against page 10,000. */
export async function measurePages(deep: Place): Promise<void> {
  for (const [name, reader] of READERS)
    say(`page 1 for ${name}, query and objects`, milliseconds(await timed(200, () => getTimeline(reader, { limit: PAGE }))), '< 15 ms p50')
  const [, reader] = READERS[0] ?? never()
  const filter = { limit: PAGE, platforms: ['mastodon', 'feed'] }
  say('page 1 of two platforms, query and objects', milliseconds(await timed(200, () => getTimeline(reader, filter))), '< 15 ms p50')
  // In turns, so that whatever else the machine does falls on both.
  const [near, away] = await timedInTurns(
    200,
    () => getTimeline(reader, { limit: PAGE }),
    () => getTimeline(reader, { limit: PAGE, before: deep }),
  )
  say('page 10,000 against page 1, query and objects', `${milliseconds(away)}, ${(middle(away) / middle(near)).toFixed(2)} ×`, '≤ 1.2 ×')
}

/** Page 1 as a reader's browser draws it, twenty pages of reading on, and what that takes. */
export async function measureHtml(databaseUrl: string, folder: string): Promise<void> {
  const web = await startWeb({ DATABASE_URL: databaseUrl, DATA_DIR: folder, LOG_LEVEL: 'warn' })
  try {
    await measureFirstView(web.origin, 'first view')
    say('web process and database, PSS', `${Math.round(kilobytesOf([web.child.pid ?? 0, ...postgresPids(folder)]) / 1024)} MB`, '')
  } finally {
    await web.stop()
  }
}

/** Postgres' own processes run in its data folder. */
function postgresPids(folder: string): number[] {
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
  throw new Error('there are readers')
}
