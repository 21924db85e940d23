import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { connectUntilLost, type Database, db, retire } from './client.ts'

/**
 * Which database answers a reader. A replica does, for as long as it is known to have replayed everything that was
 * announced to this process, and everything that is older than a second; else the primary. So what was withdrawn is
 * shown no longer than that, and what an open page was told of is there when it asks.
 *
 * Drizzle's own `withReplicas` sends `execute` to the primary, which is how most questions of a page are put, and asks
 * nothing of how far a replica is behind.
 */

/** A replica that is further behind is not asked. */
export const LAG_MS = 1000
/** How often each is asked how far it is, and at first after something was announced, which it mostly has within a few. */
const LOOK_MS = 250
const LOOK_AT_ONCE_MS = 5

type Replica = {
  database: Database
  /** Everything that was committed until then it has replayed. Milliseconds of this process's clock, which nobody sets. */
  freshAt: number
}

type Replicas = {
  all: Replica[]
  /** What was announced last was heard then. */
  announcedAt: number
  /** Ends the wait of those who look. */
  announced: AbortController
  /** Whether what runs now may be answered by a replica. */
  allowed: AsyncLocalStorage<true>
}

// Kept on the process, not the module: Next bundles this file beside the copy that the web process itself loads.
const held = globalThis as typeof globalThis & { backplaneReplicas?: Replicas }

/**
 * The database for a question of a reader about posts: within `fromReplicas` a replica that is fresh enough, the same one
 * as long as it is; else `db()`, the primary.
 */
export function forReaders(): Database {
  const replicas = held.backplaneReplicas
  if (!replicas?.allowed.getStore()) return db()
  const freshEnough = Math.max(replicas.announcedAt, performance.now() - LAG_MS)
  return replicas.all.find(({ freshAt }) => freshAt >= freshEnough)?.database ?? db()
}

/** Does what may be answered by a replica, such as a page for one reader that is kept for nobody. */
export function fromReplicas<T>(work: () => T): T {
  return held.backplaneReplicas ? held.backplaneReplicas.allowed.run(true, work) : work()
}

/** From now on no replica answers that has not replayed everything committed so far. */
export function noteAnnounced(): void {
  const replicas = held.backplaneReplicas
  if (!replicas) return
  replicas.announcedAt = performance.now()
  replicas.announced.abort()
  replicas.announced = new AbortController()
}

/** Sends readers of this process to the replicas at `urls`. The returned function ends it. */
export function readReplicas(urls: string[]): () => Promise<void> {
  const stopping = new AbortController()
  const all = urls.map((url) => openReplica(url, stopping.signal))
  // Each process begins with another one, and stays with it: the questions of one page are asked of one.
  all.push(...all.splice(0, Math.floor(Math.random() * all.length)))
  const replicas: Replicas = { all, announcedAt: performance.now(), announced: new AbortController(), allowed: new AsyncLocalStorage() }
  held.backplaneReplicas = replicas
  for (const replica of all) watch(replicas, replica, stopping.signal)
  return async () => {
    stopping.abort()
    delete held.backplaneReplicas
    await Promise.all(all.map(({ database }) => database.$client.end({ timeout: 1 })))
  }
}

function openReplica(url: string, signal: AbortSignal): Replica {
  const open = () =>
    connectUntilLost(url, {}, (lost) => {
      if (replica.database !== lost || signal.aborted) return
      replica.database = open()
      retire(lost)
    })
  const replica: Replica = { database: open(), freshAt: Number.NEGATIVE_INFINITY }
  return replica
}

/** Where the primary's log stood when. */
type Mark = { at: number; position: bigint }

/** Looks how far a replica is, over and over. One that is away, hangs or was promoted is soon no longer fresh. */
async function watch(replicas: Replicas, replica: Replica, signal: AbortSignal): Promise<void> {
  let marks: Mark[] = []
  let pauseMs = LOOK_MS
  while (!signal.aborted) {
    const at = performance.now()
    const waiting = replicas.announced.signal
    try {
      // Of the log as it is written, not as it is flushed: a commit may be seen before it is on disk.
      const [primary] = await db().execute<{ position: string }>(sql`select pg_current_wal_insert_lsn() as position`)
      if (primary) marks.push({ at, position: positionOf(primary.position) })
      const [there] = await replica.database.execute<{ position: string | null }>(
        sql`select case when pg_is_in_recovery() then pg_last_wal_replay_lsn() end as position`,
      )
      const replayed = there?.position ? positionOf(there.position) : -1n
      const reached = marks.findLast(({ position }) => position <= replayed)
      if (reached) replica.freshAt = reached.at
      marks = marks.filter((mark) => mark.at > at - LAG_MS)
    } catch {
      // It is asked again; until it answers, the primary is.
    }
    // At first every few milliseconds: until it has what was announced, the primary is asked for everything.
    const behind = replica.freshAt < replicas.announcedAt
    pauseMs = !behind ? LOOK_MS : waiting.aborted ? LOOK_AT_ONCE_MS : Math.min(LOOK_MS, pauseMs * 2)
    await delay(pauseMs, undefined, { signal: AbortSignal.any([signal, waiting]), ref: false }).catch(() => {
      pauseMs = LOOK_AT_ONCE_MS
    })
  }
}

/** A position in the log as Postgres writes it, `16/B374D848`, as a number of bytes. */
function positionOf(text: string): bigint {
  const [high = '0', low = '0'] = text.split('/')
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`)
}
