import { compareTs } from './message.ts'

/** An answer without any of so many messages that were there is an odd answer rather than so many deletions. */
const ODD = 3

/** Which of the known are missing in an answer that was to hold all between two ends. */
export function goneFrom(known: string[], found: string[], after: string, before: string): string[] {
  const expected = known.filter((ts) => compareTs(ts, after) > 0 && compareTs(ts, before) < 0)
  const present = new Set(found)
  const gone = expected.filter((ts) => !present.has(ts))
  return gone.length === expected.length && gone.length >= ODD ? [] : gone
}
