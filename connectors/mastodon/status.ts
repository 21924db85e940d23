import { z } from 'zod'

/**
 * The fields of a status that we use, as masto hands them over (camelCased); unknown ones are dropped, and whatever
 * servers that are not Mastodon leave out has a default. https://docs.joinmastodon.org/entities/Status/
 */

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '')

const flag = z
  .boolean()
  .nullish()
  .transform((value) => value === true)

/** A time that a Date can hold, or the status is not one. */
const time = z
  .string()
  .transform((value) => new Date(value))
  .refine((date) => !Number.isNaN(date.getTime()), 'not a time')

const listOf = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((value) => value ?? [])

/** An http(s) address, or null: nothing else is ever linked or loaded. */
const address = z
  .string()
  .nullish()
  .transform((value) => (value && /^https?:\/\//i.test(value) && URL.canParse(value) ? value : null))

const CustomEmoji = z
  .object({ shortcode: z.string(), url: text, staticUrl: text })
  // Moving pictures between words are nobody's reading: the still is taken where there is one.
  .transform(({ shortcode, url, staticUrl }) => ({ shortcode, url: staticUrl || url }))

const AccountField = z.object({ name: text, value: text })

export const Account = z.object({
  id: z.string(),
  acct: z.string().min(1),
  username: text,
  displayName: text,
  url: address,
  avatar: address,
  avatarStatic: address,
  note: text,
  fields: listOf(AccountField),
  emojis: listOf(CustomEmoji),
  bot: flag,
  group: flag,
  locked: flag,
  memorial: flag,
  limited: flag,
  suspended: flag,
  noindex: flag,
  moved: z
    .unknown()
    .optional()
    .transform((value) => Boolean(value)),
})

const MediaSize = z
  .object({ width: z.number().nullish(), height: z.number().nullish(), duration: z.number().nullish() })
  .nullish()
  .catch(null)

const MediaAttachment = z.object({
  type: z.string(),
  url: address,
  previewUrl: address,
  remoteUrl: address,
  description: text,
  meta: z.object({ original: MediaSize, small: MediaSize }).nullish().catch(null),
})

const Poll = z.object({
  expiresAt: z.string().nullish(),
  multiple: flag,
  votersCount: z.number().nullish(),
  options: z.array(z.object({ title: text, votesCount: z.number().nullish() })),
  emojis: listOf(CustomEmoji),
})

const Card = z.object({
  url: address,
  title: text,
  description: text,
  type: text,
  image: address,
  providerName: text,
  publishedAt: text,
  authorName: text,
  authors: listOf(z.object({ name: text })),
})

const Mention = z.object({ id: z.string(), acct: z.string().min(1), username: text, url: address })

/** A status without what it wraps: neither the one that it boosts nor the one that it quotes. */
const Said = z.object({
  id: z.string(),
  uri: z.string().min(1),
  url: address,
  createdAt: time,
  editedAt: time.nullish().transform((value) => value ?? null),
  account: Account,
  content: text,
  visibility: z.string(),
  sensitive: flag,
  spoilerText: text,
  language: z
    .string()
    .nullish()
    .transform((value) => value || null),
  mediaAttachments: listOf(MediaAttachment),
  mentions: listOf(Mention),
  tags: listOf(z.object({ name: z.string() })),
  emojis: listOf(CustomEmoji),
  inReplyToId: z.string().nullish(),
  inReplyToAccountId: z.string().nullish(),
  poll: Poll.nullish(),
  card: Card.nullish(),
  repliesCount: z.number().int().nullish(),
})

/**
 * A quote is `{ state, quotedStatus }`, one level deeper `{ state, quotedStatusId }` (ShallowQuote); Hollo and Akkoma
 * put the quoted status itself there. https://docs.joinmastodon.org/entities/Quote/
 */
const Quote = z.union([
  Said.transform((quotedStatus) => ({ state: 'accepted', quotedStatus })),
  z.object({
    state: text,
    quotedStatus: Said.nullish().transform((value) => value ?? null),
    quotedStatusId: z.string().nullish(),
  }),
])

const Whole = Said.extend({ quote: Quote.nullish() })

export const Status = Whole.extend({ reblog: Whole.nullish() })

export type Status = z.infer<typeof Status>
export type Whole = z.infer<typeof Whole>
export type Said = z.infer<typeof Said>
export type Account = z.infer<typeof Account>
export type MediaAttachment = z.infer<typeof MediaAttachment>
export type Card = z.infer<typeof Card>
export type Poll = z.infer<typeof Poll>
export type Quote = z.infer<typeof Quote>
