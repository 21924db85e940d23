import { sql } from 'drizzle-orm'
import { bigint, index, pgTable, primaryKey, text, unique } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import type { Audience } from './post.ts'

/** Who asked to be left out, what was deleted and withheld, and what else decides who may see a post. */

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
