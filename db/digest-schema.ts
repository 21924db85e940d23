import { sql } from 'drizzle-orm'
import { boolean, index, integer, jsonb, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { accounts } from './account-schema.ts'
import { instant } from './columns.ts'
import type { Filter } from './lanes.ts'

/** Who gets which digest by mail, and what became of each. */

/** What somebody asked to be sent. It begins once whoever reads the mailbox confirmed it. */
export const subscriptions = pgTable(
  'subscriptions',
  {
    /** Names it in the Message-IDs of its mails; opens nothing. */
    id: uuid().primaryKey(),
    /** Stands in its mails only: who has it may change and end it. */
    token: text().notNull(),
    /** In small letters. */
    address: text().notNull(),
    /** Whose it is, where its reader is signed in: their role decides what it may tell. */
    accountId: text().references(() => accounts.id, { onDelete: 'cascade' }),
    every: text().$type<'daily' | 'weekdays' | 'weekly' | 'hourly' | 'at-once'>().notNull(),
    /** At which hour of the day (0 to 23), in which zone (IANA), and weekly on which day (1 is Monday). */
    hour: integer().notNull(),
    zone: text().notNull(),
    weekday: integer().notNull().default(1),
    /** What of the timeline; stars are those of the day it was chosen. */
    filter: jsonb().$type<Filter>().notNull(),
    /** Only what says this word or phrase. */
    word: text(),
    /** What is chosen, in words; empty for everything. */
    name: text().notNull().default(''),
    format: text().$type<'html' | 'plain'>().notNull().default('html'),
    /** Also to be told when nothing was said. */
    quiet: boolean().notNull().default(false),
    createdAt: instant().notNull().defaultNow(),
    confirmedAt: instant(),
    endedAt: instant(),
    endedWhy: text().$type<'asked' | 'bounced' | 'complained'>(),
    /** What was first seen before this went out. */
    sentThrough: instant().notNull(),
    /** Mails that came back for now, since the last that did not. */
    softBounces: integer().notNull().default(0),
  },
  (t) => [
    unique('subscriptions_token').on(t.token),
    index('subscriptions_by_address').on(t.address),
    index('subscriptions_by_account').on(t.accountId),
    index('subscriptions_running').on(t.id).where(sql`${t.confirmedAt} is not null and ${t.endedAt} is null`),
  ],
)

/** One mail of a subscription. Its key is what makes it one: a day of its reader, or for alerts a time. */
export const deliveries = pgTable(
  'deliveries',
  {
    subscriptionId: uuid()
      .notNull()
      .references(() => subscriptions.id, { onDelete: 'cascade' }),
    /** `2026-11-22`, or for alerts `2026-11-22T14:05Z`. */
    slot: text().notNull(),
    state: text().$type<'due' | 'sending' | 'sent' | 'quiet' | 'skipped' | 'failed'>().notNull().default('due'),
    /** When it was to be sent. */
    dueAt: instant().notNull(),
    /** It has what was first seen between these. */
    from: instant().notNull(),
    to: instant().notNull(),
    /** When a worker began to send it, the last time. */
    claimedAt: instant(),
    /** When the relay took it. */
    sentAt: instant(),
    tries: integer().notNull().default(0),
    /** What the relay said last. */
    error: text(),
  },
  (t) => [
    primaryKey({ columns: [t.subscriptionId, t.slot] }),
    index('deliveries_by_due').on(t.dueAt),
    index('deliveries_open').on(t.dueAt).where(sql`${t.state} in ('due', 'sending')`),
  ],
)
