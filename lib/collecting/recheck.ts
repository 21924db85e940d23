import type { PgBoss } from 'pg-boss'
import type { Connector } from '#connectors/contract'
import { connectorErrorOf } from '#connectors/http'
import { connectorOf } from '#connectors/registry'
import { ConnectorError } from '#connectors/trouble'
import { sharedNow } from '#db/clock'
import type { Post } from '#db/post'
import { nextRecheck, type PostToRecheck, planRecheck, postsToRecheck } from '#db/posts-to-recheck'
import { saveRecheck } from '#db/save-batch'
import { type SourceRow, sourceById, sourcesKnownTo } from '#db/sources'
import { log } from '../log.ts'
import { writeDownDeletions } from '../postgres/deletions-journal.ts'
import { withSecrets } from '../secrets.ts'
import { bodyDays, callsPerHour, SHOWN_DAYS, withoutOldBody } from './bodies.ts'
import type { Reach } from './ingest.ts'
import { purseOf } from './purse.ts'
import { ruleThatAdmits } from './rules.ts'

/**
 * Each source whose platform can be asked is asked what became of its posts, so that what was deleted there does not live on
 * here: of what was first seen in the last 30 days once a day, of older ones once in 30 days. When a post's turn is stands
 * with the post, so that a run that was stopped goes on where it was, and no post waits for another. A job a source, apart
 * from its polls and streams, as many calls an hour as its platform's connector declares, shared by its sources. Sources
 * that are no longer read are asked about, too: what they told still stands here.
 */

const RECHECK = 'recheck'

const HOUR = 3600
const HOUR_MS = HOUR * 1000
/** Within a day, with some hours to spare for a platform that does not answer at once. */
const SOON_MS = 20 * HOUR_MS
const LATER_MS = 29 * 24 * HOUR_MS
const SHOWN_MS = SHOWN_DAYS * 24 * HOUR_MS
/** What could not be understood is asked about again later, so that it stands in nobody's way. */
const ODD_MS = 6 * HOUR_MS
/** A run need not wait for the very second at which something is due. */
const SHORTEST = 600

type RecheckJob = { sourceId: number }

/** Works the re-checks of all sources, and sees to it that each source has one. Jobs end with `signal`. */
export async function startRechecking(boss: PgBoss, { signal, ...reach }: Reach): Promise<void> {
  const takenOver = { heartbeatSeconds: 10, retryLimit: 1_000_000, retryDelay: 60, retryBackoff: true, retryDelayMax: HOUR }
  await boss.createQueue(RECHECK, { policy: 'stately', ...takenOver, expireInSeconds: HOUR, deleteAfterSeconds: HOUR })
  await boss.work<RecheckJob>(RECHECK, { pollingIntervalSeconds: 30 }, async ([job]) => {
    if (!job) return
    const { sourceId } = job.data
    const seconds = await recheckSource(sourceId, { ...reach, signal: AbortSignal.any([job.signal, signal]) })
    if (seconds !== null) await send(boss, { sourceId }, seconds)
  })
  // One that is planned already stays as it is.
  for (const source of await sourcesKnownTo({ role: 'owner' }))
    if (connectorOf(source.platform).recheck && !source.off) await send(boss, { sourceId: source.id }, HOUR * Math.random())
}

async function send(boss: PgBoss, job: RecheckJob, seconds: number): Promise<void> {
  await boss.send(RECHECK, job, { singletonKey: String(job.sourceId), startAfter: new Date(sharedNow().getTime() + seconds * 1000) })
}

/**
 * Asks what became of the posts of this source that are due, as many as an hour allows (or `mostCalls`), and saves it.
 * Returns the seconds until its next run: an hour where there is more or the platform failed (longer where it says so), else
 * until the next post is due. null when its platform cannot be asked.
 */
export async function recheckSource(sourceId: number, reach: Reach, mostCalls?: number): Promise<number | null> {
  const source = await sourceById(sourceId)
  if (!source || source.off) return null
  const connector = connectorOf(source.platform)
  const { recheckLimit } = connector
  const sources = await sourcesKnownTo({ role: 'owner' })
  const budget = mostCalls ?? callsPerHour(source, sources)
  if (!connector.recheck || !recheckLimit || !budget) return null
  if (connector.resolve && !source.resolved) return HOUR
  const days = await bodyDays(source, async () => sources)
  for (let calls = 0; calls < budget; calls++) {
    reach.signal.throwIfAborted()
    const now = sharedNow()
    const some = await postsToRecheck(sourceId, now, recheckLimit)
    if (some.length > 0) {
      const found = await ask(connector, source, some, reach)
      if (found instanceof ConnectorError) {
        if (found.trouble === 'malformed') await plan(some, now, ODD_MS)
        return Math.max(HOUR, found.retryAfterSeconds ?? 0)
      }
      const posts = found.posts.map((post) => withoutOldBody(post, days, now))
      await save(source, some, { ...found, posts })
      await plan(some, now, SOON_MS)
    }
    if (some.length < recheckLimit) return secondsUntil(await nextRecheck(sourceId))
  }
  return HOUR
}

/** Older posts have their turn once in 30 days. */
async function plan(some: PostToRecheck[], now: Date, soonMs: number): Promise<void> {
  const isOld = ({ firstSeenAt }: PostToRecheck) => now.getTime() - firstSeenAt.getTime() > SHOWN_MS
  const idsOf = (posts: PostToRecheck[]) => posts.map(({ id }) => id)
  await planRecheck(idsOf(some.filter((post) => !isOld(post))), new Date(now.getTime() + soonMs))
  await planRecheck(idsOf(some.filter(isOld)), new Date(now.getTime() + LATER_MS))
}

function secondsUntil(at: Date | null): number {
  return at ? Math.min(SOON_MS / 1000, Math.max(SHORTEST, (at.getTime() - sharedNow().getTime()) / 1000)) : SOON_MS / 1000
}

type Found = { posts: Post[]; deleted: string[] }

/** What the platform says of these posts, or why it does not. */
async function ask(
  { settings, recheck }: Connector,
  source: SourceRow,
  some: PostToRecheck[],
  { http, signal }: Reach,
): Promise<Found | ConnectorError> {
  try {
    const given = settings.parse(withSecrets(source.resolved ?? source.settings))
    const ids = some.map(({ externalId }) => externalId)
    return (await recheck?.(ids, { http, signal, settings: given, purse: purseOf(source, 'rechecks') })) ?? { posts: [], deleted: [] }
  } catch (error) {
    signal.throwIfAborted()
    const failure = connectorErrorOf(error, source.name)
    log.warn({ source: source.name, trouble: failure.trouble }, `not re-checked: ${failure.message}`)
    return failure
  }
}

async function save(source: SourceRow, some: PostToRecheck[], found: Found): Promise<void> {
  const before = new Map(some.map((post) => [post.externalId, post]))
  const admitted = found.posts.flatMap((post) => {
    const stored = before.get(post.externalId)
    const rule = ruleThatAdmits(post, source.rules)
    if (!stored) return []
    // A single post may name its parent by a key that only its neighbours in a page explain.
    const replyTo = post.replyTo && !post.replyTo.externalId ? stored.replyTo : post.replyTo
    return [{ post: { ...post, replyTo }, rule }]
  })
  const deleted = found.deleted.filter((id) => before.has(id))
  const saved = await saveRecheck(source, { admitted, deleted }, sharedNow())
  if (saved.removed > 0) await writeDownDeletions()
  if (saved.changed + saved.removed > 0) log.info({ source: source.name, ...saved }, 're-checked')
}
