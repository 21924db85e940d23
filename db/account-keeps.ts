import { eq } from 'drizzle-orm'
import { accountKeeps } from './account-schema.ts'
import { db } from './client.ts'

/** What is kept for an account, as it was saved: who reads it makes sense of it, or of what of it makes sense. */
export type Keeps = Pick<typeof accountKeeps.$inferSelect, 'reading' | 'preferences'>

export async function keepsOf(accountId: string): Promise<Keeps> {
  const [kept] = await db().select().from(accountKeeps).where(eq(accountKeeps.accountId, accountId))
  return { reading: kept?.reading ?? null, preferences: kept?.preferences ?? null }
}

export async function savePreferences(accountId: string, preferences: object): Promise<void> {
  await db()
    .insert(accountKeeps)
    .values({ accountId, preferences })
    .onConflictDoUpdate({ target: accountKeeps.accountId, set: { preferences, changedAt: new Date() } })
}

/** Saves what `change` makes of what was kept until now. Devices that save at the same moment take turns. */
export async function changeReading<T extends object>(accountId: string, change: (kept: unknown) => T): Promise<T> {
  return db().transaction(async (tx) => {
    await tx.insert(accountKeeps).values({ accountId }).onConflictDoNothing()
    const [kept] = await tx.select().from(accountKeeps).where(eq(accountKeeps.accountId, accountId)).for('update')
    const reading = change(kept?.reading)
    await tx.update(accountKeeps).set({ reading, changedAt: new Date() }).where(eq(accountKeeps.accountId, accountId))
    return reading
  })
}
