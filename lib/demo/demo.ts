import { setTimeout as wait } from 'node:timers/promises'
import { NotTheDemoError } from '#db/clear-demo'
import { sourceById } from '#db/sources'
import { runWorker, tellStateOf } from '../collecting/worker-process.ts'
import { configuration } from '../config.ts'
import { GIVEN_UP } from '../keep-running.ts'
import { log } from '../log.ts'
import { startDemoWeek } from './demo-week.ts'

// The worker's place in the demo: a made-up week of posts, sent through the connectors, and more while somebody watches.
// It asks nobody anything.

const LOOK_MS = 5_000
const SECOND_MS = 1000
/** Who looks at the demo for a quarter of an hour sees something happen. */
const FIRST_ROUND_MS = { least: 10 * SECOND_MS, most: 40 * SECOND_MS }
/** Who leaves it on for a day finds some 350 posts more, 500 at most, not 3,500. */
const LATER_ROUNDS_MS = { least: 190 * SECOND_MS, most: 350 * SECOND_MS }

if (process.env.DEMO !== '1')
  giveUp('The demo empties the database that it fills: start it with `npm run demo`, which gives it one of its own.')
await runWorker(showDemo).catch((error: unknown) => {
  if (!(error instanceof NotTheDemoError)) throw error
  giveUp(`${error.message} Give the demo a folder of its own: DATA_DIR=.data/demo npm run demo`)
})

async function showDemo(): Promise<() => Promise<void>> {
  const stopping = new AbortController()
  const week = await startDemoWeek(`http://127.0.0.1:${configuration().PORT}`, new Date())
  for (const { id } of week.sources) {
    const source = await sourceById(id)
    if (source) tellStateOf(source)
  }
  const goingOn = [trickle(week, stopping.signal), lookAround(week, stopping.signal)]
  return async () => {
    stopping.abort()
    await Promise.allSettled(goingOn)
  }
}

type Week = Awaited<ReturnType<typeof startDemoWeek>>

async function trickle(week: Week, signal: AbortSignal): Promise<void> {
  for (let count = 0; await pause(pauseMs(count < week.trickle), signal); count++) {
    await week.sayNext(new Date()).catch((error: unknown) => log.warn({ err: error }, 'a post of the demo could not be saved'))
  }
}

async function lookAround(week: Week, signal: AbortSignal): Promise<void> {
  while (await pause(LOOK_MS, signal)) {
    await week.lookAround(new Date()).catch((error: unknown) => log.warn({ err: error }, 'the sources of the demo could not be looked at'))
  }
}

function pauseMs(firstRound: boolean): number {
  const { least, most } = firstRound ? FIRST_ROUND_MS : LATER_ROUNDS_MS
  return least + Math.random() * (most - least)
}

/** Whether to go on after it. */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  await wait(ms, null, { signal }).catch(() => {})
  return !signal.aborted
}

function giveUp(sentence: string): never {
  process.stderr.write(`${sentence}\n`)
  process.exit(GIVEN_UP)
}
