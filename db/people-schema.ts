import { sql } from 'drizzle-orm'
import { bigint, index, jsonb, pgTable, primaryKey, text, unique, uniqueIndex } from 'drizzle-orm/pg-core'
import { accounts } from './account-schema.ts'
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

/**
 * What was proved of two accounts, each proof for itself: who belongs together follows from all of them, so that one can be
 * taken back and the others stand. Keys are `<platform>:<id>`, in order.
 */
export const accountLinks = pgTable(
  'account_links',
  {
    one: text().notNull(),
    other: text().notNull(),
    kind: text().$type<AccountProof['kind']>().notNull(),
    seenAt: text(),
    at: instant().notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.one, t.other, t.kind] }), index('account_links_by_other').on(t.other)],
)

/**
 * Accounts elsewhere of which a member says that they are theirs. They put a code where only they can write; what is proved
 * so counts for as long as it can be seen there.
 */
export const accountClaims = pgTable(
  'account_claims',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    /** Who signed in here. */
    memberId: text()
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    platform: text().notNull(),
    /** The platform's own id of the account, as its posts have it. */
    authorId: text().notNull(),
    /** By what its profile is read; null where nobody has one there, and only what they say is theirs. */
    who: text(),
    /** As its platform writes it. */
    handle: text().notNull(),
    url: text(),
    code: text().notNull().unique('account_claims_code'),
    at: instant().notNull(),
    /** A code that was not found until then is none any more. */
    expiresAt: instant().notNull(),
    /** null: it is not proved, or not any more. */
    provenAt: instant(),
    /** Where the code was seen: in the profile, in a page to which that links, or as a post of theirs. */
    seenIn: text().$type<'profile' | 'page' | 'post'>(),
    /** A page where anybody can see it. */
    seenAt: text(),
    /** externalId of the post. */
    post: text(),
    /** When it was last seen there, and when it was last looked for. */
    checkedAt: instant(),
    askedAt: instant(),
  },
  (t) => [
    unique('account_claims_of_member').on(t.memberId, t.platform, t.authorId),
    uniqueIndex('account_claims_proved').on(t.platform, t.authorId).where(sql`${t.provenAt} is not null`),
  ],
)

/** Accounts that were taken apart by hand: no proof puts these two together again. Keys are `<platform>:<id>`, in order. */
export const keptApart = pgTable(
  'kept_apart',
  {
    one: text().notNull(),
    other: text().notNull(),
    at: instant().notNull().defaultNow(),
    /** The account whose own person did it, who may take it back by claiming it again; null: an owner. */
    by: text(),
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
