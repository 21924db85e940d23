import { z } from 'zod'
import { accountById } from '#db/accounts'
import type { Reader } from '#db/audience'
import { askForSubscription, confirmSubscription, type Wish } from '#db/subscriptions'
import { type Config, configuration } from '../config.ts'
import { log } from '../log.ts'
import { countAgainst } from '../server/limits.ts'
import { siteOf } from '../server/origin.ts'
import { isTooMuch } from './digest-wish.ts'
import { digestWords as say } from './digest-words.ts'
import { canMail, type Mailer, mailer } from './mail.ts'

/** Why a subscription was not asked for; a word of `digestStrings.problems`. */
export const subscribeProblems = ['address', 'often', 'much', 'no-mail'] as const
export type SubscribeProblem = (typeof subscribeProblems)[number]

// Kept on the process, not the module: Next bundles this file beside the copy that the web process itself loads.
const held = globalThis as typeof globalThis & { backplaneDigestMailer?: Mailer | null }

/**
 * Asks for a digest to be sent to an address. To all addresses the answer is the same, known or not, and given before a mail is on
 * its way: it has the link that begins it. Only who is signed in with that very address needs none. Returns `begun`, `asked`, or
 * a problem.
 */
export async function subscribe(reader: Reader, address: string, wish: Wish, now: Date): Promise<'begun' | 'asked' | SubscribeProblem> {
  const config = configuration()
  if (!maySubscribe(reader, config)) return 'no-mail'
  if (!z.email().max(254).safeParse(address).success) return 'address'
  if (isTooMuch(wish)) return 'much'
  if (config.MODE === 'community' && (await countAgainst('mailbox', address))) return 'often'
  const account = reader.account ? await accountById(reader.account) : null
  const own = account?.emailVerified && account.email === address.toLowerCase() ? account.id : null
  const { token } = await askForSubscription(address, wish, own, now)
  if (own !== null) {
    await confirmSubscription(token, now)
    return 'begun'
  }
  askToConfirm(config, address.toLowerCase(), token, wish).catch((error: unknown) =>
    log.error({ err: error }, 'who asked for a digest could not be written to'),
  )
  return 'asked'
}

/** Whether a digest can be sent to this reader. Of a personal instance all mail has what its owner reads: only the owner has it sent. */
export function maySubscribe({ role }: Reader, config: Config): boolean {
  return canMail(config) && (config.MODE === 'community' || role === 'owner')
}

/** Without any content, and to nobody's list: whoever typed the address may not be who reads it. */
async function askToConfirm(config: Config, to: string, token: string, { name }: Wish): Promise<void> {
  held.backplaneDigestMailer ??= mailer(config)
  const site = siteOf(config)
  const { subject, text } = say.confirm(new URL(site).host, name, `${site}/digest/subscription?t=${token}`)
  await held.backplaneDigestMailer?.send({ to, subject, text, headers: { 'Auto-Submitted': 'auto-generated' } })
}
