import { z } from 'zod'
import type { Purse, Run } from '../contract.ts'
import { nowOf } from '../now-of.ts'
import { ConnectorError } from '../trouble.ts'
import { FIELDS, Includes, Missing, type Native, Tweet } from './answers.ts'
import { createClient } from './client.ts'
import type { Settings } from './settings.ts'

/** A way to posts, newest first: the list, one of the accounts, or the search. `least`: the smallest page that it gives. */
type Asking = { least: number; page(most: number, next: string | null): Promise<unknown> }

export type Found = {
  natives: Native[]
  /** Why something did not come: accounts that protect their posts are among it. */
  errors: z.infer<typeof Missing>[]
  /** Whether it goes down to what is known, or as far as it should. */
  isWhole: boolean
}

/** What was paid for today already: reading it again that day is free (https://docs.x.com/x-api/getting-started/pricing). */
export type Paid = Set<string>

const PAGE = 100
/** A list is asked without a place to begin at, so that what is known is paid for once more each day: a small page first. */
const LIST_PAGE = 20
/** A search goes back seven days; an hour is left for clocks. */
export const SEARCH_MS = 7 * 86_400_000 - 3_600_000

const Page = z.object({
  data: z.array(z.unknown()).default([]),
  includes: z.unknown().optional(),
  errors: z.array(Missing).default([]),
  meta: z.object({ next_token: z.string().optional(), result_count: z.int().optional() }).optional(),
})

/** Down to `sinceId`, or as far back as a first read goes, or until the purse is empty. */
export async function readDown(
  asking: Asking,
  { since, most, sinceId }: { since: Date; most: number; sinceId: string | null },
  purse: Purse,
  paid: Paid,
): Promise<Found> {
  const found: Found = { natives: [], errors: [], isWhole: false }
  let next: string | null = null
  for (let size = sinceId ? LIST_PAGE : PAGE; ; size = PAGE) {
    const wanted = Math.max(asking.least, Math.min(size, most - found.natives.length))
    const granted = await purse.take(wanted)
    if (granted < asking.least) {
      await purse.putBack(granted)
      return found
    }
    const page: Awaited<ReturnType<typeof pageOf>> = await pageOf(asking, granted, next).catch(async (error: unknown) => {
      await purse.putBack(granted)
      throw error
    })
    await settle(purse, granted, page, paid)
    found.natives.push(...page.natives)
    found.errors.push(...page.errors)
    const isKnown = ({ tweet: { id, created_at } }: Native) =>
      sinceId ? BigInt(id) <= BigInt(sinceId) : Date.parse(created_at) < since.getTime()
    if (!page.next || page.natives.some(isKnown) || found.natives.length >= most) {
      found.natives = found.natives.filter((native) => !isKnown(native)).slice(0, most)
      return { ...found, isWhole: true }
    }
    next = page.next
  }
}

/** What a page had that was not paid for today is paid; the rest goes back. What it quotes is counted, too: X does not say whether it bills that. */
async function settle(purse: Purse, granted: number, { ids }: { ids: string[] }, paid: Paid): Promise<void> {
  const fresh = ids.filter((id) => !paid.has(id))
  for (const id of fresh) paid.add(id)
  if (fresh.length > granted) await purse.take(fresh.length - granted)
  else await purse.putBack(granted - fresh.length)
}

async function pageOf(asking: Asking, most: number, after: string | null) {
  const answer = Page.safeParse(await asking.page(most, after))
  if (!answer.success) throw new ConnectorError('malformed', 'X answered with something that is no page of posts')
  const { data, meta, errors } = answer.data
  const includes = Includes.parse(answer.data.includes ?? {})
  const natives = data.flatMap((one) => {
    const tweet = Tweet.safeParse(one).data
    return tweet ? [{ tweet, includes: beside(tweet, includes), errors }] : []
  })
  const ids = [...data.flatMap((one) => z.object({ id: z.string() }).safeParse(one).data?.id ?? []), ...includes.tweets.map(({ id }) => id)]
  return { natives, errors, next: meta?.next_token ?? null, ids: [...new Set(ids)] }
}

/** Of all that stands beside a page's posts, what concerns this one: an item that is looked at by a person says no more than it must. */
function beside(tweet: Tweet, { tweets, users, media, polls }: Includes): Includes {
  const others = tweets.filter(({ id }) => tweet.referenced_tweets.some((one) => one.id === id))
  const inner = tweets.filter(({ id }) => others.some(({ referenced_tweets }) => referenced_tweets.some((one) => one.id === id)))
  const all = [tweet, ...others, ...inner]
  return {
    tweets: [...new Set([...others, ...inner])],
    users: users.filter(({ id }) => all.some(({ author_id, in_reply_to_user_id }) => author_id === id || in_reply_to_user_id === id)),
    media: media.filter(({ media_key }) => all.some(({ attachments }) => attachments?.media_keys.includes(media_key))),
    polls: polls.filter(({ id }) => all.some(({ attachments }) => attachments?.poll_ids.includes(id))),
  }
}

/** The ways to what these settings follow, by a key under which where they stand is kept. */
export async function askingsOf(run: Run<Settings>, sinceIdOf: (key: string) => string | null): Promise<[string, Asking][]> {
  const { settings, backfill } = run
  const client = await createClient(settings, run)
  const { list, users = [], search, ids = {} } = settings
  if (list)
    return [
      [
        'list',
        {
          least: 1,
          page: async (max_results, token) => (await client.listTweets(list, { ...FIELDS, max_results, ...pageAt(token) })).data,
        },
      ],
    ]
  if (search) {
    const oldest = nowOf(run).getTime() - SEARCH_MS
    const start_time = new Date(Math.max(oldest, backfill.since.getTime())).toISOString()
    const sinceId = sinceIdOf('search')
    const from = sinceId ? { since_id: sinceId } : { start_time }
    return [
      [
        'search',
        {
          least: 10,
          page: async (max_results, token) =>
            (await client.search(search, { ...FIELDS, ...from, max_results, ...(token && { next_token: token }) })).data,
        },
      ],
    ]
  }
  return users.flatMap((user): [string, Asking][] => {
    const id = ids[user]
    if (!id) return []
    const sinceId = sinceIdOf(id)
    const from = sinceId ? { since_id: sinceId } : { start_time: backfill.since.toISOString() }
    return [
      [
        id,
        {
          least: 5,
          page: async (max_results, token) => (await client.userTimeline(id, { ...FIELDS, ...from, max_results, ...pageAt(token) })).data,
        },
      ],
    ]
  })
}

function pageAt(token: string | null) {
  return token ? { pagination_token: token } : {}
}
