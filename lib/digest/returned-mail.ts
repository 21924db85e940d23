import { endSubscription } from '#db/subscriptions'
import { noteReturn } from './digest-delivery.ts'

/** What somebody's mail program sent back, and of which subscription. */
export type Returned = { kind: 'hard' | 'soft' | 'complaint'; subscription: string } | { kind: 'unsubscribe'; token: string }

/** As our mails name their subscription: in the return path, and in the Message-ID that a report quotes. */
const NAMED = /(?:\+|<digest\.[\w.-]+?\.)([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@/i
const LEAVING = /\+unsubscribe-([\w-]{16,64})@|^subject:[ \t]*unsubscribe[ \t]+([\w-]{16,64})[ \t]*\r?$/im

/**
 * What a mail to the mailbox of bounces says: a delivery report (RFC 3464), a complaint (RFC 5965), or a wish to be sent no more
 * (RFC 2369). null for what says nothing: an answer by hand or by a machine, a report of a delay. Pure.
 */
export function readReturned(raw: string): Returned | null {
  const subscription = NAMED.exec(raw)?.[1]?.toLowerCase()
  if (/^feedback-type:[ \t]*(?:abuse|fraud)/im.test(raw)) return subscription ? { kind: 'complaint', subscription } : null
  const [, action = ''] = /^action:[ \t]*([\w-]+)/im.exec(raw) ?? []
  const [, status = ''] = /^status:[ \t]*(\d\.\d{1,3}\.\d{1,3})/im.exec(raw) ?? []
  if (status && subscription) {
    if (action.toLowerCase() !== 'failed') return null
    // A full mailbox is somebody's who may be back.
    return { kind: status.startsWith('5') && status !== '5.2.2' ? 'hard' : 'soft', subscription }
  }
  const [, tagged, typed] = LEAVING.exec(raw.split(/\r?\n\r?\n/)[0] ?? '') ?? []
  const token = tagged ?? typed
  return token ? { kind: 'unsubscribe', token } : null
}

/** Does what a returned mail asks for. In words, what that was. */
export async function takeReturned(raw: string, now: Date): Promise<string> {
  const returned = readReturned(raw)
  if (!returned) return 'It says nothing about a digest.'
  if (returned.kind === 'unsubscribe')
    return (await endSubscription({ token: returned.token }, 'asked', now))
      ? 'A digest ended: its reader asked for it.'
      : 'That digest had ended.'
  const ended = await noteReturn(returned.subscription, returned.kind, now)
  return ended
    ? `A digest ended: ${returned.kind === 'complaint' ? 'its reader complained' : 'its mails come back'}.`
    : 'Noted: a mail came back for now.'
}
