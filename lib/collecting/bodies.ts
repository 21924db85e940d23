import { connectorOf } from '#connectors/registry'
import type { Post } from '#db/post'
import { bodiless, countToRecheck, takeBodies } from '#db/posts-to-recheck'
import { type SourceRow, sourcesKnownTo } from '#db/sources'
import { log } from '../log.ts'
import { budgetOf } from './purse.ts'

/**
 * How long the words themselves are kept. Where a platform can be asked what became of its posts, for good: what is deleted
 * there goes here within a day. Where its limits do not allow that, for two days.
 */

export const SHOWN_DAYS = 30
const DAY_MS = 86_400_000
const BODY_DAYS = 2
/** Upkeep comes every six hours: no later than after two days in all. */
const BODY_MS = BODY_DAYS * DAY_MS - 6 * 3_600_000
/** Counting takes a while, and changes slowly. */
const KNOWN_MS = 3_600_000

const known = new Map<number, { until: number; days: number | null }>()

/**
 * Days after which this source's posts lose their bodies here; null: never. `all` gives every source, which share what a
 * platform allows: it is asked for where that matters only, since this is asked at each poll.
 */
export async function bodyDays(source: SourceRow, all: () => Promise<SourceRow[]> = everySource): Promise<number | null> {
  const kept = known.get(source.id)
  if (kept && kept.until > Date.now()) return kept.days
  const connector = connectorOf(source.platform)
  const calls = connector.recheck ? callsPerHour(source, await all()) : null
  let days: number | null = null
  if (calls !== null) {
    const { recent, older } = await countToRecheck(source.id, new Date(Date.now() - SHOWN_DAYS * DAY_MS))
    const aDay = recent + older / SHOWN_DAYS
    const affords = Math.min(calls * 24 * (connector.recheckLimit ?? 1), budgetOf(source)?.rechecks ?? Number.POSITIVE_INFINITY)
    days = calls === 0 || aDay > affords ? BODY_DAYS : null
  }
  known.set(source.id, { until: Date.now() + KNOWN_MS, days })
  return days
}

function everySource(): Promise<SourceRow[]> {
  return sourcesKnownTo({ role: 'owner' })
}

/** A source's part of what its platform allows in an hour: sources share it evenly. null where nothing can be asked. */
export function callsPerHour(source: SourceRow, sources: SourceRow[]): number | null {
  const { recheck, rechecksPerHour, settings } = connectorOf(source.platform)
  if (!recheck || !rechecksPerHour) return null
  // What stands in the environment matters not: whether there is a credential, its place says.
  const given = settings.safeParse(source.resolved ?? source.settings).data
  if (given === undefined) return null
  const whole = rechecksPerHour(given)
  if (whole === null) return null
  const sharing = sources.filter(({ platform, off }) => platform === source.platform && !off).length
  return whole === 0 ? 0 : Math.max(1, Math.floor(whole / Math.max(1, sharing)))
}

/** What is told of an old post by a source whose bodies are kept for days only. */
export function withoutOldBody(post: Post, days: number | null, now: Date): Post {
  if (days === null || !post.publishedAt || now.getTime() - post.publishedAt.getTime() < BODY_MS) return post
  const { copyKeys: _keys, revision: _revision, ...without } = bodiless
  return { ...post, ...without, replyTo: post.replyTo && { ...post.replyTo, text: null } }
}

/** Takes the bodies off what is older than its source may keep them. Returns how many posts that were. */
export async function takeOldBodies(now: Date): Promise<number> {
  const sources = await everySource()
  let taken = 0
  for (const source of sources) {
    if ((await bodyDays(source, async () => sources)) !== null) taken += await takeBodies(source.id, new Date(now.getTime() - BODY_MS))
  }
  if (taken > 0) log.info({ taken }, 'bodies of posts that nobody could be asked about')
  return taken
}

/** For tests, and where sources were declared anew. */
export function forgetBodyDays(): void {
  known.clear()
}
