import { randomUUID } from 'node:crypto'
import { db } from '#db/client'
import { setClock, sharedNow } from '#db/clock'
import { beat, fallSilent } from '#db/heartbeats'
import type { SourceRow } from '#db/sources'
import { log } from '../log.ts'
import { outliveDriver } from '../postgres/outlive-driver.ts'
import { healthOf } from '../sources/source-health.ts'
import { keepIndexing } from './index-posts.ts'

const BEAT_MS = 5_000
/** By so much more or less a clock is wrong in another way than before. */
const CLOCK_NEWS_MS = 10_000

/**
 * Runs what `begin` starts as a child of `lib/main.ts`: gives signs of life and makes posts findable from now on, and
 * on a signal, or when the parent is gone, calls what `begin` returned (which has 7 s), falls silent and exits.
 */
export async function runWorker(begin: () => Promise<() => Promise<void>>): Promise<void> {
  outliveDriver()
  const id = randomUUID()
  await mindClock()
  const startedAt = sharedNow()
  await beat(id, 'worker', startedAt, startedAt)
  const beating = setInterval(() => {
    mindClock().catch(() => {})
    beat(id, 'worker', startedAt, sharedNow()).catch((error: unknown) => log.warn({ err: error }, 'no sign of life could be written'))
  }, BEAT_MS)
  const finish = await begin()
  // Not before: the demo empties its database first, and would wait for it.
  const endIndexing = keepIndexing()

  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    clearInterval(beating)
    await Promise.all([finish(), endIndexing()])
    await fallSilent(id, sharedNow())
    await db().$client.end({ timeout: 1 })
    process.exit(0)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  // The parent was killed: nobody would stop this process any more, and nobody needs it.
  process.on('disconnect', stop)
}

let saidAheadMs = 0

/** Goes by the database's clock where this machine's is wrong, and says so. */
async function mindClock(): Promise<void> {
  const aheadMs = await setClock()
  if (Math.abs(aheadMs - saidAheadMs) > CLOCK_NEWS_MS)
    log.warn({ aheadSeconds: Math.round(aheadMs / 1000) }, 'the clock of this machine differs from the database’s, by which it goes now')
  saidAheadMs = aheadMs
}

/** How a source fares, to the parent, who says it to people. */
export function tellStateOf(source: SourceRow): void {
  const { state, words, advice } = healthOf(source, sharedNow())
  tell(source.name, state === 'off' && advice ? `off: ${advice}` : words)
}

/** To the parent, who says it to people. */
export function tell(source: string, state: string): void {
  if (process.connected) process.send?.({ source, state })
}
