import { randomUUID } from 'node:crypto'
import { and, count, desc, eq, gt, lt, ne, notInArray, or, sql } from 'drizzle-orm'
import { takeBackAll } from './account-claims.ts'
import { accounts, identities, proofs, type Role, sessions } from './account-schema.ts'
import { db } from './client.ts'
import { subscriptions } from './digest-schema.ts'
import { auditLog } from './running-schema.ts'

/** What stands in place of the name of somebody who deleted their account. */
const DELETED = 'a deleted account'

export type Account = typeof accounts.$inferSelect

/** Whether anybody manages this instance. */
export async function hasOwner(): Promise<boolean> {
  const [found] = await db().select({ owners: count() }).from(accounts).where(eq(accounts.role, 'owner'))
  return (found?.owners ?? 0) > 0
}

/** The account of an address, in whatever letters it is written; null where there is none. */
export async function accountOf(email: string): Promise<Account | null> {
  const [account] = await db().select().from(accounts).where(eq(accounts.email, email.trim().toLowerCase()))
  return account ?? null
}

export async function accountById(id: string): Promise<Account | null> {
  const [account] = await db().select().from(accounts).where(eq(accounts.id, id))
  return account ?? null
}

/**
 * Lets somebody in by their address, as an owner does: makes the account where there is none. An owner stays one who is
 * added as a member. Returns it as it is now.
 */
export async function inviteAccount(email: string, role: 'member' | 'owner'): Promise<Account> {
  const known = await accountOf(email)
  const kept = known?.role === 'owner' ? 'owner' : role
  const [account] = await db()
    .insert(accounts)
    .values({ id: randomUUID(), email: email.trim().toLowerCase(), role, invited: true })
    .onConflictDoUpdate({ target: accounts.email, set: { role: kept, invited: true, updatedAt: new Date() } })
    .returning()
  if (!account) throw new Error('an account that was written is not there')
  return account
}

/** Who is no member any more is signed out everywhere. */
export async function setRole(id: string, role: Role): Promise<void> {
  await db().transaction(async (tx) => {
    await tx.update(accounts).set({ role, updatedAt: new Date() }).where(eq(accounts.id, id))
    if (role === 'former' || role === 'barred') await tx.delete(sessions).where(eq(sessions.accountId, id))
  })
}

/** Everybody with an account, owners first. */
export async function listAccounts(): Promise<Account[]> {
  return db().select().from(accounts).orderBy(desc(accounts.role), accounts.email)
}

/** Who vouches for an account, where it is signed in, and what it is sent by mail: nothing that opens anything. */
export async function traitsOf({ id, email }: Pick<Account, 'id' | 'email'>) {
  const { every, hour, zone, weekday, name, word, format, quiet, createdAt, confirmedAt, endedAt } = subscriptions
  const [vouching, signedIn, digests] = await Promise.all([
    db()
      .select({ provider: identities.provider, subject: identities.subject, since: identities.createdAt })
      .from(identities)
      .where(eq(identities.holder, id)),
    db().select({ since: sessions.createdAt, until: sessions.expiresAt }).from(sessions).where(eq(sessions.accountId, id)),
    db()
      .select({ address: subscriptions.address, every, hour, zone, weekday, name, word, format, quiet, createdAt, confirmedAt, endedAt })
      .from(subscriptions)
      .where(or(eq(subscriptions.accountId, id), eq(subscriptions.address, email))),
  ])
  return { identities: vouching, sessions: signedIn, digests }
}

/** Deletes an account with all that is kept for it, and signs it out everywhere; false for the only owner, without whom nobody manages. */
export async function deleteAccount(id: string): Promise<boolean> {
  return db().transaction(async (tx) => {
    const owners = await tx.select({ id: accounts.id }).from(accounts).where(eq(accounts.role, 'owner')).for('update')
    if (owners.length === 1 && owners[0]?.id === id) return false
    await takeBackAll(tx, id)
    const [gone] = await tx.delete(accounts).where(eq(accounts.id, id)).returning({ email: accounts.email })
    if (!gone) return true
    await tx.delete(subscriptions).where(eq(subscriptions.address, gone.email))
    // Links that were sent and not opened name the mailbox; so does what owners did about it, which stays done.
    await tx.delete(proofs).where(sql`position(${JSON.stringify(gone.email)} in ${proofs.value}) > 0`)
    await tx.update(auditLog).set({ about: DELETED }).where(eq(auditLog.about, gone.email))
    await tx.update(auditLog).set({ who: DELETED }).where(eq(auditLog.who, gone.email))
    return true
  })
}

/** Who somebody is to a provider, with what it gave to ask it by, which is encrypted. */
export type Identity = Pick<typeof identities.$inferSelect, 'id' | 'subject' | 'checkedAt' | keyof Tokens>
type Tokens = Pick<typeof identities.$inferSelect, 'accessToken' | 'refreshToken' | 'accessTokenExpiresAt'>

/** Stands in `checkedAt` of an identity that nobody vouches for any more. */
const LAPSED_AT = new Date(0)
/** What it was asked by is forgotten. */
const LAPSED = { checkedAt: LAPSED_AT, accessToken: null, refreshToken: null, idToken: null }

/** Those of a provider that it last vouched for before `before`, the longest unasked first; without those that have lapsed. */
export async function identitiesToCheck(provider: string, before: Date): Promise<Identity[]> {
  const { id, subject, accessToken, refreshToken, accessTokenExpiresAt, checkedAt } = identities
  return db()
    .select({ id, subject, accessToken, refreshToken, accessTokenExpiresAt, checkedAt })
    .from(identities)
    .where(and(eq(identities.provider, provider), lt(checkedAt, before), gt(checkedAt, LAPSED_AT)))
    .orderBy(checkedAt)
}

/** Its provider vouches for somebody, as of `now`. */
export async function keepIdentity(id: string, now: Date): Promise<void> {
  await db().update(identities).set({ checkedAt: now }).where(eq(identities.id, id))
}

/** The same of who signs in, and may have signed in before. */
export async function keepIdentityOf(provider: string, subject: string, now: Date): Promise<void> {
  const { provider: by, subject: who } = identities
  await db()
    .update(identities)
    .set({ checkedAt: now })
    .where(and(eq(by, provider), eq(who, subject)))
}

export async function keepTokens(id: string, tokens: Tokens): Promise<void> {
  await db().update(identities).set(tokens).where(eq(identities.id, id))
}

/** Nobody vouches for them any more, until they sign in by it again. */
export async function lapseIdentity(id: string): Promise<void> {
  await db().update(identities).set(LAPSED).where(eq(identities.id, id))
}

/** What providers said that are none any more. */
export async function lapseOthersThan(providers: string[]): Promise<void> {
  await db()
    .update(identities)
    .set(LAPSED)
    .where(and(gt(identities.checkedAt, LAPSED_AT), notInArray(identities.provider, providers)))
}

/** Members for whom neither an owner nor a provider vouches: by their address alone. */
export async function membersByAddress(): Promise<Account[]> {
  const vouched = db().select({ id: identities.holder }).from(identities).where(gt(identities.checkedAt, LAPSED_AT))
  return db()
    .select()
    .from(accounts)
    .where(and(eq(accounts.role, 'member'), ne(accounts.invited, true), sql`${accounts.id} not in ${vouched}`))
}
