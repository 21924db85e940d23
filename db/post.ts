import type { posts } from './schema.ts'

declare const safe: unique symbol
/** HTML that has been through the sanitiser. Only `connectors/html.ts` makes it. */
export type SafeHtml = string & { readonly [safe]: true }

/**
 * Who may read a post, from the least careful to the most. `public`: everybody, everywhere; `unindexed`: everybody,
 * but in the stream and digest only, not in search, feeds or API; `members`: those who signed in; `withheld`: nobody.
 */
export const audiences = ['public', 'unindexed', 'members', 'withheld'] as const
export type Audience = (typeof audiences)[number]

/** A person or account as a platform shows it. */
export type Person = {
  /** The platform's own stable key: DID, ActivityPub actor address, t2_…, account. */
  id: string
  name: string
  /** The name with custom emoji drawn, where it has any. */
  nameHtml: SafeHtml | null
  /** As the platform writes it: `@name.example.com`, `@name@server`, `u/name`; empty where there is none. */
  handle: string
  url: string | null
  avatar: string | null
  /** Short words shown beside the name: bot, group, memorial, verified, a pronoun set. */
  badges: string[]
  /** Who may see what they say, where they ask their platform for fewer than everybody. */
  audience?: Audience
}

export type Media = {
  kind: 'image' | 'gifv' | 'video' | 'audio' | 'file'
  /** null while the platform is still processing it, or where only a preview may be shown. */
  url: string | null
  preview: string | null
  /** null means that the author gave none, and the page says so. */
  alt: string | null
  width: number | null
  height: number | null
  /** HLS playlists are `application/vnd.apple.mpegurl`. */
  mimeType: string | null
  durationSeconds: number | null
  bytes: number | null
  title: string | null
  captions: { language: string; url: string }[]
}

export type Card = {
  /** `link` for a page; the rest name what the platform itself embeds. */
  kind: 'link' | 'video' | 'photo' | 'feed' | 'list' | 'labeler' | 'starter-pack'
  url: string
  title: string
  description: string
  image: string | null
  /** Host or provider, as shown under the title. */
  site: string
  authors: string[]
  readingMinutes: number | null
  /** ISO 8601: when the page says that it was published, and changed since; where a platform tells. */
  publishedAt?: string
  updatedAt?: string
}

export type Poll = {
  /** `html` where custom emoji are to be drawn in it. */
  options: { text: string; html: SafeHtml | null; votes: number | null }[]
  multiple: boolean
  voters: number | null
  /** ISO 8601; null when it stays open or the platform does not say. */
  closesAt: string | null
}

/** A quoted post, or the state in which it may not be shown. One level only. */
export type Quote =
  | {
      state: 'shown'
      externalId: string
      url: string | null
      author: Person
      title: string | null
      html: SafeHtml
      text: string
      /** ISO 8601. */
      publishedAt: string | null
      media: Media[]
      contentWarning: string | null
      /** The warning with custom emoji drawn, where it has any. */
      warningHtml?: SafeHtml | null
      sensitive: boolean
    }
  | {
      state: 'pending' | 'rejected' | 'revoked' | 'deleted' | 'unauthorized' | 'blocked' | 'not-found' | 'detached' | 'muted' | 'nested'
      url: string | null
    }

/** What a post answers: one line of it where the platform gave it. */
export type ReplyTo = {
  state: 'shown' | 'unavailable' | 'unknown'
  externalId: string | null
  url: string | null
  author: Person | null
  /** The start of the parent's text, at most 200 characters. */
  text: string | null
  /** The first post of the conversation. */
  rootExternalId: string | null
}

/** A channel or thread. `silenceMinutes` without a word end a stretch of it; what follows is a new entry. */
export type Conversation = {
  /** Unlike any other on the platform: `libera/#hpc`, `T…/C…/1711.0001`. */
  key: string
  /** As its people call it: `#hpc`. */
  title: string
  silenceMinutes: number
}

/** An emoji that people answered with, and how many; names are nobody's business. */
export type Reaction = { emoji: string; image: string | null; count: number }

/** Somebody passed the post on: boost, repost. `externalId` is the boost's own key, so that undoing it is noticed. */
export type Share = { externalId: string; by: Person /** ISO 8601. */; at: string }

/** Somebody who said something, or was answered, and the key of the conversation in which it was. */
export type Speaker = { id: string; handle: string; conversation: string | null }

/**
 * What a platform says of a whole account: `deleted` blanks all its posts for good, `hidden` (deactivated,
 * suspended, taken down) hides them until `shown`.
 */
export type AuthorEvent = { authorId: string; change: 'deleted' | 'hidden' | 'shown' }

/** An item that was not understood: kept aside so that a person can look at it and report it. */
export type Unreadable = { payload: string; reason: string }

/** Who permitted reading and when, where a platform's rules ask for it: `on` is a date such as 2026-11-22. `mail`: also to be sent to members. */
export type Permission = { by: string; on: string; mail?: boolean }

/** A permission that was withdrawn `at` an instant (ISO 8601); `open`: until then everybody could read what it was for. */
export type WithdrawnPermission = Permission & { at: string; open: boolean }

/** How the addresses of a network are written, so that links to one of its pages are known to be one. */
export type NetworkAddresses = {
  /** Addresses that one page goes by, each with the form that stands for all; without scheme, and without `www.`, `m.`, `old.` and their like. */
  forms?: readonly [RegExp, string][]
  /** Doors that only lead on: where to stands in `url` or `q` of the address. With scheme. */
  onward?: readonly RegExp[]
  /** Words that say in a link that somebody came from there: `?src=<word>`. */
  calledInLinks?: readonly string[]
}

type PostRow = typeof posts.$inferSelect

/**
 * A post as a connector hands it over: a row less what the database decides. Every field is required, but for emoji in
 * a warning, which one platform alone has.
 */
export type Post = Omit<
  PostRow,
  | 'id'
  | 'warningHtml'
  | 'entryId'
  | 'platform'
  | 'sourceId'
  | 'copyKeys'
  | 'firstSeenAt'
  | 'sortAt'
  | 'late'
  | 'revision'
  | 'deletedAt'
  | 'authorHidden'
  | 'recheckAt'
> & { warningHtml?: SafeHtml | null }
