import { plainText } from './formatting.ts'
import { addressee, fold } from './names.ts'

/** A line that its author keeps out of logs, by the custom of log bots: also where it is addressed to somebody first. */
const UNLOGGED = /^\s*\[(?:off|nolog)\]/i

/**
 * Whether a line may be kept at all. What this says no to goes no further: into no queue, no count, no file of what was
 * not understood.
 * @param optedOut folded nicks and accounts
 */
export function mayBeKept(
  line: { nick: string; account?: string | null | undefined; text: string },
  optedOut: ReadonlySet<string>,
): boolean {
  if (optedOut.has(fold(line.nick)) || (line.account && optedOut.has(fold(line.account)))) return false
  const text = plainText(line.text)
  const to = addressee(text)
  return !UNLOGGED.test(to === null ? text : text.slice(to.length + 1)) && !UNLOGGED.test(text)
}
