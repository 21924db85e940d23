import { type SQL, sql } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
import { audiencesFor, type Reader, type Surface } from './audience.ts'
import { type Asked, howClose, metInLanes, nextInLanes, reachOf, TO_COMPARE, type Way, walkedLanes } from './lane-walks.ts'
import { type Filter, inLanes, lanesFor, textArray } from './lanes.ts'
import { preparedText, type Question } from './prepared.ts'
import { forReaders } from './replicas.ts'
import type { Place } from './timeline.ts'

/** How many entries of one kind are looked up, at most, before the lanes are intersected as sets. */
const LOOK = 800
/** And of all kinds side by side, of which ten take no longer than one looked up: still a fifth of what intersecting takes. */
const LOOK_BESIDE = 8000
/** So much further is looked than would do, were those that fit spread evenly. */
const MARGIN = 1.5
/** Where there are so many entries of all kinds to one of the fewest, looking these up is faster than reading them all. */
const CROWD = 7

/**
 * A statement that is prepared stays with its connection, and strangers write addresses: only what readers mostly ask for
 * is, of one kind or two, and pages and looks of these lengths, so that there are some hundred forms at most.
 */
const STEPS = [21, 51, 101, 201]
const LOOKS = [100, 200, 400, LOOK]

/** How a filter is answered best: by reading its lanes side by side, by walking those of one kind, or by intersecting them whole. */
type Trodden = { kind: number; by: 'meeting' | 'walking' | 'intersecting' }

/** By audiences and lanes; it says how to look, never what is found. What is common today may be rare in an hour. */
const trodden = new LRUCache<string, Trodden>({ max: 1000, ttl: 600_000 })

/**
 * The places of the next entries in one direction that a reader's filter lets through. Each lane (an audience, or a lane
 * and an audience) is an index of its own to walk; a page is the merge of their heads, so that its cost does not
 * depend on filter or depth. Where several kinds are asked for, their lanes are read side by side, and an entry that is met
 * in all of them fits; where one kind has far fewer entries hereabouts, it alone is walked and each entry compared with the
 * others; where few of them fit, an inverted index intersects the lanes whole.
 */
export async function entryPlaces(reader: Reader, surface: Surface, filter: Filter, wanted: Way): Promise<Place[]> {
  const audiences = audiencesFor(reader, surface)
  // The more lanes, the later: of two kinds, one statement does whichever was asked for first.
  const kinds = lanesFor(reader, filter).sort((one, other) => one.length - other.length)
  const limit = STEPS.find((step) => step >= wanted.limit) ?? wanted.limit
  return (await placesAmong({ audiences, kinds, way: { ...wanted, limit } })).slice(0, wanted.limit)
}

async function placesAmong(asked: Asked): Promise<Place[]> {
  const { audiences, kinds, way } = asked
  const isUsual = STEPS.includes(way.limit) && kinds.length <= 2
  const ask = async (question: Question) => places(await preparedText<Found>(forReaders(), question, isUsual))
  if (kinds.length < 2) return ask(nextInLanes(asked))
  const key = JSON.stringify([audiences, kinds])
  const known = trodden.get(key) ?? fewest(await preparedText<Close>(forReaders(), howClose(asked), isUsual))
  const { kind } = known
  if (known.by === 'meeting') {
    const found = await ask(metInLanes(asked, LOOK_BESIDE))
    if (found.length === way.limit) return remember(key, known, found)
  }
  if (known.by !== 'intersecting') {
    const walk = { ...asked, kinds: [...kinds.slice(kind, kind + 1), ...kinds.filter((_, nth) => nth !== kind)] }
    const [lanes = []] = walk.kinds
    let look = stepped(reachOf(asked, lanes, LOOK))
    let found = await ask(walkedLanes(walk, look))
    const further = (look * way.limit * MARGIN) / found.length
    if (found.length < way.limit && look < further && further <= LOOK) {
      look = stepped(further)
      found = await ask(walkedLanes(walk, look))
    }
    // Fewer than are wanted: there are no more, or they are too far apart.
    const isAll =
      found.length === way.limit || (await ask(nextInLanes({ ...walk, kinds: [lanes], way: { ...way, limit: look } }))).length < look
    if (isAll) return remember(key, { kind, by: 'walking' }, found)
  }
  // Not prepared: how it is done best depends on what is asked for.
  const found = places(await forReaders().execute<Found>(intersectedLanes(audiences, kinds, way)))
  return remember(key, { kind, by: 'intersecting' }, found)
}

function remember(key: string, trod: Trodden, found: Place[]): Place[] {
  if (trodden.peek(key)?.by !== trod.by) trodden.set(key, trod)
  return found
}

type Found = { id: string; sort_at: string }

function places(rows: Iterable<Found>): Place[] {
  return Array.from(rows, ({ id, sort_at }) => ({ id: Number(id), sortAt: new Date(sort_at) }))
}

type Close = { id: number; seen: number; seconds: number | null }

/** The kind that has fewest entries to come, or those farthest apart, and whether there are too few beside the others. */
function fewest(kinds: Close[]): Trodden {
  const often = ({ seen, seconds }: Close) => seen / Math.max(seconds ?? 0, 1)
  const [first, ...others] = kinds.toSorted((one, other) => one.seen - other.seen || often(one) - often(other))
  if (!first) return { kind: 0, by: 'walking' }
  const crowd = others.reduce((sum, other) => sum + often(other), 0) / often(first)
  return { kind: first.id, by: first.seen < TO_COMPARE || crowd >= CROWD ? 'walking' : 'meeting' }
}

function stepped(look: number): number {
  return LOOKS.find((step) => step >= look) ?? Math.ceil(look)
}

/** The next entries that stand in a lane of each kind, at the cost of looking at all that do: for lanes that hardly meet. */
export function intersectedLanes(audiences: string[], kinds: string[][], way: Way): SQL {
  return sql`
    with fitting as materialized (select e.id, e.sort_at, e.audience from entries e where ${inLanes(kinds)})
    select e.id, e.sort_at from fitting e where e.audience = any(${textArray(audiences)}) ${past(way, sql`e.id`)}
    ${way.upward ? sql`order by sort_at, id` : sql`order by sort_at desc, id desc`} limit ${way.limit}`
}

function past({ beyond, upward }: Way, id: SQL): SQL {
  if (!beyond) return sql``
  return sql`and (e.sort_at, ${id}) ${upward ? sql`>` : sql`<`} (${beyond.sortAt.toISOString()}::timestamptz, ${beyond.id}::bigint)`
}
