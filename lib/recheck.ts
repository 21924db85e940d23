import type { PgBoss } from 'pg-boss'
import type { Connector } from '#connectors/contract'
import { connectorErrorOf } from '#connectors/http'
import { connectorOf } from '#connectors/registry'
import { ConnectorError } from '#connectors/trouble'
import type { Post } from '#db/post'
import { type PostToRecheck, postsToRecheck } from '#db/posts-to-recheck'
import { saveRecheck } from '#db/save-batch'
import { type SourceRow, sourceById, sourcesToRead } from '#db/sources'
import type { Reach } from './ingest.ts'
import { log } from './log.ts'
import { ruleThatAdmits } from './rules.ts'
import { withSecrets } from './secrets.ts'

/**
 * Once a day each source whose platform can be asked is asked what became of the posts of the last 30 days, so that
 * what was deleted there does not live on here. A job a source, apart from its polls and streams: it walks the posts
 * by their ids, and the place it got to travels in the job.
 */

const RECHECK = 'recheck'
const SHOWN_DAYS = 30
/** Requests in one run; a source with more posts than these reach goes on in an hour, so that a round stays within a day. */
const MOST_CALLS = 50

const HOUR = 3600
const DAY = 24 * HOUR
const DAY_MS = DAY * 1000

type RecheckJob = { sourceId: number; afterId: number }

/** Where the next run begins, and when. */
export type NextRecheck = { afterId: number; seconds: number }

/** Works the re-checks of all sources, and sees to it that each source has one. Jobs end with `signal`. */
export async function startRechecking(boss: PgBoss, { signal, ...reach }: Reach): Promise<void> {
  const takenOver = { heartbeatSeconds: 10, retryLimit: 1_000_000, retryDelay: 60, retryBackoff: true, retryDelayMax: HOUR }
  await boss.createQueue(RECHECK, { policy: 'stately', ...takenOver, expireInSeconds: HOUR, deleteAfterSeconds: HOUR })
  await boss.work<RecheckJob>(RECHECK, { pollingIntervalSeconds: 30 }, async ([job]) => {
    if (!job) return
    const { sourceId, afterId } = job.data
    const next = await recheckSource(sourceId, afterId, { ...reach, signal: AbortSignal.any([job.signal, signal]) })
    if (next) await send(boss, { sourceId, afterId: next.afterId }, next.seconds)
  })
  // One that is planned already stays as it is.
  for (const source of await sourcesToRead())
    if (connectorOf(source.platform).recheck) await send(boss, { sourceId: source.id, afterId: 0 }, HOUR * Math.random())
}

async function send(boss: PgBoss, job: RecheckJob, seconds: number): Promise<void> {
  await boss.send(RECHECK, job, { singletonKey: String(job.sourceId), startAfter: new Date(Date.now() + seconds * 1000) })
}

/**
 * Asks what became of this source's posts, from behind `afterId`, and saves it. Returns how to go on: from the
 * beginning after most of a day (spread, so that sources do not march in step), or from where the calls ran out or
 * the platform failed. null when the source is not read at present, or its platform cannot be asked.
 */
export async function recheckSource(sourceId: number, afterId: number, reach: Reach, mostCalls = MOST_CALLS): Promise<NextRecheck | null> {
  const source = await sourceById(sourceId)
  if (!source || source.pausedAt || source.off) return null
  const connector = connectorOf(source.platform)
  const { recheckLimit } = connector
  if (!connector.recheck || !recheckLimit) return null
  if (connector.resolve && !source.resolved) return { afterId, seconds: HOUR }
  const since = new Date(Date.now() - SHOWN_DAYS * DAY_MS)
  let reached = afterId
  for (let calls = 0; calls < mostCalls; calls++) {
    const some = await postsToRecheck(sourceId, { afterId: reached, since, limit: recheckLimit })
    if (some.length > 0) {
      const found = await ask(connector, source, some, reach)
      if (found instanceof ConnectorError) return { afterId: reached, seconds: Math.max(HOUR, found.retryAfterSeconds ?? 0) }
      await save(source, some, found)
      reached = some.at(-1)?.id ?? reached
    }
    if (some.length < recheckLimit) return { afterId: 0, seconds: DAY * (0.8 + 0.15 * Math.random()) }
  }
  return { afterId: reached, seconds: HOUR }
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
    return (await recheck?.(ids, { http, signal, settings: given })) ?? { posts: [], deleted: [] }
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
  const saved = await saveRecheck(source, { admitted, deleted }, new Date())
  if (saved.changed + saved.removed > 0) log.info({ source: source.name, ...saved }, 're-checked')
}
