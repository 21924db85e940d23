import { randomUUID } from 'node:crypto'
import { count, desc, eq } from 'drizzle-orm'
import { accounts, type Role, sessions } from './account-schema.ts'
import { db } from './client.ts'

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
