import type { AuthorEvent } from '#db/post'
import type { Batch, Cursor, Run } from '../contract.ts'
import { nowOf } from '../now-of.ts'
import type { Api } from './api.ts'
import { withoutLeftAlone } from './bios.ts'
import { goneOf, shownAgain } from './gone.ts'
import { cursorOf, knownAfter, newsIn, type Place, placeOf, type Seen, type Taken, take } from './place.ts'
import type { Settings } from './settings.ts'

/** A page of a poll, which has little to find. */
const POLL_ITEMS = 50
/** Whatever is further back than so many pages is a gap, and shown as one. */
const MOST_PAGES = 10

type ReadBack = Taken & { ended: boolean }

/**
 * Reads a feed, list or author from the newest back to what is known, as one batch: a crash half way repeats it all.
 * The whole first page is read every time, because posts turn up late and out of order.
 */
export async function* poll(run: Run<Settings>, api: Api, cursor: Cursor | null): AsyncGenerator<Batch, void, void> {
  const place = placeOf(cursor)
  const startedAt = nowOf(run)
  const back = await readBack(run, api, place)
  const missing = missingIn(back, place)
  const gone = await goneOf(missing, api)
  const shown = await shownAgain(place.hidden, api)
  const hidden = [...new Set([...place.hidden, ...gone.hidden])].filter((did) => !shown.includes(did))
  const kept = place.known.filter(([key]) => !missing.includes(key))
  yield {
    posts: await withoutLeftAlone(newsIn(place.readTo ? back.seen : withinBackfill(back.seen, run), place), api, run.http),
    deleted: gone.deleted,
    authors: [...eventsOf(gone.hidden, 'hidden'), ...eventsOf(shown, 'shown')],
    covered: coveredBy(back, place, run, startedAt),
    unreadable: back.unreadable,
    cursor: cursorOf({ ...place, known: knownAfter(back.seen, kept), readTo: startedAt, hidden }),
  }
}

/** Pages from the newest back: at the first read as far as `backfill` says, later to the first page that brings nothing new. */
async function readBack(run: Run<Settings>, api: Api, place: Place): Promise<ReadBack> {
  const first = place.readTo === null
  const known = new Map(place.known)
  const back: ReadBack = { seen: [], unreadable: [], ended: false }
  let cursor: string | undefined
  for (let pages = 1; ; pages++) {
    const page = await api.page(cursor, !first && pages === 1 ? POLL_ITEMS : undefined)
    const { seen, unreadable } = take(page.feed, place)
    back.seen.push(...seen)
    back.unreadable.push(...unreadable)
    back.ended = page.cursor === undefined
    const enough = first
      ? back.seen.length >= run.backfill.posts || seen.every((item) => isBefore(item, run.backfill.since))
      : pages === MOST_PAGES || seen.every(({ key }) => known.has(key))
    if (back.ended || enough) return back
    cursor = page.cursor
  }
}

function withinBackfill(seen: Seen[], { backfill }: Run<Settings>): Seen[] {
  return seen.filter((item) => !isBefore(item, backfill.since)).slice(0, backfill.posts)
}

function isBefore({ post }: Seen, time: Date): boolean {
  return post?.publishedAt != null && post.publishedAt < time
}

/**
 * The span that a reading proves. The AppView orders lists and authors by time. A feed's order is its maker's own, so
 * that its times prove nothing: what was added since the last reading was seen where this one went down to what stood on
 * top then (most of it: one post may be pinned), and may have been missed where its pages ended before.
 */
function coveredBy(back: ReadBack, place: Place, run: Run<Settings>, startedAt: Date): Batch['covered'] {
  if (run.settings.author !== undefined || run.settings.list !== undefined) return { from: provenFrom(back, place, run), to: startedAt }
  const now = new Set(back.seen.map(({ key }) => key))
  const top = place.known.slice(0, POLL_ITEMS)
  const reached = back.ended || (top.length > 0 && top.filter(([key]) => now.has(key)).length * 2 >= top.length)
  return place.readTo && reached ? { from: place.readTo, to: startedAt } : null
}

/** From where on a list or author was seen whole: since the last time, where this reading reaches back to it. */
function provenFrom({ seen, ended }: ReadBack, place: Place, run: Run<Settings>): Date {
  const { backfill } = run
  const known = new Map(place.known)
  const oldest = new Date(Math.min(nowOf(run).getTime(), ...seen.flatMap(({ post }) => post?.publishedAt?.getTime() ?? [])))
  if (!place.readTo) return ended || oldest < backfill.since ? backfill.since : oldest
  return ended || seen.some(({ key }) => known.has(key)) ? place.readTo : oldest
}

/** What was there last time, and should be among what was read now. */
function missingIn({ seen, ended }: ReadBack, { known }: Place): string[] {
  const now = new Set(seen.map(({ key }) => key))
  const reached = ended ? known.length : known.findLastIndex(([key]) => now.has(key))
  return known.slice(0, Math.max(0, reached)).flatMap(([key]) => (now.has(key) ? [] : [key]))
}

function eventsOf(dids: string[], change: AuthorEvent['change']): AuthorEvent[] {
  return dids.map((authorId) => ({ authorId, change }))
}
