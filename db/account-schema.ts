import { sql } from 'drizzle-orm'
import { bigint, boolean, index, jsonb, pgTable, text, unique } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

/**
 * Who may sign in, how they prove it, and what is kept for them. The columns of the first four tables are those that
 * better-auth works with (https://better-auth.com/docs/concepts/database), which calls them user, session, account and
 * verification.
 */

/**
 * What its reader may do. `former`: nobody vouches for them any more, until somebody does again; `barred`: an owner ended it, and
 * only an owner begins it again.
 */
export type Role = 'member' | 'owner' | 'former' | 'barred'

/** A reader with a name here. */
export const accounts = pgTable('accounts', {
  id: text().primaryKey(),
  /** In small letters. */
  email: text().notNull().unique(),
  /** Whether a link that was sent there was opened, or a provider said so. */
  emailVerified: boolean().notNull().default(false),
  name: text().notNull().default(''),
  image: text(),
  role: text().$type<Role>().notNull().default('member'),
  /** Added by an owner, by address: a member for as long as an owner wants. */
  invited: boolean().notNull().default(false),
  createdAt: instant().notNull().defaultNow(),
  updatedAt: instant().notNull().defaultNow(),
})

/** A browser that is signed in. Its cookie holds the token and a signature, without which the token opens nothing. */
export const sessions = pgTable(
  'sessions',
  {
    id: text().primaryKey(),
    accountId: text()
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    token: text().notNull().unique(),
    expiresAt: instant().notNull(),
    /** Never filled in: nobody needs to know from where somebody reads. */
    ipAddress: text(),
    userAgent: text(),
    createdAt: instant().notNull().defaultNow(),
    updatedAt: instant().notNull().defaultNow(),
  },
  (t) => [index('sessions_by_account').on(t.accountId)],
)

/** Who an account is to a provider that vouches for it. */
export const identities = pgTable(
  'identities',
  {
    id: text().primaryKey(),
    /** The account; not called so here, since better-auth calls `subject` by that name, and would take one for the other. */
    holder: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    provider: text().notNull(),
    /** The provider's own key of the person. */
    subject: text().notNull(),
    /** Encrypted with the secret of this instance. */
    accessToken: text(),
    refreshToken: text(),
    idToken: text(),
    accessTokenExpiresAt: instant(),
    refreshTokenExpiresAt: instant(),
    scope: text(),
    password: text(),
    /** When the provider last said that the person still belongs. */
    checkedAt: instant().notNull().defaultNow(),
    createdAt: instant().notNull().defaultNow(),
    updatedAt: instant().notNull().defaultNow(),
  },
  (t) => [unique('identities_by_subject').on(t.provider, t.subject), index('identities_by_account').on(t.holder)],
)

/** What was sent out to come back once: links (hashed) and the states of sign-ins at a provider. */
export const proofs = pgTable(
  'proofs',
  {
    id: text().primaryKey(),
    identifier: text().notNull(),
    value: text().notNull(),
    expiresAt: instant().notNull(),
    createdAt: instant().notNull().defaultNow(),
    updatedAt: instant().notNull().defaultNow(),
  },
  (t) => [index('proofs_by_identifier').on(t.identifier), index('proofs_by_expiry').on(t.expiresAt)],
)

/** What a reader read and chose, the same on every device. */
export const accountKeeps = pgTable('account_keeps', {
  accountId: text()
    .primaryKey()
    .references(() => accounts.id, { onDelete: 'cascade' }),
  /** As `lib/reading/reader-state.ts` has it; null where none was saved yet. */
  reading: jsonb(),
  /** As `lib/reading/preferences.ts` has them; null where none were saved yet. */
  preferences: jsonb(),
  changedAt: instant().notNull().default(sql`now()`),
})

/** Addresses of feeds that show what their account may read. */
export const feedKeys = pgTable(
  'feed_keys',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    accountId: text()
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    /** SHA-256 of the key, which is shown once. */
    hash: text().notNull().unique(),
    /** What its reader calls it: `office`, `phone`. */
    name: text().notNull(),
    createdAt: instant().notNull().defaultNow(),
    /** The day of its last use. */
    usedAt: instant(),
  },
  (t) => [index('feed_keys_by_account').on(t.accountId)],
)
