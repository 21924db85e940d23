import { sql } from 'drizzle-orm'
import { bigint, boolean, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { instant, spans } from './columns.ts'
import type { Audience, Permission, WithdrawnPermission } from './post.ts'

/** What is read, how reading it fares, and what could not be read. */

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
