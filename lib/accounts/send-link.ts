import { z } from 'zod'
import { configuration } from '../config.ts'
import { type Mailer, mailer } from '../digest/mail.ts'
import { log } from '../log.ts'
import { countAgainst } from '../server/limits.ts'
import { LINK_MINUTES, signIn } from './sign-in.ts'

// Kept on the process, not the module: Next bundles this file beside the copy that the web process itself loads.
const held = globalThis as typeof globalThis & { backplaneLinkMailer?: Mailer | null }

/**
 * Has a link mailed to an address that may sign in; to any other nothing. Returns before either is known, so that nobody can tell
 * by the answer, nor by how long it takes, who has an account here. Else why not, a word of `signInStrings.problems`.
 */
export async function sendLink(email: string): Promise<'address' | 'often' | null> {
  if (!z.email().max(254).safeParse(email).success) return 'address'
  if (await countAgainst('mailbox', email)) return 'often'
  mailLink(email).catch((error: unknown) => log.error({ err: error }, 'a link to sign in with could not be mailed'))
  return null
}

async function mailLink(email: string): Promise<void> {
  const config = configuration()
  held.backplaneLinkMailer ??= mailer(config)
  const link = await signIn()?.linkFor(email)
  if (!link || !held.backplaneLinkMailer) return
  await held.backplaneLinkMailer.send({
    to: link.email,
    subject: `Sign in to ${new URL(link.url).host}`,
    text: `Open this link to sign in to Backplane at ${new URL(link.url).host}:

${link.url}

It works once, for ${LINK_MINUTES} minutes. If you did not ask for it, do nothing: nobody was signed in.
`,
    headers: { 'Auto-Submitted': 'auto-generated' },
  })
}
