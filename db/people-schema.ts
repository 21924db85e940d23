import { bigint, index, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

/** Who is who across networks, from proof alone. */

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
