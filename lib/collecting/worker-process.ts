import { randomUUID } from 'node:crypto'
import { db } from '#db/client'
import { beat, fallSilent } from '#db/heartbeats'
import type { SourceRow } from '#db/sources'
import { log } from '../log.ts'
import { healthOf } from '../sources/source-health.ts'
import { keepIndexing } from './index-posts.ts'

const BEAT_MS = 5_000

/**
 * Runs what `begin` starts as a child of `lib/main.ts`: gives signs of life and makes posts findable from now on, and
 * on a signal, or when the parent is gone, calls what `begin` returned (which has 7 s), falls silent and exits.
 */
export async function runWorker(begin: () => Promise<() => Promise<void>>): Promise<void> {
  const id = randomUUID()
  const startedAt = new Date()
  await beat(id, 'worker', startedAt, startedAt)
  const beating = setInterval(() => {
    beat(id, 'worker', startedAt, new Date()).catch((error: unknown) => log.warn({ err: error }, 'no sign of life could be written'))
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
    await fallSilent(id, new Date())
    await db().$client.end({ timeout: 1 })
    process.exit(0)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  // The parent was killed: nobody would stop this process any more, and nobody needs it.
  process.on('disconnect', stop)
}

/** How a source fares, to the parent, who says it to people. */
export function tellStateOf(source: SourceRow): void {
  const { state, words, advice } = healthOf(source, new Date())
  tell(source.name, state === 'off' && advice ? `off: ${advice}` : words)
}

/** To the parent, who says it to people. */
export function tell(source: string, state: string): void {
  if (process.connected) process.send?.({ source, state })
}
