import type { Speaker } from '#db/post'
import { plainText } from './formatting.ts'
import { accountId, addressee, conversationKey, fold, personId } from './names.ts'
import { relayed } from './relays.ts'
import type { OptedOut } from './roster.ts'
import type { Settings } from './settings.ts'

/** A line that its author keeps out of logs, by the custom of log bots: also where it is addressed to somebody first. */
const UNLOGGED = /^\s*\[(?:off|nolog)\]/i

/**
 * Whether a line may be kept at all. What this says no to goes no further: into no queue, no count, no file of what was
 * not understood. Who speaks through a relay is asked for as if they were here.
 * @param optedOut folded nicks and accounts
 * @param relays as `relayed` takes them
 */
export function mayBeKept(
  line: { nick: string; account?: string | null | undefined; text: string },
  optedOut: Pick<OptedOut, 'has'>,
  relays: readonly string[] | undefined,
): boolean {
  const from = relayed(line, relays)
  if (from && !mayBeKept(from, optedOut, [])) return false
  if (optedOut.has(fold(line.nick)) || (line.account && optedOut.has(fold(line.account)))) return false
  const text = plainText(line.text)
  const to = addressee(text)
  return !UNLOGGED.test(to === null ? text : text.slice(to.length + 1)) && !UNLOGGED.test(text)
}

/**
 * Whose lines of this channel are not to stay: who goes by a nick or account on the list, and all that is said under an
 * account that was seen with such a nick.
 */
export function leftOut({ network, channel, optOut }: Settings, said: Speaker[]): ((speaker: Speaker) => boolean) | null {
  if (optOut.length === 0) return null
  const names = new Set(optOut.map(fold))
  const goesBy = ({ id, handle }: Speaker) => id.startsWith(`${network}/`) && names.has(fold(handle))
  const given = [...names].flatMap((name) => [personId(network, name), accountId(network, name)])
  const ids = new Set([...given, ...said.filter(goesBy).map(({ id }) => id)])
  return (speaker) => speaker.conversation === conversationKey(network, channel) && (ids.has(speaker.id) || goesBy(speaker))
}
