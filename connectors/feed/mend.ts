import { readDate } from './dates.ts'
import type { Entry, FeedDocument } from './entry.ts'

const MINUTE_MS = 60_000
/** Nobody writes a whole feed within this time; a generator that stamps its items as it writes them does. */
const BURST_MS = 2 * MINUTE_MS
/** How far the clock of a generator that stamps each answer may be from ours. */
const FETCH_MS = 10 * MINUTE_MS

/**
 * What can only be seen by looking at a whole feed: dates that are those of its building, ids that are positions in
 * it, ids that stand for several items. Such dates and ids become null or are made whole; nothing else changes.
 * @param fetchedAt when it was read, to tell a date that means "now"
 * @param numbered its ids were positions before: a feed does not change that, and an item must not change its identity
 */
export function mend({ feed, entries }: FeedDocument, fetchedAt: Date, numbered = arePositions(entries)): Entry[] {
  const stamps = [feed.builtAt && readDate(feed.builtAt), fetchedAt].filter((stamp) => stamp instanceof Date)
  const published = isFalseClock(
    entries.map(({ published, updated }) => published ?? updated),
    stamps,
  )
  const updated =
    published ||
    isFalseClock(
      entries.map(({ updated }) => updated),
      stamps,
    )
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
 */
function isFalseClock(written: (string | null)[], stamps: Date[]): boolean {
  const times = written.flatMap((one) => readDate(one)?.getTime() ?? [])
  if (times.length < 2 || times.length < written.length) return false
  const [first, last] = [Math.min(...times), Math.max(...times)]
  if (last - first > BURST_MS) return false
  if (stamps.some((stamp) => Math.abs(stamp.getTime() - last) <= FETCH_MS)) return true
  return times.length > 2 && first === last && !/\b00:00(:00)?\b/.test(written[0] ?? '') && /\d:\d\d/.test(written[0] ?? '')
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
