import { randomUUID } from 'node:crypto'
import { connect, db } from '#db/client'
import { setClock, sharedNow } from '#db/clock'
import { beat, fallSilent } from '#db/heartbeats'
import type { SourceRow } from '#db/sources'
import { log } from '../log.ts'
import { awaitDatabase, isAway } from '../postgres/await-database.ts'
import { databaseSentence } from '../postgres/database-sentence.ts'
import { outliveDriver } from '../postgres/outlive-driver.ts'
import { PostgresError } from '../postgres/postgres.ts'
import { healthOf } from '../sources/source-health.ts'
import { keepIndexing } from './index-posts.ts'

const BEAT_MS = 5_000
/** By so much more or less a clock is wrong in another way than before. */
const CLOCK_NEWS_MS = 10_000

/** So long a database that is away is waited for; then this process ends, and its parent starts another that waits. */
const DATABASE_PATIENCE_MS = 10 * 60_000

/**
 * Runs what `begin` starts as a child of `lib/main.ts`: waits for the database, gives signs of life and makes posts findable
 * from then on, and on a signal, or when the parent is gone, calls what `begin` returned (which has 7 s), falls silent and
 * exits. Before `begin` was done there is nothing to finish, and it exits at once.
 */
export async function runWorker(begin: () => Promise<() => Promise<void>>): Promise<void> {
  outliveDriver()
  let stop = async (): Promise<void> => process.exit(0)
  process.on('SIGTERM', () => stop())
  process.on('SIGINT', () => stop())
  // The parent was killed: nobody would stop this process any more, and nobody needs it.
  process.on('disconnect', () => stop())
  try {
    await databaseIsThere()
    stop = await working(begin)
  } catch (error) {
    if (!(error instanceof PostgresError) && !isAway(error)) throw error
    // It may have gone while this process began: the next one waits for it.
    log.error(error instanceof PostgresError ? error.message : databaseSentence(error))
    process.exit(1)
  }
}

async function databaseIsThere(): Promise<void> {
  const url = process.env.DATABASE_URL
  // `db()` says what is wrong.
  if (!url) return
  const connection = connect(url, { max: 1 })
  try {
    await awaitDatabase(connection, url, { say: (sentence) => log.warn(sentence), patienceMs: DATABASE_PATIENCE_MS })
  } finally {
    await connection.$client.end({ timeout: 1 })
  }
}

/** Begins, and returns what ends it all. */
async function working(begin: () => Promise<() => Promise<void>>): Promise<() => Promise<void>> {
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
  return async () => {
    if (stopping) return
    stopping = true
    clearInterval(beating)
    await Promise.all([finish(), endIndexing()])
    await fallSilent(id, sharedNow())
    await db().$client.end({ timeout: 1 })
    process.exit(0)
  }
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
