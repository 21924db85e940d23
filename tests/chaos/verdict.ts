import { sql } from 'drizzle-orm'
import { db } from '#db/client'
import { listGaps } from '#db/gaps'
import { getTimeline, type Place } from '#db/timeline'
import { headersOf, type Received } from '../support/smtp-server.ts'
import type { Disturbance } from './disturbances.ts'
import type { Reading, Span } from './readers.ts'
import { daysOff, type Presence, type Seed, type World } from './world.ts'

// Over 150 lines: one list of what must hold, and how each is found out.

/** One line of the result: what must hold, and what was found. */
export type Row = { what: string; found: string; holds: boolean }

const DAY_MS = 86_400_000
/** How long a stream may be without a reader after its holder's death. */
const TAKEN_OVER_MS = 30_000
/** Connecting anew, and the page that was asked for meanwhile. */
const GRACE_MS = 5_000
/** Clocks of one machine, and the milliseconds that a feed does not tell. */
const CLOSE_MS = 2_000

/** While these last, whoever connects or asks gets nothing, though the database is there. */
const TAKEN = ['tables locked', 'all connections taken']

type Stored = { word: string; sort_at: string; first_seen_at: string; published_at: string | null }

async function storedPosts(): Promise<Map<string, Stored[]>> {
  const rows = await db().execute<Stored>(sql`
    select (regexp_match(coalesce(title, '') || ' ' || text, 'seed\\w+?\\d+x'))[1] as word, sort_at, first_seen_at, published_at
    from posts where coalesce(title, '') || ' ' || text ~ 'seed\\w+?\\d+x'`)
  return Map.groupBy(rows, ({ word }) => word)
}

/** How many of what can be asked for again are not there yet. */
export async function missing(world: World): Promise<number> {
  const stored = await storedPosts()
  return world.seeds.filter(({ word, live }) => !live && !stored.has(word)).length
}

/** Every seeded thing is there once; what was said to nobody is in no span that its source is said to have seen whole. */
export async function postsHold(seeds: Seed[]): Promise<Row[]> {
  const stored = await storedPosts()
  const count = (seed: Seed) => stored.get(seed.word)?.length ?? 0
  const kept = seeds.filter(({ live }) => !live)
  const live = seeds.filter((seed) => seed.live)
  const lost = kept.filter((seed) => count(seed) === 0)
  const doubled = seeds.filter((seed) => count(seed) > 1)
  const unheard = live.filter((seed) => count(seed) === 0)
  const unreported: Seed[] = []
  for (const seed of unheard)
    if (
      (
        await db().execute(
          sql`select 1 from sources where name = ${seed.source} and covered @> ${new Date(seed.at).toISOString()}::timestamptz`,
        )
      ).length > 0
    )
      unreported.push(seed)
  const wrong = seeds.flatMap((seed) => (stored.get(seed.word) ?? []).filter((post) => !isInPlace(seed, post)).map(() => seed.word))
  return [
    {
      what: 'every seeded item exactly once',
      found: `${kept.length} items: ${lost.length} missing${named(lost)}, ${doubled.length} twice${named(doubled)}`,
      holds: lost.length + doubled.length === 0,
    },
    {
      what: 'no gap unreported',
      found: `${live.length} lines of chat: ${unheard.length} said to nobody, ${unreported.length} of them where nothing is said to be missing${named(unreported)}`,
      holds: unreported.length === 0,
    },
    {
      what: 'each in its place: when it was said, or first seen',
      found: `${wrong.length} are not${wrong.length > 0 ? ` (${wrong.slice(0, 5).join(', ')})` : ''}`,
      holds: wrong.length === 0,
    },
  ]
}

function named(seeds: Seed[]): string {
  return seeds.length > 0
    ? ` (${seeds
        .slice(0, 5)
        .map(({ word }) => word)
        .join(', ')})`
    : ''
}

/** That the place is the earlier of what its source says and when it was first seen, by a clock that was right. */
function isInPlace({ at, word, lying }: Seed, { sort_at, first_seen_at, published_at }: Stored): boolean {
  const [sort, seen] = [Date.parse(sort_at), Date.parse(first_seen_at)]
  const told = at + (lying ? daysOff(word) : 0) * DAY_MS
  // A time to come is none: the source is taken to have said nothing of it.
  const [published, expected] = [published_at === null ? seen : Date.parse(published_at), told > Date.now() ? seen : told]
  return (
    sort === Math.min(published, seen) &&
    Math.abs(published - expected) <= CLOSE_MS &&
    seen >= at - CLOSE_MS &&
    seen <= Date.now() + CLOSE_MS
  )
}

/** The timeline, page after page: no entry twice, each older than the one before. */
export async function orderHolds(): Promise<Row> {
  let before: Place | null = null
  let [entries, wrong] = [0, 0]
  let last: Place | null = null
  for (;;) {
    const page: Awaited<ReturnType<typeof getTimeline>> = await getTimeline({ role: 'owner' }, { before })
    for (const { id, sortAt } of page.entries) {
      entries++
      if (last && (sortAt > last.sortAt || (sortAt.getTime() === last.sortAt.getTime() && id >= last.id))) wrong++
      last = { id, sortAt }
    }
    before = page.older
    if (!before) break
  }
  return { what: 'the timeline in order', found: `${entries} entries: ${wrong} out of order`, holds: wrong === 0 && entries > 0 }
}

/** Whether holes of a minute and more, which readers are told of, are told. */
export async function gapsTold(from: Date): Promise<Row> {
  const now = new Date()
  const holes = await db().execute<{ name: string }>(sql`
    select name from sources, unnest(tstzmultirange(tstzrange(lower(covered), upper(covered))) - covered) as hole
    where covered <> '{}' and upper(hole) - lower(hole) >= interval '60 seconds' and upper(hole) > ${from.toISOString()}::timestamptz`)
  const told = (await listGaps({ role: 'owner' }, { from, to: now, now })).flatMap(({ sources }) => sources)
  const untold = holes.filter(({ name }) => !told.includes(name))
  return {
    what: 'gaps of a minute and more shown to readers',
    found: `${holes.length} gaps: ${untold.length} not shown`,
    holds: untold.length === 0,
  }
}

export function streamsHold(streams: { channel: string; presence: Presence[] }[], away: Span[], until: number): Row {
  let [longest, doubled] = [0, 0]
  const alone: string[] = []
  for (const { channel, presence } of streams) {
    const begun = presence.findIndex(({ joined }) => joined > 0)
    for (const [index, { at, joined }] of presence.entries()) {
      const to = presence[index + 1]?.at ?? until
      if (index < begun || joined === 1) continue
      const ms = to - at - overlap({ from: at, to }, away)
      if (joined === 0) longest = Math.max(longest, ms)
      else doubled = Math.max(doubled, ms)
    }
    if (presence.at(-1)?.joined !== 1) alone.push(`${channel} ${presence.at(-1)?.joined ?? 0}`)
  }
  const found = `longest without ${seconds(longest)}, with two ${seconds(doubled)}; at the end ${alone.length === 0 ? 'one each' : alone.join(', ')}`
  return {
    what: 'each stream held by one worker within 30 s',
    found,
    holds: longest <= TAKEN_OVER_MS && doubled <= TAKEN_OVER_MS && alone.length === 0,
  }
}

export function digestsHold(subscribers: string[], mails: Received[]): Row {
  const of = Map.groupBy(mails, ({ to }) => to)
  const ids = (address: string) => new Set((of.get(address) ?? []).map(({ raw }) => headersOf(raw).get('message-id'))).size
  const [none, more] = [subscribers.filter((one) => ids(one) === 0), subscribers.filter((one) => ids(one) > 1)]
  const again = mails.length - of.size
  return {
    what: 'each digest once',
    found: `${subscribers.length} readers: ${none.length} without, ${more.length} with two; ${again} sent again as the same mail`,
    holds: none.length + more.length === 0,
  }
}

/** A page may fail while the database, or the way to it, is away, and as long as connecting anew takes. */
export function readersHold(readings: Reading[], away: Span[], disturbances: Disturbance[]): Row[] {
  return readings.map(({ web, asked, failed, longestMs, whys }) => {
    const own = disturbances.filter((one) => one.away === web)
    const known = joined([...away, ...own, ...disturbances.filter((one) => one.away === 'all' && TAKEN.includes(one.what))])
    // A page that was asked for while it was away may fail; how long after it was back was one asked for that did?
    const longest = Math.max(
      0,
      ...failed.map((page) => Math.min(...known.map((span) => after(page, span)), page.to - page.from + GRACE_MS)),
    )
    const why = [...whys].map(([reason, times]) => `${reason} × ${times}`).join('; ')
    return {
      what: `${web}: no error page longer than the database was away`,
      found: `${asked} pages, ${failed.length} errors, asked for at most ${seconds(longest)} after it was back; slowest page ${seconds(longestMs)}${why ? ` (${why.slice(0, 200)})` : ''}`,
      holds: longest <= GRACE_MS && asked > 0,
    }
  })
}

/** How long after a stretch a page was asked for; 0 where they overlap, and for ever where the stretch came later. */
function after(page: Span, span: Span): number {
  if (page.to < span.from) return Number.POSITIVE_INFINITY
  return Math.max(0, page.from - span.to)
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

/** Stretches that do not overlap, for others that do. */
function joined(spans: Span[]): Span[] {
  const all: Span[] = []
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const last = all.at(-1)
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to)
    else all.push({ from: span.from, to: span.to })
  }
  return all
}

/** Milliseconds of a stretch that lie in others. */
function overlap({ from, to }: Span, others: Span[]): number {
  return joined(others).reduce((sum, other) => sum + Math.max(0, Math.min(to, other.to) - Math.max(from, other.from)), 0)
}
