import { setTimeout as delay } from 'node:timers/promises'
import { PgBoss } from 'pg-boss'
import { connectorOf } from '#connectors/registry'
import { sharedNow } from '#db/clock'
import { planRun, type SourceToRead, sourcesToRead, takeHurried } from '#db/sources'
import { startProvingPeople } from '../accounts/prove-people.ts'
import { startMemberChecks } from '../accounts/recheck-members.ts'
import { configuration } from '../config.ts'
import { startMail } from '../digest/mail-worker.ts'
import { log } from '../log.ts'
import { startNoticingBreakdowns } from '../sources/breakdowns.ts'
import { ingest, type Reach } from './ingest.ts'
import { secondsUntilNext } from './next-read.ts'
import { POLL, sendPoll, startPolls } from './polls.ts'
import { startRechecking } from './recheck.ts'
import { startUpkeep } from './upkeep.ts'

/**
 * When each source is read, and by whom. Jobs, retries, and who works on what are pg-boss's; this file says only what
 * a poll and a live read are to it, and how long to wait after what.
 */

const FOLLOW = 'follow'
/** pg-boss lets no job run longer than 24 h: a live read gives itself up an hour before. */
const FOLLOW_MS = 23 * 3_600_000
const RECONCILE_MS = 10_000
/** What nobody planned, and nobody has attempted for this long, was lost; longer than a poll may take. */
const LOST_MS = 16 * 60_000

const MINUTE = 60
const HOUR = 3600

type SourceJob = { sourceId: number }

/** Starts reading all sources, together with whatever other workers there are. `stop` ends it within `graceSeconds`. */
export async function startSchedule(databaseUrl: string, reach: Omit<Reach, 'signal'>) {
  const stopping = new AbortController()
  const boss = new PgBoss({
    connectionString: databaseUrl,
    application_name: 'backplane jobs',
    max: 4,
    schedule: false,
    // Measured: with these a source whose worker was killed is taken over after 11 s; the defaults take 40 s.
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
    // Jobs are looked for every second already; a kept count of them is nobody's need.
    monitorVacuum: false,
  })
  boss.on('error', (error) => log.error({ err: error }, 'jobs'))
  await boss.start()
  await createQueues(boss)
  await startUpkeep(boss)
  await startNoticingBreakdowns(boss)
  await startProvingPeople(boss, { ...reach, signal: stopping.signal })
  await startRechecking(boss, { ...reach, signal: stopping.signal })
  const endMail = await startMail(boss, configuration())
  await startMemberChecks(boss, { ...reach, signal: stopping.signal })

  const polling = startPolls(boss, { ...reach, signal: stopping.signal })
  let followers = 0
  /** Live sources that wait, here, to be tried again. */
  const waiting = new Map<number, () => void>()
  const reconcile = async () => {
    const found = await sourcesToRead()
    const live = found.filter(isLive)
    for (const source of live) await boss.send(FOLLOW, { sourceId: source.id }, { singletonKey: String(source.id) })
    for (; followers < live.length; followers++)
      await boss.work<SourceJob>(FOLLOW, { pollingIntervalSeconds: 2 }, async ([job]) => {
        if (job) await follow(job.data.sourceId, { ...reach, signal: AbortSignal.any([job.signal, stopping.signal]) }, waiting)
      })
    for (const source of found) if (source.hurriedAt) await hurry(boss, source, waiting)
    for (const source of found) if (!isLive(source) && isUnplanned(source)) await sendPoll(boss, source, sharedNow())
  }
  await hurryFailed(boss)
  const reconciling = (async () => {
    while (!stopping.signal.aborted) {
      await reconcile().catch((error: unknown) => log.error({ err: error }, 'could not see which sources want reading'))
      await delay(RECONCILE_MS, undefined, { signal: stopping.signal }).catch(() => {})
    }
  })()

  return {
    async stop(graceSeconds: number) {
      stopping.abort()
      await Promise.all([reconciling, polling])
      await boss.stop({ graceful: true, timeout: graceSeconds * 1000 })
      endMail()
    },
  }
}

/** Every process creates its queues before it works them: pg-boss refuses work on a queue that is not there. */
async function createQueues(boss: PgBoss): Promise<void> {
  const kept = { deleteAfterSeconds: HOUR }
  // A poll fails only when our own database does, or when its worker is stopped or killed: it is taken over, for ever.
  // The default would give a job up at its third death.
  const takenOver = { heartbeatSeconds: 10, retryLimit: 1_000_000, retryDelay: 1 }
  await boss.createQueue(POLL, { policy: 'stately', ...takenOver, retryBackoff: true, retryDelayMax: MINUTE, ...kept })
  await boss.createQueue(FOLLOW, { policy: 'exclusive', ...takenOver, expireInSeconds: 24 * HOUR, ...kept })
}

/** Holds a live source: reads it, and after a failure again. Ends by throwing, so that the job goes to whoever is free. */
async function follow(sourceId: number, { signal, ...reach }: Reach, waiting: Map<number, () => void>): Promise<void> {
  const until = AbortSignal.any([signal, AbortSignal.timeout(FOLLOW_MS)])
  for (let failures = 0; !until.aborted; ) {
    const report = await ingest(sourceId, { ...reach, signal: until })
    if (!report) return
    failures = report.error ? report.source.failures + 1 : 0
    if (until.aborted) break
    const seconds = secondsUntilNext(report.source.everySeconds, failures, report.error)
    await planRun(sourceId, new Date(sharedNow().getTime() + seconds * 1000))
    const hurried = new AbortController()
    waiting.set(sourceId, () => hurried.abort())
    await delay(seconds * 1000, undefined, { signal: AbortSignal.any([until, hurried.signal]) }).catch(() => {})
    waiting.delete(sourceId)
  }
  throw new Error('handed over')
}

/**
 * The owner does not want to wait for the next poll, or for a live source to be tried again; one that is being read needs
 * no hurry. Who asked us to wait is not hurried.
 */
async function hurry(boss: PgBoss, source: SourceToRead, waiting: Map<number, () => void>): Promise<void> {
  const wake = waiting.get(source.id)
  // Another worker holds it.
  if (isLive(source) && source.trouble && !wake) return
  if (!(await takeHurried(source.id)) || source.trouble === 'rate-limited') return
  if (isLive(source)) return wake?.()
  await boss.update(POLL, undefined, { singletonKey: String(source.id), startAfter: sharedNow() })
  await planRun(source.id, sharedNow())
}

/** A start is a good moment to try again what failed: the network may be back, a token mended. Who asked us to wait is not hurried. */
async function hurryFailed(boss: PgBoss): Promise<void> {
  for (const source of await sourcesToRead())
    if (source.failures > 0 && source.trouble !== 'rate-limited')
      await boss.update(POLL, undefined, { singletonKey: String(source.id), startAfter: sharedNow() })
}

function isLive(source: SourceToRead): boolean {
  const connector = connectorOf(source.platform)
  return connector.live?.(source.resolved ?? source.settings) ?? false
}

function isUnplanned({ nextRunAt, lastAttemptAt }: SourceToRead): boolean {
  const lost = sharedNow().getTime() - LOST_MS
  return (nextRunAt === null || nextRunAt.getTime() < lost) && (lastAttemptAt === null || lastAttemptAt.getTime() < lost)
}
