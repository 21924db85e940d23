/**
 * What one reader has read, and where they are: a value that can be kept anywhere, and pure functions over it. Longer
 * than other files, because the algebra is one thing and is tested as one.
 *
 * Read is what stands at or below a watermark: one for the whole timeline, and per source one that may be further up,
 * with the spans above it that were read, too. Single entries may differ from that: what arrived late, and what was
 * marked by hand. A span is only grown where the view held everything of its source, so that reading under a filter never
 * marks what the filter hid.
 */
import { BEGINNING, comparePlaces, isPlace, newerOf, olderOf, type PlaceText } from './place.ts'

/** Both ends were read, and all of the source between them. */
export type Span = [from: PlaceText, to: PlaceText]

export type SourceReading = { upTo: PlaceText; spans: Span[] }

/** One entry that differs from what watermarks and spans say of it. The latest word counts. */
export type Exception = { source: string; platform: string; place: PlaceText; unread: boolean; at: number }

/** How much of a conversation there was when it was read: when its last line was first seen (ms), and its number of lines. */
export type Talk = { seenAt: number; count: number }

/** Where the reader is: an entry, and how far its upper edge stands below the window's. */
export type Position = { entry: string; place: PlaceText; offset: number; at: number }

/** One stretch of presence. `newest` is the newest place that was seen; `read` counts posts by platform. */
export type Visiting = { from: number; until: number; newest: PlaceText | null; read: { [platform: string]: number } }

export type ReaderState = {
  version: 1
  /** What stands at or below was there at the first visit (ms), and is not to be read; null before it. */
  baseline: { place: PlaceText; at: number } | null
  /** Everything was read up to here; null before that happened. */
  upTo: PlaceText | null
  sources: { [source: string]: SourceReading }
  exceptions: { [entry: string]: Exception }
  /** Conversations that were read, up to which line: what is said in one later is unread, though it keeps its place. */
  talks: { [entry: string]: Talk }
  /** By the server's clock, in ms: what arrived later than this was not asked for yet. */
  askedAt: number
  position: Position | null
  visit: Visiting | null
  /** Where the line "You were here" stands, and when that was. */
  lastVisit: { place: PlaceText; at: number } | null
  /** Folds that were opened, and when (ms). */
  unfolded: { [fold: string]: number }
}

/** An entry as the page marks it. */
export type Marked = { entry: string; place: PlaceText; source: string }

/** Who was away for as long comes back as to a new visit. */
export const ABSENCE_MS = 30 * 60_000

/** Bounds, so that a state always fits into what a browser keeps and into one question to the server. Spans that are dropped are unread again. */
const MOST_SPANS = 600
/** Exceptions that say what was read, and those that say what is not, which arrived late mostly. */
const MOST_NOTED = 300
const MOST_LATE = 1000
const MOST_UNFOLDED = 300
const MOST_TALKS = 200
const MOST_SOURCES = 400
/** What is full loses a tenth, so that it is not sorted anew for every entry that is read. */
const KEPT = 0.9

export const emptyState: ReaderState = {
  version: 1,
  baseline: null,
  upTo: null,
  sources: {},
  exceptions: {},
  talks: {},
  askedAt: 0,
  position: null,
  visit: null,
  lastVisit: null,
  unfolded: {},
}

/** Whether the reader has read the entry. Before the first visit nobody has read anything. */
export function isRead(state: ReaderState, { entry, place, source }: Marked): boolean {
  const exception = state.exceptions[entry]
  return exception ? !exception.unread : isCovered(state, source, place)
}

function isCovered(state: ReaderState, source: string, place: PlaceText): boolean {
  if (comparePlaces(place, watermarkOf(state, source)) <= 0) return true
  return (state.sources[source]?.spans ?? []).some(([from, to]) => comparePlaces(from, place) <= 0 && comparePlaces(place, to) <= 0)
}

/** Up to where a source is read without a hole. */
export function watermarkOf(state: ReaderState, source: string): PlaceText {
  return newerOf(floorOf(state), state.sources[source]?.upTo ?? BEGINNING)
}

/** Up to where every source is read. */
export function floorOf({ baseline, upTo }: ReaderState): PlaceText {
  return newerOf(baseline?.place ?? BEGINNING, upTo ?? BEGINNING)
}

/**
 * The entry was read. `above` and `below` are its source's next entries in the view, given only where the view holds all
 * of the source: what was read on both sides of no gap is one span. Without them nothing but the entry is marked.
 */
export function markRead(state: ReaderState, entry: Marked, above: Marked | null = null, below: Marked | null = null): ReaderState {
  const from = below && isCovered(state, below.source, below.place) ? below.place : entry.place
  const to = above && isCovered(state, above.source, above.place) ? above.place : entry.place
  const known = state.exceptions[entry.entry]
  const exceptions = known?.unread
    ? { ...state.exceptions, [entry.entry]: { ...known, unread: false, at: known.at + 1 } }
    : state.exceptions
  return covered({ ...state, exceptions }, entry.source, [from, to])
}

/** The entry is to be read (again): it arrived late, or the reader said so. `at` in ms. */
export function markUnread(state: ReaderState, { entry, place, source, platform }: Marked & { platform: string }, at: number): ReaderState {
  return bounded({ ...state, exceptions: { ...state.exceptions, [entry]: { source, platform, place, unread: true, at } } })
}

/** So many more late arrivals are remembered: what does not fit is asked for again once some were read. */
export function roomForLate({ exceptions }: ReaderState): number {
  return Math.max(0, MOST_LATE - Object.values(exceptions).filter(({ unread }) => unread).length)
}

/**
 * All up to a place is read: of every source, or of those that the view is of. What was marked unread by hand, or
 * arrived late, stays so.
 */
export function catchUp(state: ReaderState, place: PlaceText, sources: string[] | null = null): ReaderState {
  if (sources === null) return compacted({ ...state, upTo: newerOf(state.upTo ?? BEGINNING, place) })
  return sources.reduce((next, source) => covered(next, source, [BEGINNING, place]), state)
}

/** The reader is there, at `now` (ms). After an absence that is a new visit, and the line stands where the last one ended. */
export function attend(state: ReaderState, now: number): ReaderState {
  const { visit, lastVisit } = state
  if (visit && now - visit.until <= ABSENCE_MS) return now > visit.until ? { ...state, visit: { ...visit, until: now } } : state
  const line = visit?.newest ? { place: newerOf(visit.newest, lastVisit?.place ?? BEGINNING), at: visit.until } : lastVisit
  return { ...state, lastVisit: line, visit: { from: now, until: now, newest: null, read: {} } }
}

/** The newest place that the reader saw in this visit moves up, never down. */
export function noteSeen(state: ReaderState, place: PlaceText): ReaderState {
  const { visit } = state
  if (!visit || (visit.newest && comparePlaces(place, visit.newest) <= 0)) return state
  return { ...state, visit: { ...visit, newest: place } }
}

/** So many posts of a platform were read. */
export function noteCount(state: ReaderState, platform: string, posts: number): ReaderState {
  const { visit } = state
  if (!visit) return state
  return { ...state, visit: { ...visit, read: { ...visit.read, [platform]: (visit.read[platform] ?? 0) + posts } } }
}

/** All of a conversation that the page shows was read. */
export function noteTalk(state: ReaderState, entry: string, { seenAt, count }: Talk): ReaderState {
  const known = state.talks[entry]
  if (known && known.seenAt >= seenAt) return state
  return bounded({ ...state, talks: { ...state.talks, [entry]: { seenAt, count } } })
}

/** So many lines of a conversation that was read came since, of those that the page shows. */
export function linesSince({ talks }: ReaderState, entry: string, { seenAt, count }: Talk): number {
  const known = talks[entry]
  return known && seenAt > known.seenAt ? Math.max(1, count - known.count) : 0
}

/** On a first visit nothing older than the first page counts as unread: `place` stands just below it. */
export function begin(state: ReaderState, place: PlaceText, now: number): ReaderState {
  return state.baseline === null ? { ...state, baseline: { place, at: now }, askedAt: Math.max(state.askedAt, now) } : state
}

/** A fold was opened or closed, at `now` (ms). */
export function noteFold(state: ReaderState, fold: string, open: boolean, now: number): ReaderState {
  const { [fold]: _, ...others } = state.unfolded
  return bounded({ ...state, unfolded: open ? { ...others, [fold]: now } : others })
}

/** What two states know together, whichever comes first, however often: for a browser whose reader signs in. */
export function merge(one: ReaderState, other: ReaderState): ReaderState {
  const sources = [...new Set([...Object.keys(one.sources), ...Object.keys(other.sources)])].map((source) => {
    const [mine, theirs] = [one.sources[source], other.sources[source]]
    return [
      source,
      normalised(newerOf(mine?.upTo ?? BEGINNING, theirs?.upTo ?? BEGINNING), [...(mine?.spans ?? []), ...(theirs?.spans ?? [])]),
    ] as const
  })
  const exceptions = { ...one.exceptions }
  for (const [entry, exception] of Object.entries(other.exceptions)) {
    const known = exceptions[entry]
    const later = !known || exception.at > known.at || (exception.at === known.at && exception.unread)
    if (later) exceptions[entry] = exception
  }
  const [early, late] = [one, other].toSorted((a, b) => (a.visit?.until ?? 0) - (b.visit?.until ?? 0) || order(a.visit, b.visit))
  return bounded({
    version: 1,
    // A browser that is new to a reader takes nothing from what they have to read.
    baseline: firstOf(one.baseline, other.baseline),
    upTo: one.upTo && other.upTo ? newerOf(one.upTo, other.upTo) : (one.upTo ?? other.upTo),
    sources: Object.fromEntries(sources),
    exceptions,
    talks: Object.fromEntries(
      [...Object.entries(one.talks), ...Object.entries(other.talks)].toSorted(([, a], [, b]) => a.seenAt - b.seenAt || a.count - b.count),
    ),
    // What only one of them asked about may have arrived for the other's watermarks.
    askedAt: Math.min(one.askedAt || other.askedAt, other.askedAt || one.askedAt),
    position: latest(one.position, other.position),
    visit: late?.visit ?? early?.visit ?? null,
    lastVisit: latest(one.lastVisit, other.lastVisit),
    unfolded: Object.fromEntries(
      [...Object.entries(one.unfolded), ...Object.entries(other.unfolded)].toSorted(([, earlier], [, later]) => earlier - later),
    ),
  })
}

/** A state from what was kept. What is not understood (damaged, older, newer, a hand's work) is left out, part by part. */
export function stateFrom(kept: unknown): ReaderState {
  if (!isRecord(kept) || kept.version !== 1) return emptyState
  const { baseline, upTo, sources, exceptions, talks, askedAt, position, visit, lastVisit, unfolded } = kept
  return bounded({
    version: 1,
    baseline: isPlaced(baseline) ? { place: baseline.place, at: baseline.at } : null,
    upTo: isPlace(upTo) ? upTo : null,
    sources: Object.fromEntries(
      entriesOf(sources).flatMap(([source, reading]) => {
        if (!isRecord(reading) || !isPlace(reading.upTo) || !Array.isArray(reading.spans)) return []
        const spans = reading.spans.flatMap((span): Span[] =>
          Array.isArray(span) && isPlace(span[0]) && isPlace(span[1]) ? [[span[0], span[1]]] : [],
        )
        return [[source, normalised(reading.upTo, spans)]]
      }),
    ),
    exceptions: Object.fromEntries(
      entriesOf(exceptions).flatMap(([entry, said]) =>
        isPlaced(said) && typeof said.source === 'string' && typeof said.platform === 'string' && typeof said.unread === 'boolean'
          ? [[entry, { source: said.source, platform: said.platform, place: said.place, unread: said.unread, at: said.at }]]
          : [],
      ),
    ),
    talks: Object.fromEntries(
      entriesOf(talks).flatMap(([entry, talk]) =>
        isRecord(talk) && isTime(talk.seenAt) && isTime(talk.count) ? [[entry, { seenAt: talk.seenAt, count: talk.count }]] : [],
      ),
    ),
    askedAt: isTime(askedAt) ? askedAt : 0,
    position:
      isPlaced(position) && typeof position.entry === 'string' && typeof position.offset === 'number'
        ? { entry: position.entry, place: position.place, offset: position.offset, at: position.at }
        : null,
    visit:
      isRecord(visit) && isTime(visit.from) && isTime(visit.until)
        ? {
            from: visit.from,
            until: visit.until,
            newest: isPlace(visit.newest) ? visit.newest : null,
            read: Object.fromEntries(entriesOf(visit.read).flatMap(([platform, count]) => (isTime(count) ? [[platform, count]] : []))),
          }
        : null,
    lastVisit: isPlaced(lastVisit) ? { place: lastVisit.place, at: lastVisit.at } : null,
    unfolded: Object.fromEntries(entriesOf(unfolded).flatMap(([fold, at]) => (isTime(at) ? [[fold, at]] : []))),
  })
}

function covered(state: ReaderState, source: string, span: Span): ReaderState {
  const { upTo, spans } = state.sources[source] ?? { upTo: BEGINNING, spans: [] }
  // Nothing else has changed, so that nothing else need be made compact: this runs while one scrolls.
  const reading = normalised(newerOf(upTo, state.upTo ?? BEGINNING), [...spans, span])
  const next = { ...state, sources: { ...state.sources, [source]: reading } }
  const size = Object.values(next.sources).reduce((sum, one) => sum + one.spans.length, 0)
  return size > MOST_SPANS || comparePlaces(reading.upTo, state.upTo ?? BEGINNING) <= 0 ? bounded(next) : next
}

/** Spans in order that share no place; what touches the watermark has become part of it. */
function normalised(upTo: PlaceText, spans: Span[]): SourceReading {
  const inOrder = spans
    .map(([from, to]): Span => [olderOf(from, to), newerOf(from, to)])
    .toSorted((one, other) => comparePlaces(one[0], other[0]) || comparePlaces(one[1], other[1]))
  let mark = upTo
  const apart: Span[] = []
  for (const [from, to] of inOrder) {
    const last = apart.at(-1)
    if (comparePlaces(from, mark) <= 0) mark = newerOf(mark, to)
    else if (last && comparePlaces(from, last[1]) <= 0) last[1] = newerOf(last[1], to)
    else apart.push([from, to])
  }
  return { upTo: mark, spans: apart }
}

/** Without what the one watermark of all sources says already. (Not the baseline, which merging may lower.) */
function compacted(state: ReaderState): ReaderState {
  const floor = state.upTo ?? BEGINNING
  const sources = Object.entries(state.sources)
    .map(([source, { upTo, spans }]) => [source, normalised(newerOf(upTo, floor), spans)] as const)
    .filter(([, { upTo, spans }]) => spans.length > 0 || comparePlaces(upTo, floor) > 0)
  return { ...state, sources: Object.fromEntries(sources) }
}

/**
 * Compact, and within bounds: the oldest spans, exceptions and sources go first. An exception that was forgotten to be unread
 * would be read by the watermark above it: no more late arrivals are taken in than `roomForLate` says.
 */
function bounded(state: ReaderState): ReaderState {
  const next = compacted(state)
  const exceptions = Object.entries(next.exceptions)
  const [late, noted] = [exceptions.filter(([, { unread }]) => unread), exceptions.filter(([, { unread }]) => !unread)]
  if (late.length > MOST_LATE || noted.length > MOST_NOTED)
    next.exceptions = Object.fromEntries([...newest(late, MOST_LATE), ...newest(noted, MOST_NOTED)])
  const sources = Object.entries(next.sources)
  if (sources.length > MOST_SOURCES) {
    sources.sort(([one, a], [other, b]) => comparePlaces(topOf(b), topOf(a)) || (one < other ? 1 : -1))
    next.sources = Object.fromEntries(sources.slice(0, MOST_SOURCES))
  }
  const unfolded = Object.entries(next.unfolded)
  if (unfolded.length > MOST_UNFOLDED) {
    next.unfolded = Object.fromEntries(unfolded.toSorted(([, earlier], [, later]) => earlier - later).slice(-MOST_UNFOLDED * KEPT))
  }
  const talks = Object.entries(next.talks)
  if (talks.length > MOST_TALKS) {
    next.talks = Object.fromEntries(talks.toSorted(([, earlier], [, later]) => earlier.seenAt - later.seenAt).slice(-MOST_TALKS * KEPT))
  }
  const starts = Object.values(next.sources).flatMap(({ spans }) => spans.map(([from]) => from))
  if (starts.length > MOST_SPANS) {
    const oldest = starts.toSorted(comparePlaces)[starts.length - MOST_SPANS * KEPT] ?? BEGINNING
    next.sources = Object.fromEntries(
      Object.entries(next.sources).map(([source, { upTo, spans }]) => [
        source,
        { upTo, spans: spans.filter(([from]) => comparePlaces(from, oldest) >= 0) },
      ]),
    )
  }
  return next
}

/** All of them while they are few, else the latest. */
function newest(exceptions: [string, Exception][], most: number): [string, Exception][] {
  if (exceptions.length <= most) return exceptions
  return exceptions.toSorted(([one, a], [other, b]) => b.at - a.at || (one < other ? 1 : -1)).slice(0, most * KEPT)
}

function topOf({ upTo, spans }: SourceReading): PlaceText {
  return spans.at(-1)?.[1] ?? upTo
}

function firstOf(one: ReaderState['baseline'], other: ReaderState['baseline']): ReaderState['baseline'] {
  if (!one || !other) return one ?? other
  return (comparePlaces(one.place, other.place) || one.at - other.at) <= 0 ? one : other
}

function latest<T extends { at: number }>(one: T | null, other: T | null): T | null {
  if (!one || !other) return one ?? other
  return one.at > other.at || (one.at === other.at && order(one, other) >= 0) ? one : other
}

/** Any order will do, as long as it is always the same. */
function order(one: unknown, other: unknown): number {
  const [a, b] = [JSON.stringify(one) ?? '', JSON.stringify(other) ?? '']
  return a < b ? -1 : a > b ? 1 : 0
}

function isRecord(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isPlaced(value: unknown): value is { [key: string]: unknown; place: PlaceText; at: number } {
  return isRecord(value) && isPlace(value.place) && isTime(value.at)
}

function entriesOf(value: unknown): [string, unknown][] {
  return isRecord(value) ? Object.entries(value) : []
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
