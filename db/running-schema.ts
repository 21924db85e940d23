import { bigint, index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

/** What keeps the program itself going: signs of life, limits, and what owners did. */

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
