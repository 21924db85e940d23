import { sql } from 'drizzle-orm'
import { bigint, boolean, index, integer, jsonb, pgTable, primaryKey, text, unique } from 'drizzle-orm/pg-core'
import { instant, words } from './columns.ts'
import type { Audience, Card, Conversation, Media, Person, Poll, Quote, Reaction, ReplyTo, SafeHtml, Share } from './post.ts'
import { sources } from './sources-schema.ts'

/** What the timeline lists: a single post, a stretch of conversation, or copies of one thing. */
export const entries = pgTable(
  'entries',
  {
    /** The id of its first post. */
    id: bigint({ mode: 'number' }).primaryKey(),
    platform: text().notNull(),
    /** The place of its first post; never changes. */
    sortAt: instant().notNull(),
    /** The most careful of its posts; `withheld` once nothing is left to show. */
    audience: text().$type<Audience>().notNull(),
    /** Key of the conversation that it is a stretch of; null for a single post. */
    conversation: text(),
    /** The time of its last post: silence is counted from here. */
    lastAt: instant().notNull(),
    /** What it can be filtered by, sorted: `platform:…`, `source:…`, `person:…`, `tag:…`, `flair:…`, `said`, `share`. */
    lanes: text().array().notNull().default(sql`'{}'`),
  },
  (t) => [
    // One lane per audience: a page merges the heads of its reader's lanes, so that no filter ever walks over rows that
    // it then throws away. Ascending, read backwards.
    index('entries_by_audience').on(t.audience, t.sortAt, t.id),
    // For lanes that hardly meet. A short pending list: it is read through by each search.
    index('entries_by_lanes').using('gin', t.lanes).with({ gin_pending_list_limit: 256 }),
    index('entries_by_conversation').on(t.platform, t.conversation, t.lastAt).where(sql`${t.conversation} is not null`),
  ],
)

/**
 * Each entry in each of its lanes: what filters walk. Written by settleEntries and keepEntries alone, from the posts
 * and their sightings; audience and place are the entry's.
 */
export const entryLanes = pgTable(
  'entry_lanes',
  {
    lane: text().notNull(),
    audience: text().$type<Audience>().notNull(),
    sortAt: instant().notNull(),
    entryId: bigint({ mode: 'number' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.lane, t.audience, t.sortAt, t.entryId] })],
)

/** One thing said, on one platform. What a connector fills in is documented in `post.ts`. */
export const posts = pgTable(
  'posts',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedByDefaultAsIdentity(),
    entryId: bigint({ mode: 'number' }).notNull(),
    platform: text().notNull(),
    /** The source whose telling is kept: the first that showed it, or one that told more of it later. */
    sourceId: bigint({ mode: 'number' })
      .notNull()
      .references(() => sources.id),
    /** The platform's own global key: at-uri, ActivityPub uri, guid. */
    externalId: text().notNull(),
    /** The original, as a person opens it. */
    url: text(),
    author: jsonb().$type<Person>().notNull(),
    /** Where it was said, where the platform has places: a blog, a channel, a subreddit. */
    place: text(),
    /** Short words beside the place: a flair, "commercial", "Threads via fediverse". */
    badges: text().array().notNull(),
    title: text(),
    html: text().$type<SafeHtml>().notNull(),
    text: text().notNull(),
    /** BCP 47. */
    language: text(),
    /** Lower case, without `#`. */
    tags: text().array().notNull(),
    contentWarning: text(),
    /** The warning with custom emoji drawn, where it has any. */
    warningHtml: text().$type<SafeHtml>(),
    /** Media are covered until asked for. */
    sensitive: boolean().notNull(),
    media: jsonb().$type<Media[]>().notNull(),
    card: jsonb().$type<Card>(),
    poll: jsonb().$type<Poll>(),
    quote: jsonb().$type<Quote>(),
    replyTo: jsonb().$type<ReplyTo>(),
    share: jsonb().$type<Share>(),
    /** The page of the original, where a bridge or relay says that this is its copy of it. */
    copyOf: text(),
    /** Hashes by which posts that say the same thing find each other (`copies.ts`); null for conversation and what is gone. */
    copyKeys: text().array(),
    /** What this program cannot draw yet, in the platform's word: "Unsupported audio space". */
    unsupported: text(),
    /** How it was said: chat has more than posts. */
    kind: text().$type<'post' | 'message' | 'action' | 'notice' | 'topic'>().notNull(),
    /** The channel or thread it is part of, where it is: its posts stand in one entry until it falls silent. */
    conversation: jsonb().$type<Conversation>(),
    /** Played back by a bouncer or a log after a disconnection, not heard live. */
    recovered: boolean().notNull(),
    reactions: jsonb().$type<Reaction[]>().notNull(),
    /**
     * For places without ids of their own (a chat read live, from a bouncer, from logs): how exactly its time is known,
     * so that the same line told twice is found by who, what and about when. null: its externalId says it all.
     */
    precisionSeconds: integer(),
    /** null: the platform does not say, which is not none. */
    replyCount: integer(),
    /** When it was said, or passed on; null: the platform does not say. */
    publishedAt: instant(),
    /** The original's time, where it is another than publishedAt. */
    originalAt: instant(),
    editedAt: instant(),
    audience: text().$type<Audience>().notNull(),
    firstSeenAt: instant().notNull(),
    /** least(publishedAt, firstSeenAt) at the first insert; an edit changes text, not place. */
    sortAt: instant().notNull(),
    /** First seen more than 15 minutes later than its source's schedule explains; never on a first read. */
    late: boolean().notNull(),
    /** Hash of all that the connector filled in: the same again is not written again. */
    revision: text().notNull(),
    deletedAt: instant(),
    /** The platform hides the whole account for now. */
    authorHidden: boolean().notNull().default(false),
    /** When its platform is to be asked what became of it. */
    recheckAt: instant().notNull().default(sql`now() + interval '20 hours'`),
  },
  (t) => [
    unique('posts_identity').on(t.platform, t.externalId),
    index('posts_by_entry').on(t.entryId),
    index('posts_by_author').on(t.platform, sql`(${t.author} ->> 'id')`),
    index('posts_by_first_seen').on(t.firstSeenAt),
    // A deleted post is gone from what quotes and answers it, too.
    index('posts_by_quote').on(t.platform, sql`(${t.quote} ->> 'externalId')`).where(sql`${t.quote} is not null`),
    index('posts_by_parent').on(t.platform, sql`(${t.replyTo} ->> 'externalId')`).where(sql`${t.replyTo} is not null`),
    // Who is to be seen by fewer, or not at all, is so in what others quote, answer and pass on, too.
    index('posts_by_quoted_author').on(t.platform, sql`(${t.quote} -> 'author' ->> 'id')`).where(sql`${t.quote} is not null`),
    index('posts_by_answered_author').on(t.platform, sql`(${t.replyTo} -> 'author' ->> 'id')`).where(sql`${t.replyTo} is not null`),
    index('posts_by_sharer').on(t.platform, sql`(${t.share} -> 'by' ->> 'id')`).where(sql`${t.share} is not null`),
    index('posts_by_original').on(t.copyOf).where(sql`${t.copyOf} is not null`),
    index('posts_by_recheck').on(t.sourceId, t.recheckAt).where(sql`${t.deletedAt} is null`),
  ],
)

/**
 * What search knows of each post that somebody may find; what it consists of, `post-words.ts` says. A row is narrow, so
 * that thousands of hits are sorted by time with few pages read; the words of long posts lie beside it (`storage external`).
 */
export const indexedPosts = pgTable(
  'indexed_posts',
  {
    postId: bigint({ mode: 'number' }).primaryKey(),
    sortAt: instant().notNull(),
    words: words().notNull(),
  },
  // New words wait in a list that every search reads through: half a megabyte of it costs a millisecond.
  (t) => [index('indexed_posts_by_word').using('gin', t.words).with({ fastupdate: true, gin_pending_list_limit: 512 })],
)

/**
 * Posts that search has to look at (again). Triggers write it, in the transaction that changes what a post says or who
 * may see it, and take the post out of the index there and then: whatever changes posts need not know of search.
 */
export const unindexedPosts = pgTable('unindexed_posts', {
  postId: bigint({ mode: 'number' }).primaryKey(),
  at: instant().notNull().defaultNow(),
})

/**
 * The keys of `posts.copyKeys`, each with its post, by time, so that of a key which many posts share only the nearest few
 * are looked at. Triggers keep it (migration `copy-keys`), whoever writes posts.
 */
export const copyKeys = pgTable(
  'copy_keys',
  {
    key: text().notNull(),
    sortAt: instant().notNull(),
    postId: bigint({ mode: 'number' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.key, t.sortAt, t.postId] })],
)

/** Other keys under which a post was told: a line of a log whose live twin is there. */
export const aliases = pgTable(
  'aliases',
  {
    platform: text().notNull(),
    externalId: text().notNull(),
    postId: bigint({ mode: 'number' })
      .notNull()
      .references(() => posts.id, { onDelete: 'cascade' }),
    sourceId: bigint({ mode: 'number' })
      .notNull()
      .references(() => sources.id),
  },
  (t) => [primaryKey({ columns: [t.platform, t.externalId] }), index('aliases_by_post').on(t.postId)],
)

/** That a source showed a post: the provenance that a reader can ask for. */
export const sightings = pgTable(
  'sightings',
  {
    postId: bigint({ mode: 'number' })
      .notNull()
      .references(() => posts.id, { onDelete: 'cascade' }),
    sourceId: bigint({ mode: 'number' })
      .notNull()
      .references(() => sources.id),
    /** The key of the boost through which it was seen; empty for the post itself. */
    shareId: text().notNull().default(''),
    share: jsonb().$type<Share>(),
    /** The rule that let it in. */
    rule: text().notNull(),
    fetchedAt: instant().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.postId, t.sourceId, t.shareId] }),
    index('sightings_by_source').on(t.sourceId, t.fetchedAt),
    index('sightings_by_share').on(t.shareId).where(sql`${t.shareId} <> ''`),
  ],
)
