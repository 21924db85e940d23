import { z } from 'zod'

/**
 * The fields of a submission that we use, as Reddit's API sends them with `raw_json=1`; unknown ones are dropped.
 * Nobody describes them officially; these are as recorded. https://www.reddit.com/dev/api/#GET_new
 */

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '')

const flag = z
  .boolean()
  .nullish()
  .transform((value) => value === true)

const number = z
  .number()
  .nullish()
  .transform((value) => value ?? null)

/** Where `raw_json` was forgotten on the way, addresses come with their ampersands escaped, and their signature breaks. */
export const address = z
  .string()
  .nullish()
  .transform((value) => value?.replaceAll('&amp;', '&') ?? '')
  .transform((value) => (/^https?:\/\//i.test(value) && URL.canParse(value) ? value : null))

/** What Reddit leaves out, and what it sends in another form than ever seen, is not worth losing a post. */
const lenient = <T extends z.ZodType>(shape: T) => shape.nullish().catch(null)

const Picture = z.object({ url: address, width: number, height: number })
export type Picture = z.infer<typeof Picture>

const Preview = z.object({
  images: z.array(
    z.object({
      source: Picture,
      resolutions: lenient(z.array(Picture)),
      variants: lenient(z.object({ mp4: lenient(z.object({ source: Picture })) })),
    }),
  ),
})

const Size = z.object({ u: address, gif: address, mp4: address, x: number, y: number })
const GalleryMedium = z.object({
  status: text,
  e: text,
  m: text,
  s: lenient(Size),
  p: lenient(z.array(Size)),
  /** Of `RedditVideo`, which has no `s`. */
  hlsUrl: address,
  x: number,
  y: number,
})
export type GalleryMedium = z.infer<typeof GalleryMedium>

const Video = z.object({ hls_url: address, fallback_url: address, width: number, height: number, duration: number })

/** What a page of elsewhere tells of itself through oEmbed. */
const Embed = z.object({ title: text, author_name: text, provider_name: text, thumbnail_url: address })

const PollData = z.object({
  options: z.array(z.object({ text, vote_count: number })),
  total_vote_count: number,
  /** Milliseconds, unlike any other time here. */
  voting_end_timestamp: number,
})

const flair = lenient(z.array(z.object({ e: text, t: text })))

const Single = z.object({
  /** The fullname: `t3_…`. */
  name: z.string().regex(/^t3_\w+$/),
  title: z.string(),
  author: text,
  author_flair_text: text,
  author_flair_richtext: flair,
  subreddit: text,
  subreddit_name_prefixed: text,
  permalink: z.string(),
  created_utc: z.number().positive(),
  /** false, or seconds since 1970; `true` for edits of before Reddit kept their time. */
  edited: z.union([z.boolean(), z.number()]).nullish().catch(null),
  is_self: flag,
  selftext: text,
  selftext_html: text,
  url: address,
  url_overridden_by_dest: address,
  domain: text,
  thumbnail: address,
  post_hint: text,
  preview: lenient(Preview),
  is_gallery: flag,
  gallery_data: lenient(z.object({ items: z.array(z.object({ media_id: z.string(), caption: text })) })),
  media_metadata: lenient(z.record(z.string(), lenient(GalleryMedium))),
  is_video: flag,
  media: lenient(z.object({ reddit_video: lenient(Video), oembed: lenient(Embed) })),
  poll_data: lenient(PollData),
  over_18: flag,
  spoiler: flag,
  stickied: flag,
  locked: flag,
  archived: flag,
  quarantine: flag,
  distinguished: text,
  link_flair_text: text,
  link_flair_richtext: flair,
  num_comments: number,
  removed_by_category: text,
  removal_reason: text,
})

/** A crosspost carries what it passes on; whether that is itself a crosspost is nobody's question. */
export const Submission = Single.extend({ crosspost_parent_list: lenient(z.array(Single)) })

export type Single = z.infer<typeof Single>
export type Submission = z.infer<typeof Submission>
