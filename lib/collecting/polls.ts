import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import type { Job, PgBoss } from 'pg-boss'
import { connectorOf } from '#connectors/registry'
import { db } from '#db/client'
import { sharedNow } from '#db/clock'
import { planRun, type SourceToRead } from '#db/sources'
import { ingest, type Reach } from './ingest.ts'
import { nextPoll } from './next-read.ts'

/**
 * Polls: a job for each source that sends its successor, one at a time of a source and of a host over all workers. They are
 * found by looking into the database, so that what is due is looked for often while there is much and seldom while there
 * is nothing.
 */

export const POLL = 'poll'
/** Polls at once in a worker. Most of a poll is waiting for somebody's server, and some do not answer for 20 s. */
const POLLS_AT_ONCE = 12
/** Each looks so often by itself; they are started apart, so that together they look every sixth of a second. */
const LOOK_SECONDS = 2
/** Who met another poll of the same host tries again after a part of this: two that met do not meet again. */
const YIELD_SECONDS = 1

type Poll = { sourceId: number }

/** Works the polls of all sources, together with whatever other workers there are, until `boss` is stopped. */
export function startPolls(boss: PgBoss, reach: Reach): Promise<void> {
  const idle = new Set<string>()
  const start = async () => {
    const own = await boss.work<Poll>(POLL, { groupConcurrency: 1, pollingIntervalSeconds: LOOK_SECONDS }, async ([job]) => {
      idle.delete(own)
      // Where one was due there may be more: another looks at once, and this one, too, when it is done.
      const [next] = idle
      if (next) boss.notifyWorker(next)
      boss.notifyWorker(own)
      try {
        if (job) await poll(boss, job, { ...reach, signal: AbortSignal.any([job.signal, reach.signal]) })
      } finally {
        idle.add(own)
      }
    })
    idle.add(own)
  }
  return (async () => {
    for (let started = 0; started < POLLS_AT_ONCE && !reach.signal.aborted; started++) {
      await start()
      await delay((LOOK_SECONDS * 1000) / POLLS_AT_ONCE, undefined, { signal: reach.signal }).catch(() => {})
    }
  })()
}

/** One poll, and its successor: planned whatever came of it. */
async function poll(boss: PgBoss, job: Job<Poll>, reach: Reach): Promise<void> {
  const { sourceId } = job.data
  if (await meetsAnother(job)) {
    const startAfter = new Date(sharedNow().getTime() + YIELD_SECONDS * 1000 * (0.2 + 0.8 * Math.random()))
    await boss.send(POLL, job.data, { singletonKey: String(sourceId), startAfter, group: { id: job.groupId ?? '' } })
    return
  }
  const report = await ingest(sourceId, reach)
  if (!report) return
  reach.signal.throwIfAborted()
  const { source, error } = report
  const now = sharedNow()
  const everySeconds = Math.max(source.everySeconds, report.everySeconds ?? 0)
  const ended = { planned: source.nextRunAt, began: source.lastAttemptAt ?? now, now }
  await sendPoll(
    boss,
    { ...source, firstReadAt: source.firstReadAt ?? (error ? null : now) },
    nextPoll(ended, everySeconds, source.failures, error),
  )
}

/**
 * Whether another poll of the same host goes on. pg-boss gives none out then, but two workers that ask in the same moment do
 * not see each other's: whoever looks again afterwards, sees it. Both may, and then both yield.
 */
async function meetsAnother({ id, groupId }: Job<Poll>): Promise<boolean> {
  if (!groupId) return false
  const others = await db().execute(
    sql`select 1 from pgboss.job where name = ${POLL} and state = 'active' and group_id = ${groupId} and id <> ${id}::uuid limit 1`,
  )
  return others.length > 0
}

/** Plans the next poll of a source; one that is planned already stays. */
export async function sendPoll(boss: PgBoss, source: SourceToRead, at: Date): Promise<void> {
  const connector = connectorOf(source.platform)
  const host = connector.host(source.resolved ?? source.settings)
  // Jobs are given out in the order in which they were made: what was just added, in hundreds perhaps, gives way.
  const priority = source.firstReadAt ? 0 : -1
  await boss.send(POLL, { sourceId: source.id }, { singletonKey: String(source.id), startAfter: at, group: { id: host }, priority })
  await planRun(source.id, at)
}
