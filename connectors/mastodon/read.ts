import type { Batch, Cursor, Run } from '../contract.ts'
import { readLive } from '../live.ts'
import { cursorOf, type Place, placeOf, readItems } from './place.ts'
import { assertShown } from './resolve.ts'
import { canStream, type Settings } from './settings.ts'
import { streamOf } from './stream.ts'
import { type Item, type Timeline, timelineOf } from './timeline.ts'

/** How many of the posts seen last are read again each time: late and edited ones are among them. */
const OVERLAP = 15
/** 4,000 posts. Who missed more than that starts again from the top, and shows the gap. */
const MOST_PAGES = 100
/** As many posts as one transaction takes. */
const CHUNK = 40

/** Yields batches; a poll returns when caught up, a live read goes on until aborted. Throws ConnectorError. */
export function read(run: Run<Settings>): AsyncIterable<Batch> {
  const poll = (cursor: Cursor | null) => readTimeline({ ...run, cursor })
  return canStream(run.settings) ? readLive(run, streamOf(run, poll)) : poll(run.cursor)
}

async function* readTimeline(run: Run<Settings>): AsyncGenerator<Batch, void, void> {
  const timeline = timelineOf(run.settings, run)
  const place = placeOf(run.cursor)
  // With one status there is none below it to ask from, and who was away for longer than the backfill starts anew.
  if (!place || place.seen.length < 2 || new Date(place.until) < run.backfill.since) yield* readFromTop(run, timeline, place)
  else yield* readForward(run, timeline, place)
}

/**
 * Forward with `min_id`, oldest first, so that nothing is skipped however much arrived. Each request asks from below
 * what is known, so that its answer must hold something known: late posts get an id below the newest, edits show, and
 * a server whose `min_id` is not to be trusted is found out, and then read from the top.
 */
async function* readForward(run: Run<Settings>, timeline: Timeline, start: Place): AsyncGenerator<Batch, void, void> {
  let place = { ...start }
  let anchor = idAt(place, OVERLAP)
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const askedAt = run.now?.() ?? new Date()
    const page = await timeline.page({ minId: anchor })
    // Even a quiet timeline shows its overlap: one that shows nothing may have been switched off.
    if (page.length === 0 && pages === 0) await assertShown(run.settings, run)
    const known = new Set(place.seen.map(([id]) => id))
    if (page.length > 0 && !page.some(({ id }) => id && known.has(id))) break
    const top = idsOf(page)[0]
    // A page of the overlap that is as long as pages get may have been cut off just there.
    const cutOff = anchor !== idAt(place, 1) && page.length >= place.longest
    const caughtUp = top === undefined || (top === place.seen[0]?.[0] && !cutOff)
    place.longest = Math.max(place.longest, page.length)
    const read = readPage(page, run.settings, place, caughtUp ? askedAt : newest(page, askedAt))
    place = read.place
    yield read.batch
    if (caughtUp) return
    anchor = idAt(place, 1)
  }
  yield* readFromTop(run, timeline, place)
}

/**
 * From the newest down to what is known, or as far back as a first read goes. What was found is handed over oldest
 * first: a crash half way leaves a place from which the rest is found again.
 */
async function* readFromTop(run: Run<Settings>, timeline: Timeline, start: Place | null): AsyncGenerator<Batch, void, void> {
  const { since, posts } = run.backfill
  const askedAt = run.now?.() ?? new Date()
  const known = new Set(start?.seen.map(([id]) => id))
  const found: Item[] = []
  let reachesKnown = false
  let longest = start?.longest ?? 0
  for await (const page of timeline.downwards()) {
    longest = Math.max(longest, page.length)
    found.push(...page.filter(({ at }) => !at || at >= since))
    reachesKnown = page.some(({ id }) => id && known.has(id))
    if (reachesKnown || found.length >= posts || page.every(({ at }) => at && at < since)) break
  }
  if (found.length === 0 && !start) await assertShown(run.settings, run)
  const kept = reachesKnown ? found : found.slice(0, posts)
  const isWhole = reachesKnown || (kept.length === found.length && found.length < posts)
  const untilBefore = start && reachesKnown ? new Date(Math.max(Date.parse(start.until), since.getTime())) : since
  const from = isWhole ? untilBefore : (kept.findLast(({ at }) => at)?.at ?? askedAt)
  let place: Place = { seen: start?.seen ?? [], until: earlier(from, askedAt).toISOString(), longest }
  do {
    const page = kept.splice(-CHUNK)
    const read = readPage(page, run.settings, place, kept.length === 0 ? askedAt : newest(page, askedAt))
    place = read.place
    yield read.batch
  } while (kept.length > 0)
}

/** What a page (newest first) means, when all until `until` was seen with it. */
function readPage(page: Item[], settings: Settings, before: Place, until: Date): { batch: Batch; place: Place } {
  const { seen, ...read } = readItems(page, settings, before)
  const from = new Date(before.until)
  const to = from > until ? from : until
  const place = { ...before, seen: mergeSeen(seen, before.seen), until: to.toISOString() }
  return { batch: { ...read, posts: read.posts.reverse(), authors: [], covered: { from, to }, cursor: cursorOf(place) }, place }
}

/** A page takes the place of all that was known from its lowest known post upwards, in its own order. */
function mergeSeen(page: Place['seen'], before: Place['seen']): Place['seen'] {
  const ids = new Set(page.map(([id]) => id))
  return [...page, ...before.slice(before.findLastIndex(([id]) => ids.has(id)) + 1)]
}

function idAt({ seen }: Place, index: number): string | undefined {
  return (seen[index] ?? seen.at(-1))?.[0]
}

function idsOf(page: Item[]): string[] {
  return page.flatMap(({ id }) => (id ? [id] : []))
}

/** The time of the newest of a page; a clock that runs ahead proves nothing about the future. */
function newest(page: Item[], now: Date): Date {
  const times = page.flatMap(({ at }) => (at ? [at.getTime()] : []))
  return earlier(new Date(Math.max(...times, 0)), now)
}

function earlier(one: Date, other: Date): Date {
  return one < other ? one : other
}
