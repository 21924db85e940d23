import { randomBytes, randomUUID } from 'node:crypto'
import { and, desc, eq, inArray, isNotNull, isNull, lt, or, type SQL, sql } from 'drizzle-orm'
import type { Keeps } from './account-keeps.ts'
import { accountKeeps, accounts } from './account-schema.ts'
import type { Reader } from './audience.ts'
import { db } from './client.ts'
import { deliveries, subscriptions } from './digest-schema.ts'

export type Subscription = typeof subscriptions.$inferSelect
export type Delivery = typeof deliveries.$inferSelect
/** What its reader chooses of it. */
export type Wish = Pick<Subscription, 'every' | 'hour' | 'zone' | 'weekday' | 'filter' | 'word' | 'name' | 'format' | 'quiet'>

/** Confirmed and not ended. */
const running: SQL | undefined = and(isNotNull(subscriptions.confirmedAt), isNull(subscriptions.endedAt))
/** Nobody confirmed it for so long: it is forgotten. */
const UNCONFIRMED_MS = 2 * 86_400_000
/** What became of mails is told for as long. */
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

/** The different rhythms of all that runs: few, however many subscriptions there are. */
export async function rhythms(): Promise<Pick<Subscription, 'every' | 'hour' | 'zone' | 'weekday'>[]> {
  const { every, hour, zone, weekday } = subscriptions
  return db().selectDistinct({ every, hour, zone, weekday }).from(subscriptions).where(running)
}

type Due = { rhythm: Awaited<ReturnType<typeof rhythms>>[number]; slot: string; dueAt: Date; skipped: boolean }

/**
 * Writes down the deliveries of a slot: each subscription of its rhythm that was confirmed before, has none of it yet, and
 * of which none is still to be sent. The primary key is what makes it one. Returns those that are new and to be sent.
 */
export async function writeDeliveries({ rhythm, slot, dueAt, skipped }: Due): Promise<{ subscriptionId: string; slot: string }[]> {
  const due = sql`${dueAt.toISOString()}::timestamptz`
  const rows = await db().execute<{ subscription_id: string }>(sql`
    insert into ${deliveries} (subscription_id, slot, state, due_at, "from", "to")
    select s.id, ${slot}, ${skipped ? 'skipped' : 'due'}, ${due}, s.sent_through, ${due} from ${subscriptions} s
    where s.confirmed_at is not null and s.ended_at is null and s.confirmed_at < ${due} and s.sent_through < ${due}
      and s.every = ${rhythm.every} and s.hour = ${rhythm.hour} and s.zone = ${rhythm.zone} and s.weekday = ${rhythm.weekday}
      and (s.every <> 'at-once' or exists (select 1 from posts p where p.first_seen_at >= s.sent_through and p.first_seen_at < ${due}))
      and not exists (select 1 from ${deliveries} d where d.subscription_id = s.id and d.state in ('due', 'sending'))
    on conflict do nothing
    returning subscription_id`)
  return skipped ? [] : rows.map(({ subscription_id }) => ({ subscriptionId: subscription_id, slot }))
}

/** Deliveries that were to be sent a while ago, and that no worker is at: their job may be lost. */
export async function overdueDeliveries(before: Date, most: number): Promise<{ subscriptionId: string; slot: string }[]> {
  const { subscriptionId, slot, state, dueAt, claimedAt } = deliveries
  return db()
    .select({ subscriptionId, slot })
    .from(deliveries)
    .where(and(inArray(state, ['due', 'sending']), lt(dueAt, before), or(isNull(claimedAt), lt(claimedAt, before))))
    .orderBy(dueAt)
    .limit(most)
}

export type Claimed = {
  delivery: Delivery
  subscription: Subscription
  role: Reader['role']
  /** What its account has read and chose: nothing where it is nobody's. */
  keeps: Keeps
  /** Days whose digest was not sent. */
  missed: string[]
}

/**
 * Takes a delivery to send it, unless it is done or another worker took it less than `lease` ms ago. `gone`: there is
 * nothing to do any more. With what its reader may read now.
 */
export async function claimDelivery(
  key: { subscriptionId: string; slot: string },
  now: Date,
  lease: number,
): Promise<Claimed | 'gone' | 'taken'> {
  const one = and(eq(deliveries.subscriptionId, key.subscriptionId), eq(deliveries.slot, key.slot))
  const free = or(
    eq(deliveries.state, 'due'),
    and(eq(deliveries.state, 'sending'), lt(deliveries.claimedAt, new Date(now.getTime() - lease))),
  )
  const [delivery] = await db()
    .update(deliveries)
    .set({ state: 'sending', claimedAt: now, tries: sql`${deliveries.tries} + 1` })
    .where(and(one, free))
    .returning()
  if (!delivery) {
    const [there] = await db().select({ state: deliveries.state }).from(deliveries).where(one)
    return there?.state === 'sending' ? 'taken' : 'gone'
  }
  const [found] = await db()
    .select({ subscription: subscriptions, role: accounts.role, reading: accountKeeps.reading, preferences: accountKeeps.preferences })
    .from(subscriptions)
    .leftJoin(accounts, eq(accounts.id, subscriptions.accountId))
    .leftJoin(accountKeeps, eq(accountKeeps.accountId, subscriptions.accountId))
    .where(and(eq(subscriptions.id, key.subscriptionId), running))
  if (!found) return 'gone'
  const missed = await db()
    .select({ slot: deliveries.slot })
    .from(deliveries)
    .where(
      and(
        eq(deliveries.subscriptionId, key.subscriptionId),
        inArray(deliveries.state, ['skipped', 'failed']),
        sql`${deliveries.dueAt} > ${delivery.from.toISOString()}::timestamptz`,
      ),
    )
    .orderBy(deliveries.dueAt)
  const { subscription, reading, preferences } = found
  const role = found.role === 'member' || found.role === 'owner' ? 'member' : 'anonymous'
  return { delivery, subscription, role, keeps: { reading, preferences }, missed: missed.map(({ slot }) => slot) }
}

/** It went out, or there was nothing to tell: what it had is told. */
export async function finishDelivery({ subscriptionId, slot, to }: Delivery, state: 'sent' | 'quiet', now: Date): Promise<void> {
  await db().transaction(async (tx) => {
    const one = and(eq(deliveries.subscriptionId, subscriptionId), eq(deliveries.slot, slot))
    await tx
      .update(deliveries)
      .set({ state, sentAt: state === 'sent' ? now : null, error: null })
      .where(one)
    const onward = and(eq(subscriptions.id, subscriptionId), lt(subscriptions.sentThrough, to))
    await tx.update(subscriptions).set({ sentThrough: to }).where(onward)
  })
}

/** It did not go out: to be tried again (`due`), or not. What it had is told by the next. */
export async function failDelivery(
  key: { subscriptionId: string; slot: string },
  state: 'due' | 'skipped' | 'failed',
  error: string,
): Promise<void> {
  const one = and(eq(deliveries.subscriptionId, key.subscriptionId), eq(deliveries.slot, key.slot))
  await db()
    .update(deliveries)
    .set({ state, error: error.slice(0, 500) })
    .where(one)
}

/**
 * Notes that the newest mail of a subscription came back (`bounced`), and tells of its newest few, newest first, whether
 * they did.
 */
export async function lastOutcomes(subscriptionId: string, most: number, bounced: boolean): Promise<{ bounced: boolean }[]> {
  if (bounced)
    await db().execute(sql`
      update ${deliveries} set state = 'failed', error = 'it came back' where (subscription_id, slot) = (
        select subscription_id, slot from ${deliveries} where subscription_id = ${subscriptionId} and state = 'sent' order by due_at desc limit 1)`)
  const rows = await db()
    .select({ state: deliveries.state, error: deliveries.error })
    .from(deliveries)
    .where(and(eq(deliveries.subscriptionId, subscriptionId), inArray(deliveries.state, ['sent', 'failed'])))
    .orderBy(desc(deliveries.dueAt))
    .limit(most)
  return rows.map(({ state }) => ({ bounced: state === 'failed' }))
}

/** Forgets what nobody confirmed, and what became of mails long ago. */
export async function forgetOldSubscriptions(now: Date): Promise<void> {
  const unconfirmed = and(isNull(subscriptions.confirmedAt), lt(subscriptions.createdAt, new Date(now.getTime() - UNCONFIRMED_MS)))
  const ended = lt(subscriptions.endedAt, new Date(now.getTime() - KEPT_MS))
  await db().delete(subscriptions).where(or(unconfirmed, ended))
  await db()
    .delete(deliveries)
    .where(lt(deliveries.dueAt, new Date(now.getTime() - KEPT_MS)))
}

/** How mail fares, for the owner: numbers, no addresses. */
export async function mailFigures(now: Date): Promise<{
  running: number
  ended: number
  bounced: number
  sent: number
  failed: number
  skipped: number
  open: number
  lastSentAt: Date | null
}> {
  const since = new Date(now.getTime() - 86_400_000).toISOString()
  const [row] = await db().execute<
    Record<'running' | 'ended' | 'bounced' | 'sent' | 'failed' | 'skipped' | 'open', number> & { last: string | null }
  >(sql`
    select s.*, d.* from (
      select count(*) filter (where confirmed_at is not null and ended_at is null)::int as running,
        count(*) filter (where ended_why = 'asked')::int as ended,
        count(*) filter (where ended_why in ('bounced', 'complained'))::int as bounced from ${subscriptions}) s,
      (select count(*) filter (where state = 'sent' and sent_at > ${since}::timestamptz)::int as sent,
        count(*) filter (where state = 'failed' and due_at > ${since}::timestamptz)::int as failed,
        count(*) filter (where state = 'skipped' and due_at > ${since}::timestamptz)::int as skipped,
        count(*) filter (where state in ('due', 'sending'))::int as open, max(sent_at) as last from ${deliveries}) d`)
  const { last = null, ...numbers } = row ?? { running: 0, ended: 0, bounced: 0, sent: 0, failed: 0, skipped: 0, open: 0 }
  return { ...numbers, lastSentAt: last === null ? null : new Date(last) }
}
