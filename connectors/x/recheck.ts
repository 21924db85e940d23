import { z } from 'zod'
import type { Post } from '#db/post'
import type { Reach } from '../contract.ts'
import { ConnectorError } from '../trouble.ts'
import { FIELDS, Includes, Missing, Tweet } from './answers.ts'
import { createClient } from './client.ts'
import { postOf } from './post.ts'
import { secondsOfDay } from './read.ts'
import type { Settings } from './settings.ts'

/** As many as one look-up takes. https://docs.x.com/x-api/posts/lookup/introduction */
export const RECHECK_LIMIT = 100

const Answer = z.object({ data: z.array(z.unknown()).default([]), includes: z.unknown().optional(), errors: z.array(Missing).default([]) })

/**
 * What became of posts: those that are gone, or whose author protects them now, are gone here; an edited one goes by its first
 * id, which tells the last. X wants both soon, and each look-up is paid for: what today's budget does not hold waits for tomorrow.
 */
export async function recheck(
  externalIds: string[],
  { settings, purse, ...reach }: Reach & { settings: Settings },
): Promise<{ posts: Post[]; deleted: string[] }> {
  const asked = externalIds.filter((id) => /^\d+$/.test(id)).slice(0, RECHECK_LIMIT)
  if (asked.length === 0) return { posts: [], deleted: [] }
  const client = await createClient(settings, reach)
  const first = await lookUp(asked)
  if (!first) {
    const message = `Today’s ${settings.rechecksPerDay} paid look-ups are used up: posts are asked about again after midnight UTC`
    throw new ConnectorError('rate-limited', message, { retryAfterSeconds: secondsOfDay(new Date()) })
  }
  const edited = first.tweets.flatMap(({ id, edit_history_tweet_ids: all = [id] }) => (all.at(-1) === id ? [] : [all.at(-1) ?? id]))
  const last = edited.length > 0 ? await lookUp(edited) : null
  const later = new Map(last?.tweets.map((tweet) => [tweet.edit_history_tweet_ids?.[0] ?? tweet.id, tweet]))
  const posts = first.tweets.flatMap((tweet) => {
    const now = later.get(tweet.id)
    try {
      return [now && last ? postOf({ tweet: now, includes: last.includes, errors: last.errors }) : postOf({ ...first, tweet })]
    } catch {
      // What it has become is not understood; what it was stays until it is.
      return []
    }
  })
  const isProtected = ({ author_id }: Tweet) => first.includes.users.some((user) => user.id === author_id && user.protected)
  const gone = first.errors.flatMap(({ resource_id, value, type }) => {
    const id = resource_id ?? value
    return id && asked.includes(id) && /resource-not-found|not-authorized/.test(type) ? [id] : []
  })
  return { posts, deleted: [...new Set([...gone, ...first.tweets.filter(isProtected).map(({ id }) => id)])] }

  /** null where the budget does not hold so many. */
  async function lookUp(ids: string[]) {
    const granted = (await purse?.take(ids.length)) ?? 0
    if (granted < ids.length) {
      await purse?.putBack(granted)
      return null
    }
    const answer = Answer.safeParse(await client.tweets(ids, FIELDS))
    if (!answer.success) throw new ConnectorError('malformed', 'X answered with something that is no posts')
    const { data, includes, errors } = answer.data
    const tweets = data.flatMap((one) => Tweet.safeParse(one).data ?? [])
    // Only what comes is paid for.
    await purse?.putBack(granted - data.length)
    return { tweets, includes: Includes.parse(includes ?? {}), errors }
  }
}
