import { z } from 'zod'

/**
 * What X's API answers, as far as it is used; what is asked for so that it does stands beside it.
 * https://docs.x.com/x-api/fundamentals/data-dictionary
 */
export const FIELDS = {
  'tweet.fields':
    'created_at,author_id,entities,attachments,referenced_tweets,in_reply_to_user_id,conversation_id,lang,note_tweet,possibly_sensitive,edit_history_tweet_ids,public_metrics,withheld',
  expansions:
    'author_id,attachments.media_keys,attachments.poll_ids,referenced_tweets.id,referenced_tweets.id.author_id,referenced_tweets.id.attachments.media_keys',
  'user.fields': 'username,name,profile_image_url,protected,verified_type',
  'media.fields': 'url,preview_image_url,type,alt_text,variants,width,height,duration_ms',
  'poll.fields': 'options,end_datetime,voting_status',
}

const id = z.string().regex(/^\d+$/)
const url = z.url({ protocol: /^https?$/ })
const some = <T extends z.ZodType>(item: T) =>
  z
    .array(item.nullable().catch(null))
    .transform((all) => all.filter((one) => one !== null))
    .catch([])

const Entities = z
  .object({
    urls: some(
      z.object({
        url: z.string(),
        expanded_url: url,
        unwound_url: url.optional().catch(undefined),
        display_url: z.string(),
        media_key: z.string().optional(),
        title: z.string().optional(),
        description: z.string().optional(),
        images: some(z.object({ url })),
      }),
    ),
    hashtags: some(z.object({ tag: z.string() })),
    mentions: some(z.object({ username: z.string() })),
  })
  .catch({ urls: [], hashtags: [], mentions: [] })
export type Entities = z.infer<typeof Entities>

export const Tweet = z.object({
  id,
  text: z.string(),
  author_id: id,
  created_at: z.iso.datetime(),
  edit_history_tweet_ids: z.array(id).min(1).optional().catch(undefined),
  entities: Entities.default({ urls: [], hashtags: [], mentions: [] }),
  /** What is longer than 280 characters is whole here only. */
  note_tweet: z.object({ text: z.string(), entities: Entities.default({ urls: [], hashtags: [], mentions: [] }) }).optional(),
  attachments: z
    .object({ media_keys: some(z.string()), poll_ids: some(z.string()) })
    .catch({ media_keys: [], poll_ids: [] })
    .optional(),
  referenced_tweets: some(z.object({ type: z.enum(['retweeted', 'quoted', 'replied_to']), id })),
  in_reply_to_user_id: id.optional().catch(undefined),
  conversation_id: id.optional().catch(undefined),
  lang: z.string().optional(),
  possibly_sensitive: z.boolean().catch(false),
  public_metrics: z.object({ reply_count: z.int() }).optional().catch(undefined),
  withheld: z.unknown().optional(),
})
export type Tweet = z.infer<typeof Tweet>

export const User = z.object({
  id,
  username: z.string(),
  name: z.string().catch(''),
  profile_image_url: url.optional().catch(undefined),
  protected: z.boolean().catch(false),
  verified_type: z.string().optional().catch(undefined),
})
export type User = z.infer<typeof User>

export const Medium = z.object({
  media_key: z.string(),
  type: z.enum(['photo', 'video', 'animated_gif']),
  url: url.optional().catch(undefined),
  preview_image_url: url.optional().catch(undefined),
  alt_text: z.string().optional(),
  width: z.int().optional(),
  height: z.int().optional(),
  duration_ms: z.int().optional(),
  variants: some(z.object({ content_type: z.string(), url, bit_rate: z.int().catch(0) })),
})

export const Poll = z.object({
  id: z.string(),
  options: z.array(z.object({ position: z.int(), label: z.string(), votes: z.int() })),
  end_datetime: z.iso.datetime().optional(),
})

/** Why something that was asked for by its id does not come. */
export const Missing = z.object({ resource_id: z.string().optional(), value: z.string().optional(), type: z.string().catch('') })

export const Includes = z
  .object({ tweets: some(Tweet), users: some(User), media: some(Medium), polls: some(Poll) })
  .catch({ tweets: [], users: [], media: [], polls: [] })
export type Includes = z.infer<typeof Includes>

/** One post with what stands beside it in the answer: what it quotes, who wrote it, its pictures. */
export const Native = z.object({ tweet: Tweet, includes: Includes, errors: some(Missing) })
export type Native = z.infer<typeof Native>

/** When an id was given out, in milliseconds since 1970. https://docs.x.com/x-api/fundamentals/x-ids */
export function timeOfId(of: string): number {
  return Number((BigInt(of) >> 22n) + 1_288_834_974_657n)
}
