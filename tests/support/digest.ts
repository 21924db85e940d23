import { askForSubscription, confirmSubscription, type Subscription, type Wish } from '#db/subscriptions'
import { readConfig } from '#lib/config'
import { deliver, type Outcome, type Post } from '#lib/digest/digest-delivery'
import * as form from '#lib/digest/digest-html'
import { digestPress } from '#lib/digest/digest-press'
import { planDeliveries } from '#lib/digest/digest-queue'
import { mailer } from '#lib/digest/mail'

/** The instance that digests of tests come from. */
export const origin = 'https://board.example.org'

/** Everything, at seven. */
export const everyMorning: Wish = {
  ...{ every: 'daily', hour: 7, zone: 'UTC', weekday: 1 },
  ...{ filter: {}, word: null, name: '', format: 'html', quiet: false },
}

/** A subscription that was asked for and confirmed at `since`. */
export async function subscribed(
  address: string,
  since: Date,
  { account = null, ...wish }: Partial<Wish> & { account?: string | null } = {},
): Promise<Subscription> {
  const { token } = await askForSubscription(address, { ...everyMorning, ...wish }, account, since)
  const begun = await confirmSubscription(token, since)
  if (!begun) throw new Error('Not confirmed')
  return begun
}

/** What sends digests over the relay at `url`, as a worker does, on the clock of a test. */
export function postOver(url: string, now: () => Date, env: Record<string, string> = {}): Post {
  const config = readConfig({
    ...{ NODE_ENV: 'test', MODE: 'community', PUBLIC_URL: origin, SMTP_URL: url },
    ...{ MAIL_FROM: 'digest@example.org', MAIL_BOUNCES: 'bounces@example.org' },
    ...env,
  })
  const mails = mailer(config)
  if (!mails) throw new Error('No mailer')
  return { config, press: digestPress(origin, form), mails, origin, now }
}

/** Plans and sends all that is due on the clock of this post. */
export async function sendDue(post: Post): Promise<Outcome[]> {
  const due = await planDeliveries(post.now?.() ?? new Date())
  return Promise.all(due.map((key) => deliver(key, post)))
}

/** What a mail says, with its lines whole again and its letters decoded (RFC 2045 §6.7). */
export function readable(raw: string): string {
  const bytes = raw.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}
