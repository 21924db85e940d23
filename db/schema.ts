import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  customType,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import type {
  Audience,
  Card,
  Conversation,
  Media,
  Permission,
  Person,
  Poll,
  Quote,
  Reaction,
  ReplyTo,
  SafeHtml,
  Share,
  WithdrawnPermission,
} from './post.ts'

/** Milliseconds are all that a JS Date holds: finer ones would not survive a cursor. */
const instant = () => timestamp({ withTimezone: true, precision: 3 })

/** The spans of time in which a source was seen whole, as Postgres writes them: `{[a,b),[c,d)}`. */
const spans = customType<{ data: string }>({ dataType: () => 'tstzmultirange' })

/** Words and where they stand, as Postgres searches them. */
const words = customType<{ data: string }>({ dataType: () => 'tsvector' })

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
    // One lane per audience, and per platform and audience: a page merges the heads of its reader's lanes, so that
    // no filter ever walks over rows that it then throws away. Ascending, read backwards.
    index('entries_by_audience').on(t.audience, t.sortAt, t.id),
    // Not read any more (lanes are): it goes in the release after the one that brings lanes, for processes of the old one.
    index('entries_by_platform').on(t.platform, t.audience, t.sortAt, t.id),
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

/** What must never come back. Kept apart from the posts, so that it outlives them. */
export const tombstones = pgTable(
  'tombstones',
  {
    platform: text().notNull(),
    externalId: text().notNull(),
    deletedAt: instant().notNull(),
    /** The wish or decision that took it away here, so that it can be taken back; null: it was deleted where it stood. */
    withholdingId: bigint({ mode: 'number' }),
  },
  (t) => [
    primaryKey({ columns: [t.platform, t.externalId] }),
    index('tombstones_by_time').on(t.deletedAt),
    index('tombstones_by_withholding').on(t.withholdingId).where(sql`${t.withholdingId} is not null`),
  ],
)

/** Who and what is left out here, now and in time to come, because somebody asked for it or an owner decided it. */
export const withholdings = pgTable(
  'withholdings',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedByDefaultAsIdentity(),
    kind: text().$type<'post' | 'author' | 'server'>().notNull(),
    /** Empty for a server, which is one whatever is spoken there. */
    platform: text().notNull(),
    /** externalId of a post, id of an author; of a server its host, or host and path of a site among others there. */
    key: text().notNull(),
    /** Where the author or post is read on the web: bridges name it in their copies. */
    address: text(),
    /** `asked`: who wrote it wants so; `decided`: an owner does (spam, a report). */
    why: text().$type<'asked' | 'decided'>().notNull(),
    since: instant().notNull(),
  },
  (t) => [unique('withholdings_identity').on(t.kind, t.platform, t.key), index('withholdings_by_time').on(t.since)],
)

/** What accounts ask for all that they say: to be seen in passing only, or by members only. Those that ask for nothing have no row. */
export const authorAudiences = pgTable(
  'author_audiences',
  {
    platform: text().notNull(),
    authorId: text().notNull(),
    audience: text().$type<Audience>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.platform, t.authorId] })],
)

/** What people asked of the owner, or proved and had done: to be left out, to have a post withheld, to look at one. */
export const requests = pgTable(
  'requests',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    kind: text().$type<'post' | 'author' | 'server' | 'report'>().notNull(),
    platform: text().notNull(),
    /** As in `withholdings`; of a report the post's. Empty where nobody knows yet who is meant. */
    key: text().notNull(),
    /** What they wrote, or the address of the post. */
    address: text().notNull(),
    /** Who they say they are, as their platform writes it. */
    handle: text().notNull(),
    /** What they put where only they can write, as proof; also what finds the request again. */
    code: text().notNull().unique('requests_code'),
    /** In their words. */
    words: text().notNull(),
    /** `proving`: nobody but who asked has to do anything yet. */
    state: text().$type<'proving' | 'open' | 'done' | 'refused'>().notNull(),
    at: instant().notNull(),
    decidedAt: instant(),
  },
  (t) => [index('requests_by_state').on(t.state, t.at)],
)

/**
 * Posts that readers saw and that some of them see no more: deleted, hidden, or for fewer eyes. An open page takes them
 * back by it. Only triggers write it (migration `withdrawals`), so that no way in which a post leaves is forgotten; kept
 * for a day. The audiences are those before: who could not see a post is not told that it went.
 */
export const withdrawals = pgTable(
  'withdrawals',
  {
    postId: bigint({ mode: 'number' }).notNull(),
    audience: text().$type<Audience>().notNull(),
    entryAudience: text().$type<Audience>().notNull(),
    at: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.postId, t.audience, t.entryAudience] }), index('withdrawals_by_time').on(t.at)],
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

/** Accounts that their platform deleted or hides. */
export const authorStates = pgTable(
  'author_states',
  {
    platform: text().notNull(),
    authorId: text().notNull(),
    state: text().$type<'deleted' | 'hidden'>().notNull(),
    since: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.platform, t.authorId] })],
)

/** What a source declares, as its settings (secrets as `env:NAME`), and how it fares. */
export const sources = pgTable('sources', {
  id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  /** Connector and settings in canonical form: the same link declared again is the same source. */
  key: text().notNull().unique('sources_key'),
  platform: text().notNull(),
  name: text().notNull(),
  /** The name is its owner's; else it is what the platform calls it, learnt when the settings are resolved. */
  nameGiven: boolean().notNull().default(false),
  settings: jsonb().$type<{ [key: string]: unknown }>().notNull(),
  /** Settings after `resolve`; null until it worked once. */
  resolved: jsonb().$type<{ [key: string]: unknown }>(),
  rules: jsonb().$type<SourceRules>().notNull(),
  everySeconds: integer().notNull(),
  audience: text().$type<Audience>(),
  permission: jsonb().$type<Permission>(),
  /** The permission that it had, where that was withdrawn since. */
  withdrawn: jsonb().$type<WithdrawnPermission>(),
  /** Posts older than this are deleted here; null: they stay. */
  keepDays: integer(),
  /** What is missing before it may be read, as a sentence to its owner. */
  off: text(),
  pausedAt: instant(),
  /** Paused by its owner on a page, whatever the file says. */
  pausedHere: instant(),
  /** Added by its owner on a page: what would stand in the file, options and all. null: the file has it. */
  addedHere: jsonb().$type<{ [key: string]: unknown }>(),
  cursor: jsonb().$type<{ [key: string]: unknown }>(),
  /** Fencing token: the job that holds the source. A save by any other writes nothing. */
  holder: uuid(),
  mode: text().$type<'live' | 'polled' | 'away'>().notNull().default('polled'),
  /** Why a source that could be live is not. */
  modeReason: text(),
  /** When the first read was complete; what comes before is neither new nor late. */
  firstReadAt: instant(),
  lastAttemptAt: instant(),
  lastSuccessAt: instant(),
  nextRunAt: instant(),
  /** The newest post by its own time: a source can be reachable and quiet. */
  lastPostAt: instant(),
  /** Failures since the last success. */
  failures: integer().notNull().default(0),
  trouble: text().$type<'rate-limited' | 'unavailable' | 'refused' | 'malformed'>(),
  error: text(),
  notice: text(),
  /** Posts that it showed us since it was added, and items that were not understood. */
  postsSeen: integer().notNull().default(0),
  unreadable: integer().notNull().default(0),
  /** Its owner wants it read now; null again as soon as a worker saw to it. */
  hurriedAt: instant(),
  covered: spans().notNull().default('{}'),
  createdAt: instant().notNull().defaultNow(),
})

/** What an owner pasted to make a source of it: kept for an hour, because what is done with it takes several pages. */
export const pasted = pgTable('pasted', {
  id: uuid().primaryKey().defaultRandom(),
  text: text().notNull(),
  at: instant().notNull().defaultNow(),
})

/** What of a source is let in. Words match whole words, `#tag` a hashtag; without case. */
export type SourceRules = {
  include: string[]
  exclude: string[]
  languages: string[]
  /** `self`: only answers to oneself (threads). */
  replies: 'all' | 'self' | 'none'
  reposts: 'all' | 'none'
  backfill: { days: number; posts: number }
}

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

/** Items that were not understood: the newest few of each source, for a look. */
export const unreadableItems = pgTable(
  'unreadable_items',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    sourceId: bigint({ mode: 'number' })
      .notNull()
      .references(() => sources.id),
    at: instant().notNull(),
    reason: text().notNull(),
    payload: text().notNull(),
  },
  (t) => [index('unreadable_by_source').on(t.sourceId, t.id)],
)

/** When a source could not be read, and why. Not a gap yet: what was missed may still be caught up on. */
export const outages = pgTable(
  'outages',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    sourceId: bigint({ mode: 'number' })
      .notNull()
      .references(() => sources.id),
    startedAt: instant().notNull(),
    /** null while it lasts. */
    endedAt: instant(),
    reason: text().notNull(),
    /** How often reading was tried in vain. */
    tries: integer().notNull().default(1),
  },
  (t) => [index('outages_by_source').on(t.sourceId, t.startedAt)],
)

/**
 * What reading a source came to, a row for each hour in which something happened; kept for 30 days. Hours, because a row
 * for every poll of every source would be millions that nobody looks at. Written in the transactions that save.
 */
export const sourceRuns = pgTable(
  'source_runs',
  {
    sourceId: bigint({ mode: 'number' })
      .notNull()
      .references(() => sources.id, { onDelete: 'cascade' }),
    /** The beginning of the hour. */
    hour: instant().notNull(),
    /** Readings that ended in it, well or not. */
    runs: integer().notNull().default(0),
    failures: integer().notNull().default(0),
    /** How long these took, in all. */
    tookMs: bigint({ mode: 'number' }).notNull().default(0),
    /** Posts that were told, known ones too. */
    told: integer().notNull().default(0),
    /** Posts that were new. */
    added: integer().notNull().default(0),
    /** Those of them that whoever knows of the source may see: no other number is for everybody. */
    addedShown: integer().notNull().default(0),
    /** Seconds from said to stored, of the shown ones that were said after the first read; the first few hundred. */
    delays: integer().array().notNull().default(sql`'{}'`),
  },
  (t) => [primaryKey({ columns: [t.sourceId, t.hour] })],
)

/** Sources that could not be read for a day: told once in the timeline and by mail, and so is their recovery. */
export const breakdowns = pgTable(
  'breakdowns',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    sourceId: bigint({ mode: 'number' })
      .notNull()
      .references(() => sources.id, { onDelete: 'cascade' }),
    /** When it was read for the last time before. */
    since: instant().notNull(),
    /** When it had lasted for a day: its place in the timeline. */
    toldAt: instant().notNull(),
    /** As a sentence to its owner. */
    reason: text().notNull(),
    /** When it was read again; null while it lasts. */
    endedAt: instant(),
    mailedAt: instant(),
    endMailedAt: instant(),
  },
  // One at a time of a source.
  (t) => [uniqueIndex('breakdowns_lasting').on(t.sourceId).where(sql`${t.endedAt} is null`), index('breakdowns_by_time').on(t.toldAt)],
)

/** People who proved which accounts are theirs. */
export const people = pgTable('people', {
  id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  /** Their page: `/people/<slug>`. Never changes. */
  slug: text().notNull().unique('people_slug'),
  createdAt: instant().notNull().defaultNow(),
})

/** Whose an account is, and how that was proved. */
export const personAccounts = pgTable(
  'person_accounts',
  {
    platform: text().notNull(),
    accountId: text().notNull(),
    personId: bigint({ mode: 'number' })
      .notNull()
      .references(() => people.id, { onDelete: 'cascade' }),
    proof: jsonb().$type<AccountProof>().notNull(),
    provenAt: instant().notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.platform, t.accountId] }), index('person_accounts_by_person').on(t.personId)],
)

/** How it was shown that two accounts are one person's. `seenAt`: a page where anybody can see it. */
export type AccountProof = {
  kind: 'verified-link' | 'domain' | 'mutual-links' | 'nickserv' | 'claim'
  seenAt: string | null
  /** The other account, `<platform>:<id>`. */
  with: string
}

/** Accounts that were taken apart by hand: no proof puts these two together again. Keys are `<platform>:<id>`, in order. */
export const keptApart = pgTable(
  'kept_apart',
  {
    one: text().notNull(),
    other: text().notNull(),
    at: instant().notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.one, t.other] })],
)

/** What accounts say of themselves where it may prove something, and when they were asked. */
export const accountProfiles = pgTable(
  'account_profiles',
  {
    platform: text().notNull(),
    accountId: text().notNull(),
    /** Pages that lead to the account, lower case and without protocol; the first is its own. */
    addresses: text().array().notNull(),
    links: jsonb().$type<ProfileLink[]>().notNull(),
    lookedUpAt: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.platform, t.accountId] }), index('account_profiles_by_time').on(t.lookedUpAt)],
)

/** `verified`: the platform saw that the page links back (`rel=me`). */
export type ProfileLink = { url: string; verified: boolean }

/** Signs of life of long-running processes, a row each; kept, so that it can be told when none was running. */
export const heartbeats = pgTable('heartbeats', {
  id: uuid().primaryKey(),
  role: text().$type<'worker' | 'web'>().notNull(),
  startedAt: instant().notNull(),
  beatAt: instant().notNull(),
  stoppedAt: instant(),
})

/** How often somebody asked of late, for the few limits that all web processes share; rows go within hours. */
export const rateLimits = pgTable('rate_limits', {
  // Columns, and their order, are those of the library that writes them (rate-limiter-flexible).
  key: text().primaryKey(),
  points: integer().notNull().default(0),
  /** Milliseconds since 1970. */
  expire: bigint({ mode: 'number' }),
})

/** What owners did, kept for a year. */
export const auditLog = pgTable(
  'audit_log',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    at: instant().notNull(),
    /** An account's address, or by which other way an owner came: `the owner’s key`, `the command line`. */
    who: text().notNull(),
    /** A verb in the past: `withheld`, `restored a backup`. */
    what: text().notNull(),
    /** What it was done to; empty where the verb says it all. */
    about: text().notNull(),
  },
  (t) => [index('audit_log_by_time').on(t.at)],
)
