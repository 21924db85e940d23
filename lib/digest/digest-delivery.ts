import type { Reader } from '#db/audience'
import { sharedNow } from '#db/clock'
import { type Claimed, claimDelivery, type DeliveryKey, failDelivery, finishDelivery, lastOutcomes } from '#db/deliveries'
import { endSubscription, type Subscription } from '#db/subscriptions'
import type { Config } from '../config.ts'
import type { Press } from './digest-press.ts'
import { digestReader } from './digest-reader.ts'
import { shortDayIn } from './digest-times.ts'
import { digestWords as say } from './digest-words.ts'
import { type Mail, MailError, type Mailer, senderOf } from './mail.ts'

/** What became of a delivery: done; `later`, to be tried again; `dead`: the relay will never take it. */
export type Outcome = 'done' | 'later' | 'dead'

/** A mail that is later than this is not sent any more: its reader gets the next, with what it had. */
export const LATEST_MS = 12 * 3_600_000
/** A worker that was killed while it sent is waited for so long: longer than a relay may be silent. */
const LEASE_MS = 150_000
/** So many mails in a row that come back for now end a subscription. */
const SOFT_BOUNCES = 3

export type Post = { config: Config; press: Press; mails: Mailer; origin: string; now?: () => Date; leaseMs?: number }

/**
 * Sends one delivery, if it is still to be sent. Its Message-ID and what it has do not depend on when and how often this
 * is tried: a relay that took it and could not say so gets the same mail again.
 */
export async function deliver(
  key: DeliveryKey,
  { config, press, mails, origin, now = sharedNow, leaseMs = LEASE_MS }: Post,
): Promise<Outcome> {
  const claimed = await claimDelivery(key, now(), leaseMs)
  if (claimed === 'gone') return 'done'
  if (claimed === 'taken') return 'later'
  const { delivery, subscription, keeps, missed } = claimed
  if (now().getTime() - delivery.dueAt.getTime() > LATEST_MS) {
    await failDelivery(key, 'skipped', delivery.error ?? 'too late')
    return 'done'
  }
  try {
    const { filter, word, zone, name, quiet, format } = subscription
    const notes = missed
      .filter((slot) => /^\d{4}-\d\d-\d\d$/.test(slot))
      .map((slot) => say.skipped(shortDayIn(new Date(`${slot}T12:00:00Z`), 'UTC')))
    const order = {
      role: roleOf(claimed, config),
      from: delivery.from,
      to: delivery.to,
      filter,
      word,
      zone,
      chosen: name,
      notes,
      reader: digestReader(keeps),
    }
    const drawn = await press.draw(order, now())
    const alert = subscription.every === 'hourly' || subscription.every === 'at-once'
    if (drawn.empty && (!quiet || alert)) {
      await finishDelivery(key, 'quiet', now())
      return 'done'
    }
    const foot = footOf(subscription, origin)
    const subject = alert ? say.subject(word ?? name, drawn.facts) : drawn.subject
    const mail = { subject, text: drawn.text(foot), ...(format === 'html' && { html: drawn.html(foot) }) }
    await mails.send({ ...mail, ...envelopeOf(subscription, key.slot, delivery.dueAt, { config, origin }) })
    await finishDelivery(key, 'sent', now())
    return 'done'
  } catch (error) {
    if (!(error instanceof MailError)) {
      // Ours, or the database's: the mail did not go out for it.
      await failDelivery(key, 'due', error instanceof Error ? error.message : String(error)).catch(() => {})
      throw error
    }
    await failDelivery(key, error.kind === 'refused' ? 'failed' : 'due', error.message)
    if (error.kind !== 'refused') return 'later'
    if (error.recipient) await endSubscription({ id: subscription.id }, 'bounced', now())
    return 'dead'
  }
}

/** A mail came back: for good, or for now; or its reader called it spam. Returns whether that ended the subscription. */
export async function noteReturn(subscriptionId: string, kind: 'hard' | 'soft' | 'complaint', now: Date): Promise<boolean> {
  if (kind === 'complaint') return endSubscription({ id: subscriptionId }, 'complained', now)
  const outcomes = await lastOutcomes(subscriptionId, SOFT_BOUNCES, kind === 'soft')
  const often = outcomes.length >= SOFT_BOUNCES && outcomes.every(({ bounced }) => bounced)
  return kind === 'hard' || often ? endSubscription({ id: subscriptionId }, 'bounced', now) : false
}

/** The owner of a personal instance gets everything: its mailbox is as private as the program. */
function roleOf({ role }: Claimed, { MODE }: Config): Reader['role'] {
  return MODE === 'personal' ? 'owner' : role
}

/** The lines under a digest: why it came, and how it stops. */
function footOf({ address, token }: Subscription, origin: string) {
  return [
    { words: say.why(address), soft: true },
    { words: say.change, href: `${origin}/digest/subscription?t=${token}` },
    { words: say.unsubscribe, href: `${origin}/unsubscribe?t=${token}` },
  ]
}

/** To whom, and all headers that mail of a list has (RFC 2369, 2919, 3834, 8058). */
export function envelopeOf(
  { id, token, address }: Pick<Subscription, 'id' | 'token' | 'address'>,
  slot: string,
  date: Date,
  { config, origin }: { config: Config; origin: string },
): Pick<Mail, 'to' | 'messageId' | 'date' | 'headers' | 'returnPath'> {
  const sender = senderOf(config)?.address ?? address
  const [, domain = 'localhost'] = sender.split('@')
  const tagged = (tag: string) => config.MAIL_BOUNCES?.replace('@', `+${tag}@`)
  const leave = tagged(`unsubscribe-${token}`) ?? `${sender}?subject=unsubscribe%20${token}`
  return {
    to: address,
    messageId: `<digest.${slot.replace(/[^\w-]/g, '.')}.${id}@${domain}>`,
    date,
    returnPath: tagged(id) ?? sender,
    headers: {
      'List-Unsubscribe': `<${origin}/unsubscribe?t=${token}>, <mailto:${leave}>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      'List-Id': `Backplane digest <digest.${new URL(origin).hostname}>`,
      'List-Archive': `<${origin}/digest>`,
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
    },
  }
}
