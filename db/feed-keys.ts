import { createHash, randomBytes } from 'node:crypto'
import { and, desc, eq, inArray } from 'drizzle-orm'
import { accounts, feedKeys } from './account-schema.ts'
import type { Reader } from './audience.ts'
import { db } from './client.ts'

/** What its reader sees of a key: never the key itself, which nobody has but who subscribed with it. */
export type FeedKey = Pick<typeof feedKeys.$inferSelect, 'id' | 'name' | 'createdAt' | 'usedAt'>

/** How many addresses one account may have; far more than anybody has programs. */
export const MOST_FEED_KEYS = 20
const DAY_MS = 86_400_000

/** Makes a key and returns it: this once. null where the account has as many as it may. */
export async function makeFeedKey(accountId: string, name: string): Promise<string | null> {
  const key = randomBytes(24).toString('base64url')
  return db().transaction(async (tx) => {
    // Two forms sent at once take turns.
    await tx.select().from(accounts).where(eq(accounts.id, accountId)).for('update')
    if ((await tx.$count(feedKeys, eq(feedKeys.accountId, accountId))) >= MOST_FEED_KEYS) return null
    await tx.insert(feedKeys).values({ accountId, hash: hashOf(key), name })
    return key
  })
}

/** Newest first. */
export async function feedKeysOf(accountId: string): Promise<FeedKey[]> {
  const { id, name, createdAt, usedAt } = feedKeys
  return db().select({ id, name, createdAt, usedAt }).from(feedKeys).where(eq(feedKeys.accountId, accountId)).orderBy(desc(feedKeys.id))
}

/** Ends an address; another account's stays. */
export async function revokeFeedKey(accountId: string, id: number): Promise<void> {
  await db()
    .delete(feedKeys)
    .where(and(eq(feedKeys.accountId, accountId), eq(feedKeys.id, id)))
}

/** Whose key it is, a member for feeds whoever they are; null for a key that is none any more. */
export async function readerOfFeed(key: string, now: Date): Promise<Reader | null> {
  const [found] = await db()
    .select({ id: feedKeys.id, accountId: feedKeys.accountId, usedAt: feedKeys.usedAt })
    .from(feedKeys)
    .innerJoin(accounts, eq(accounts.id, feedKeys.accountId))
    .where(and(eq(feedKeys.hash, hashOf(key)), inArray(accounts.role, ['member', 'owner'])))
  if (!found) return null
  // The day is enough to tell a forgotten address from one that is used.
  const today = new Date(Math.floor(now.getTime() / DAY_MS) * DAY_MS)
  if (!found.usedAt || found.usedAt < today) await db().update(feedKeys).set({ usedAt: today }).where(eq(feedKeys.id, found.id))
  return { role: 'member', account: found.accountId }
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url')
}
