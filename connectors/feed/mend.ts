import { readDate } from './dates.ts'
import type { Entry, FeedDocument } from './entry.ts'

/** Nobody writes a whole feed within this time; a generator that stamps its items as it writes them does. */
const BURST_MS = 10_000
/** How long before an answer the items in it were stamped, and how far the generator's clock may be from ours. */
const NEAR_MS = 5 * 60_000

/**
 * What can only be seen by looking at a whole feed: dates that are those of its building, ids that are positions in
 * it, ids that stand for several items. Such dates and ids become null or are made whole; nothing else changes.
 * @param fetchedAt when it was read, to tell a date that means "now"
 * @param numbered its ids were positions before: a feed does not change that, and an item must not change its identity
 */
export function mend({ feed, entries }: FeedDocument, fetchedAt: Date, numbered = arePositions(entries)): Entry[] {
  const builtAt = readDate(feed.builtAt)
  const falseClock = (dates: (string | null)[]) => isFalseClock(dates, builtAt, fetchedAt)
  const published = falseClock(entries.map((entry) => entry.published ?? entry.updated))
  const updated = published || falseClock(entries.map((entry) => entry.updated))
  return apart(
    entries.map((entry) => ({
      ...entry,
      id: numbered ? null : entry.id,
      published: published ? null : entry.published,
      updated: updated ? null : entry.updated,
    })),
  )
}

/**
 * Whether the dates of a feed's items are those of its building: all in one burst which is the moment of the build or
 * of the answer, or all the very same second of a day (midnight is a day without a time, and a day has many posts).
 * Two items may well be of one moment; three are needed, unless it is exactly that of the build.
 */
function isFalseClock(written: (string | null)[], builtAt: Date | null, fetchedAt: Date): boolean {
  const times = written.flatMap((one) => readDate(one)?.getTime() ?? [])
  if (times.length < 2 || times.length < written.length) return false
  const [first, last] = [Math.min(...times), Math.max(...times)]
  if (last - first > BURST_MS) return false
  if (first === last && first === builtAt?.getTime()) return true
  if (times.length < 3) return false
  if ([builtAt, fetchedAt].some((stamp) => stamp && Math.abs(stamp.getTime() - last) <= NEAR_MS)) return true
  return first === last && /\d:\d\d/.test(written[0] ?? '') && !/\b00:00(:00)?\b/.test(written[0] ?? '')
}

/** Whether the ids only count the items from the top, while their links tell them apart: `…/?id=0`, `…/?id=1`, … */
export function arePositions(entries: Entry[]): boolean {
  if (entries.length < 2 || new Set(entries.map(({ link }) => link)).size < entries.length) return false
  const numbers = entries.map(({ id }) => /^(.*?)(\d+)$/.exec(id ?? ''))
  return numbers.every(
    (match, at) =>
      match && match[1] === numbers[0]?.[1] && Number(match[2]) - at === Number(numbers[0]?.[2]) && Number(numbers[0]?.[2]) <= 1,
  )
}

/** Of items that share an id, those with another link than the first are things of their own; the rest are copies. */
function apart(entries: Entry[]): Entry[] {
  const seen = new Map<string, Entry>()
  return entries.flatMap((entry) => {
    if (entry.id === null) return entry
    const first = seen.get(entry.id)
    if (!first) {
      seen.set(entry.id, entry)
      return entry
    }
    if (!entry.link || entry.link === first.link) return []
    const own = { ...entry, id: `${entry.id} ${entry.link}` }
    if (seen.has(own.id)) return []
    seen.set(own.id, own)
    return own
  })
}
