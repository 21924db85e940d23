import { randomBytes, randomUUID } from 'node:crypto'
import { and, desc, eq, isNotNull, isNull, lt, or, type SQL } from 'drizzle-orm'
import { db } from './client.ts'
import { subscriptions } from './digest-schema.ts'

export type Subscription = typeof subscriptions.$inferSelect
/** What its reader chooses of it. */
export type Wish = Pick<Subscription, 'every' | 'hour' | 'zone' | 'weekday' | 'filter' | 'word' | 'name' | 'format' | 'quiet'>

/** Confirmed and not ended. */
export const running: SQL | undefined = and(isNotNull(subscriptions.confirmedAt), isNull(subscriptions.endedAt))
/** Nobody confirmed it for so long: it is forgotten. */
const UNCONFIRMED_MS = 2 * 86_400_000
/** Why one ended is told for as long. */
const KEPT_MS = 90 * 86_400_000

/** Asks for a subscription: it begins once it is confirmed. Its token, to be sent to the address and told to nobody else. */
export async function askForSubscription(address: string, wish: Wish, accountId: string | null, now: Date): Promise<Subscription> {
  const [row] = await db()
    .insert(subscriptions)
    .values({
      ...wish,
      id: randomUUID(),
      token: randomBytes(18).toString('base64url'),
      address: address.toLowerCase(),
      accountId,
      createdAt: now,
      sentThrough: now,
    })
    .returning()
  if (!row) throw new Error('An insert returns its row')
  return row
}

/** The subscription that this token opens; null for none. */
export async function subscriptionOf(token: string): Promise<Subscription | null> {
  const [row] = await db().select().from(subscriptions).where(eq(subscriptions.token, token))
  return row ?? null
}

/** All that one address gets, newest first. */
export async function subscriptionsTo(address: string): Promise<Subscription[]> {
  const own = and(eq(subscriptions.address, address.toLowerCase()), running)
  return db().select().from(subscriptions).where(own).orderBy(desc(subscriptions.createdAt))
}

/** Begins it, or begins it again; to confirm once more changes nothing. */
export async function confirmSubscription(token: string, now: Date): Promise<Subscription | null> {
  const begun = and(eq(subscriptions.token, token), or(isNull(subscriptions.confirmedAt), isNotNull(subscriptions.endedAt)))
  await db().update(subscriptions).set({ confirmedAt: now, endedAt: null, endedWhy: null, softBounces: 0, sentThrough: now }).where(begun)
  return subscriptionOf(token)
}

/** What its reader wants from now on. */
export async function changeSubscription(token: string, wish: Partial<Wish>): Promise<Subscription | null> {
  const [row] = await db().update(subscriptions).set(wish).where(eq(subscriptions.token, token)).returning()
  return row ?? null
}

/** Ends it: no further mail. */
export async function endSubscription(
  which: { token: string } | { id: string },
  why: NonNullable<Subscription['endedWhy']>,
  now: Date,
): Promise<boolean> {
  const one = 'token' in which ? eq(subscriptions.token, which.token) : eq(subscriptions.id, which.id)
  const ended = await db()
    .update(subscriptions)
    .set({ endedAt: now, endedWhy: why })
    .where(and(one, isNull(subscriptions.endedAt)))
    .returning({ id: subscriptions.id })
  return ended.length > 0
}

/** There is one at most: the same whatever the address. */
const PERSONAL = '00000000-0000-4000-8000-000000000001'

/** The one subscription of a personal instance, if there is one. */
export async function personalSubscription(): Promise<Subscription | null> {
  const [row] = await db().select().from(subscriptions).where(eq(subscriptions.id, PERSONAL))
  return row ?? null
}

/** The one subscription of a personal instance, which nobody has to confirm; its wishes stay when the address is another. */
export async function keepPersonalSubscription(address: string, wish: Wish, now: Date): Promise<void> {
  const token = randomBytes(18).toString('base64url')
  await db()
    .insert(subscriptions)
    .values({ ...wish, id: PERSONAL, token, address, confirmedAt: now, sentThrough: now })
    .onConflictDoUpdate({ target: subscriptions.id, set: { address } })
}

/** Ends what a personal instance sent, because nobody is named any more. */
export async function dropPersonalSubscription(): Promise<void> {
  await db().delete(subscriptions).where(eq(subscriptions.id, PERSONAL))
}

/** When mails of a subscription are due. */
export type Rhythm = Pick<Subscription, 'every' | 'hour' | 'zone' | 'weekday'>

/** The different rhythms of all that runs: few, however many subscriptions there are. */
export async function rhythms(): Promise<Rhythm[]> {
  const { every, hour, zone, weekday } = subscriptions
  return db().selectDistinct({ every, hour, zone, weekday }).from(subscriptions).where(running)
}

/** Forgets what nobody confirmed, and what ended long ago. */
export async function forgetOldSubscriptions(now: Date): Promise<void> {
  const unconfirmed = and(isNull(subscriptions.confirmedAt), lt(subscriptions.createdAt, new Date(now.getTime() - UNCONFIRMED_MS)))
  const ended = lt(subscriptions.endedAt, new Date(now.getTime() - KEPT_MS))
  await db().delete(subscriptions).where(or(unconfirmed, ended))
}
