import { decodeHTML } from 'entities'
import { z } from 'zod'
import type { Media, Post } from '#db/post'
import { bareMedium } from '../bare-medium.ts'
import { fromSegments, type Segment, toText } from '../html.ts'
import { languageOf } from './language.ts'

/** Whose archive it is; posts in it do not say who wrote them. */
export type Account = { id: string; username: string; name: string; avatar: string | null }

const Link = z.object({ url: z.string(), expanded_url: z.url({ protocol: /^https?$/ }), display_url: z.string() })
const Medium = z.object({
  type: z.enum(['photo', 'video', 'animated_gif']),
  url: z.string(),
  media_url_https: z.url({ protocol: /^https$/ }),
  ext_alt_text: z.string().nullish(),
  sizes: z
    .object({ large: z.object({ w: z.coerce.number(), h: z.coerce.number() }) })
    .optional()
    .catch(undefined),
  video_info: z
    .object({ variants: z.array(z.object({ content_type: z.string(), url: z.url(), bitrate: z.coerce.number().catch(0) })) })
    .optional()
    .catch(undefined),
})
const listOf = <T extends z.ZodType>(item: T) =>
  z
    .array(item.nullable().catch(null))
    .transform((all) => all.filter((one) => one !== null))
    .catch([])

/** A post in `tweets.js`, as far as it is used: the shape is that of version 1.1 of the platform's API. */
export const Tweet = z.object({
  id_str: z.string().regex(/^\d+$/),
  full_text: z.string(),
  created_at: z.string(),
  lang: z.string().optional(),
  possibly_sensitive: z.boolean().catch(false),
  in_reply_to_status_id_str: z.string().optional(),
  in_reply_to_screen_name: z.string().optional(),
  in_reply_to_user_id_str: z.string().optional(),
  entities: z.object({ urls: listOf(Link), hashtags: listOf(z.object({ text: z.string() })) }).catch({ urls: [], hashtags: [] }),
  extended_entities: z.object({ media: listOf(Medium) }).catch({ media: [] }),
})
type Tweet = z.infer<typeof Tweet>

/** What is passed on of somebody else is in the archive as the beginning of its text only. */
export function isRetweet(native: unknown): boolean {
  return z.object({ full_text: z.string().startsWith('RT @') }).safeParse(native).success
}

/** One post of an archive. Throws what is none. */
export function parse(native: unknown, account: Account): Post {
  const tweet = Tweet.parse(native)
  const publishedAt = new Date(tweet.created_at)
  if (Number.isNaN(publishedAt.getTime())) throw new Error(`“${tweet.created_at}” is no time`)
  const html = fromSegments(segmentsOf(tweet))
  return {
    externalId: tweet.id_str,
    url: `https://x.com/${account.username}/status/${tweet.id_str}`,
    author: personOf(account),
    place: null,
    badges: [],
    title: null,
    html,
    text: toText(html),
    language: languageOf(tweet.lang),
    tags: [...new Set(tweet.entities.hashtags.map(({ text }) => text.toLowerCase()))],
    contentWarning: null,
    sensitive: tweet.possibly_sensitive,
    media: tweet.extended_entities.media.map(mediumOf),
    card: null,
    poll: null,
    quote: null,
    replyTo: replyToOf(tweet, account),
    share: null,
    copyOf: null,
    unsupported: null,
    kind: 'post',
    conversation: null,
    recovered: false,
    reactions: [],
    precisionSeconds: null,
    replyCount: null,
    publishedAt,
    originalAt: null,
    editedAt: null,
    audience: 'public',
  }
}

function personOf({ id, username, name, avatar }: Account): Post['author'] {
  return { id, name, nameHtml: null, handle: `@${username}`, url: `https://x.com/${username}`, avatar, badges: [] }
}

/** The text with the links that it shortened, and without those that stand for its own pictures. Only `&`, `<` and `>` come escaped. */
function segmentsOf({ full_text, entities, extended_entities }: Tweet): Segment[] {
  const links = new Map(entities.urls.map((link) => [link.url, link]))
  const own = new Set(extended_entities.media.map(({ url }) => url))
  return full_text
    .split(/(https:\/\/t\.co\/\w+)/)
    .filter((piece) => !own.has(piece))
    .map((piece) => {
      const link = links.get(piece)
      return link ? { text: link.display_url, href: link.expanded_url, title: link.expanded_url } : { text: decodeHTML(piece) }
    })
}

function mediumOf({ type, media_url_https, ext_alt_text, sizes, video_info }: z.infer<typeof Medium>): Media {
  const { w: width = null, h: height = null } = sizes?.large ?? {}
  const said = { ...bareMedium, alt: ext_alt_text?.trim() || null, width, height }
  if (type === 'photo') return { ...said, kind: 'image', url: media_url_https, preview: media_url_https }
  const [best] = (video_info?.variants ?? [])
    .filter((one) => one.content_type === 'video/mp4')
    .sort((one, other) => other.bitrate - one.bitrate)
  return {
    ...said,
    kind: type === 'video' ? 'video' : 'gifv',
    url: best?.url ?? null,
    preview: media_url_https,
    mimeType: best ? 'video/mp4' : null,
  }
}

function replyToOf(tweet: Tweet, account: Account): Post['replyTo'] {
  const { in_reply_to_status_id_str: id, in_reply_to_screen_name: name, in_reply_to_user_id_str: userId } = tweet
  if (!id) return null
  const author =
    userId === account.id ? personOf(account) : name ? personOf({ id: userId ?? name, username: name, name, avatar: null }) : null
  return {
    state: 'unknown',
    externalId: id,
    url: name ? `https://x.com/${name}/status/${id}` : null,
    author,
    text: null,
    rootExternalId: null,
  }
}
