import type { PgBoss } from 'pg-boss'
import { sharedNow } from '#db/clock'
import { type DeliveryKey, overdueDeliveries, writeDeliveries } from '#db/deliveries'
import { rhythms } from '#db/subscriptions'
import { log } from '../log.ts'
import { deliver, LATEST_MS, type Post } from './digest-delivery.ts'
import { lastSlot } from './digest-slots.ts'

/**
 * When digests are written down as due, and who sends them. A delivery is a row, one a subscription and slot; its job may be
 * lost, doubled or tried again without a second mail.
 */

const PLAN = 'digest-plan'
const SEND = 'digest-send'
const DEAD = 'digest-dead'
const PLAN_SECONDS = 20
/** What was saved becomes visible when its transaction ends: a slot is sent so much later than it ends. */
const SETTLED_MS = 60_000
/** A delivery that nobody began or ended for so long has lost its job. */
const LOST_MS = 10 * 60_000
const MOST_LOST = 500
/** And no more than go out in a second: what is drawn and waits takes memory, and grows old. */
const AT_ONCE = 40

/** Writes down what is due at `now`; returns what is to be sent. What is too late is skipped, and told by the next. */
export async function planDeliveries(now: Date): Promise<DeliveryKey[]> {
  const settled = new Date(now.getTime() - SETTLED_MS)
  const due: DeliveryKey[] = []
  for (const rhythm of await rhythms()) {
    const slot = lastSlot(rhythm, settled)
    due.push(...(await writeDeliveries({ rhythm, ...slot, skipped: now.getTime() - slot.dueAt.getTime() > LATEST_MS })))
  }
  return due
}

/** Sends digests, together with whatever other workers there are. */
export async function startDigests(boss: PgBoss, post: Post, { retryDelay = 30 }: { retryDelay?: number } = {}): Promise<void> {
  await boss.createQueue(DEAD, { deleteAfterSeconds: 30 * 86_400 })
  await boss.createQueue(PLAN, {
    heartbeatSeconds: 10,
    policy: 'stately',
    retryLimit: 1_000_000,
    retryDelay: 5,
    retryDelayMax: 60,
    retryBackoff: true,
    deleteAfterSeconds: 3600,
  })
  await boss.createQueue(SEND, {
    policy: 'exclusive',
    // Killed in the middle, it is taken over; until the relay takes it, half a minute, then a minute, up to half an hour later.
    ...{ heartbeatSeconds: 10, retryLimit: 200, retryDelay, retryBackoff: true, retryDelayMax: 1800 },
    ...{ deadLetter: DEAD, deleteAfterSeconds: 3600 },
  })
  await boss.work(PLAN, { pollingIntervalSeconds: 5 }, async () => {
    const due = await planDeliveries(sharedNow())
    const lost = await overdueDeliveries(new Date(sharedNow().getTime() - LOST_MS), MOST_LOST)
    // One that has a job already gets no second.
    await boss.insert(
      SEND,
      [...due, ...lost].map((key) => ({ data: key, singletonKey: `${key.subscriptionId} ${key.slot}` })),
    )
    await planNext(boss, PLAN_SECONDS)
  })
  const batchSize = Math.min(AT_ONCE, post.config.MAIL_PER_SECOND)
  const how = { batchSize, burstWhenBatchFull: true, pollingIntervalSeconds: 2, perJobResults: true } as const
  await boss.work(SEND, how, (jobs) => Promise.all(jobs.map(async ({ id, data }) => ({ id, status: await sent(data, post) }))))
  await planNext(boss, 0)
}

/** Sends what a job names. What becomes of the job. */
async function sent(data: unknown, post: Post): Promise<'completed' | 'failed' | 'deadletter'> {
  const key = keyOf(data)
  if (!key) return 'deadletter'
  try {
    const outcome = await deliver(key, post)
    if (outcome === 'dead') log.warn({ slot: key.slot, subscription: key.subscriptionId }, 'a digest was refused')
    return outcome === 'done' ? 'completed' : outcome === 'dead' ? 'deadletter' : 'failed'
  } catch (error) {
    log.error({ err: error }, 'a digest could not be made')
    return 'failed'
  }
}

async function planNext(boss: PgBoss, seconds: number): Promise<void> {
  await boss.send(PLAN, {}, { startAfter: new Date(sharedNow().getTime() + seconds * 1000) })
}

function keyOf(data: unknown): DeliveryKey | null {
  const { subscriptionId, slot } = Object(data)
  return typeof subscriptionId === 'string' && typeof slot === 'string' ? { subscriptionId, slot } : null
}
