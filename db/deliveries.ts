import { and, desc, eq, inArray, isNull, lt, or, sql } from 'drizzle-orm'
import type { Keeps } from './account-keeps.ts'
import { accountKeeps, accounts } from './account-schema.ts'
import type { Reader } from './audience.ts'
import { db } from './client.ts'
import { deliveries, subscriptions } from './digest-schema.ts'
import { type Rhythm, running, type Subscription } from './subscriptions.ts'

// Longer than most: writing down, taking, ending and looking back are one life of one row, and guard one another.

export type Delivery = typeof deliveries.$inferSelect
export type DeliveryKey = Pick<Delivery, 'subscriptionId' | 'slot'>

/** What became of mails is told for as long. */
const KEPT_MS = 90 * 86_400_000

type Due = { rhythm: Rhythm; slot: string; dueAt: Date; skipped: boolean }

/**
 * Writes down the deliveries of a slot: each subscription of its rhythm that was confirmed before, has none of it yet, and
 * of which none is still to be sent. The primary key is what makes it one. Returns those that are new and to be sent.
 */
export async function writeDeliveries({ rhythm, slot, dueAt, skipped }: Due): Promise<DeliveryKey[]> {
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
export async function overdueDeliveries(before: Date, most: number): Promise<DeliveryKey[]> {
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
export async function claimDelivery(key: DeliveryKey, now: Date, lease: number): Promise<Claimed | 'gone' | 'taken'> {
  const free = or(
    eq(deliveries.state, 'due'),
    and(eq(deliveries.state, 'sending'), lt(deliveries.claimedAt, new Date(now.getTime() - lease))),
  )
  const [delivery] = await db()
    .update(deliveries)
    .set({ state: 'sending', claimedAt: now, tries: sql`${deliveries.tries} + 1` })
    .where(and(isOne(key), free))
    .returning()
  if (!delivery) {
    const [there] = await db().select({ state: deliveries.state }).from(deliveries).where(isOne(key))
    return there?.state === 'sending' ? 'taken' : 'gone'
  }
  const [found] = await db()
    .select({
      subscription: subscriptions,
      role: accounts.role,
      reading: accountKeeps.reading,
      preferences: accountKeeps.preferences,
      missed: sql<string[]>`array(
        select d.slot from ${deliveries} d where d.subscription_id = ${subscriptions.id} and d.state in ('skipped', 'failed')
          and d.due_at > ${delivery.from.toISOString()}::timestamptz order by d.due_at)`,
    })
    .from(subscriptions)
    .leftJoin(accounts, eq(accounts.id, subscriptions.accountId))
    .leftJoin(accountKeeps, eq(accountKeeps.accountId, subscriptions.accountId))
    .where(and(eq(subscriptions.id, key.subscriptionId), running))
  if (!found) return 'gone'
  const { subscription, reading, preferences, missed } = found
  const role = found.role === 'member' || found.role === 'owner' ? 'member' : 'anonymous'
  return { delivery, subscription, role, keeps: { reading, preferences }, missed }
}

/** It went out, or there was nothing to tell: what it had is told. One statement: both or neither. */
export async function finishDelivery({ subscriptionId, slot }: DeliveryKey, state: 'sent' | 'quiet', now: Date): Promise<void> {
  const sentAt = state === 'sent' ? now.toISOString() : null
  await db().execute(sql`
    with done as (
      update ${deliveries} set state = ${state}, sent_at = ${sentAt}::timestamptz, error = null
      where subscription_id = ${subscriptionId} and slot = ${slot} returning "to")
    update ${subscriptions} set sent_through = done."to" from done where id = ${subscriptionId} and sent_through < done."to"`)
}

/** It did not go out: to be tried again (`due`), or not. What it had is told by the next. */
export async function failDelivery(key: DeliveryKey, state: 'due' | 'skipped' | 'failed', error: string): Promise<void> {
  await db()
    .update(deliveries)
    .set({ state, error: error.slice(0, 500) })
    .where(isOne(key))
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

/** Forgets what became of mails long ago. */
export async function forgetOldDeliveries(now: Date): Promise<void> {
  await db()
    .delete(deliveries)
    .where(lt(deliveries.dueAt, new Date(now.getTime() - KEPT_MS)))
}

const isOne = ({ subscriptionId, slot }: DeliveryKey) => and(eq(deliveries.subscriptionId, subscriptionId), eq(deliveries.slot, slot))
