import { type SQL, sql } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
import { audiencesFor, type Reader, type Surface } from './audience.ts'
import { type Filter, inLanes, lanesFor, textArray } from './lanes.ts'
import { prepared } from './prepared.ts'
import { forReaders } from './replicas.ts'
import type { Place } from './timeline.ts'

// Over 150 lines, because the ways to find a page are told here beside what chooses between them.

/** Which way from a place, and how far. */
export type Way = { beyond: Place | null; upward: boolean; limit: number }

/** How many entries of one kind are looked at, at most, before the lanes are intersected as sets. */
const LOOK = 800
/** So much further is looked than would do, were those that fit spread evenly. */
const MARGIN = 1.5
/** Of each kind so many tell which has fewest hereabouts. */
const TO_COMPARE = 64
/** So many indexes are read as one, each only as far as it is needed; of more, a whole page of each is read. */
const MERGED = 12
/** Of more than those are, so many entries in all: each has to be read before the first is known. */
const LOOK_IN_ALL = 2500

/**
 * A statement that is prepared stays with its connection, and strangers write addresses: only what readers mostly ask for
 * is, of one kind or two, and pages and looks of these lengths, so that there are some hundred forms at most.
 */
const STEPS = [21, 51, 101, 201]
const LOOKS = [100, 200, 400, LOOK]

/** How a filter is answered best: by walking the lanes of this kind, or where its lanes hardly meet by intersecting them. */
type Trodden = { kind: number; hardly: boolean }

/** By audiences and lanes; it says how to look, never what is found. What is common today may be rare in an hour. */
const trodden = new LRUCache<string, Trodden>({ max: 1000, ttl: 600_000 })

/**
 * The places of the next entries in one direction that a reader's filter lets through. Each lane (an audience, or a lane
 * and an audience) is an index of its own to walk; a page is the merge of their heads, so that its cost does not
 * depend on filter or depth. Where several kinds are asked for, the one with fewest entries hereabouts is walked and
 * each entry compared with the others; where few of them fit, an inverted index intersects the lanes whole.
 */
export async function entryPlaces(reader: Reader, surface: Surface, filter: Filter, wanted: Way): Promise<Place[]> {
  const audiences = audiencesFor(reader, surface)
  const lanes = lanesFor(reader, filter)
  const limit = STEPS.find((step) => step >= wanted.limit) ?? wanted.limit
  const way = { ...wanted, limit }
  return (await placesAmong(audiences, lanes, way)).slice(0, wanted.limit)
}

async function placesAmong(audiences: string[], lanes: string[][], way: Way): Promise<Place[]> {
  const isUsual = STEPS.includes(way.limit) && lanes.length <= 2
  const ask = (query: SQL) => (isUsual ? prepared<Found>(forReaders(), query) : forReaders().execute<Found>(query))
  if (lanes.length < 2) return places(await ask(laneHeads(audiences, lanes[0] ?? null, way)))
  const key = JSON.stringify([audiences, lanes])
  const known = trodden.get(key)
  const kind = known?.kind ?? Number((await ask(fewestLanes(audiences, lanes, way)))[0]?.id ?? 0)
  if (!known?.hardly) {
    let look = lookFor(audiences, lanes[kind] ?? [], way)
    let found = await ask(walkedLanes(audiences, lanes, kind, { ...way, look }))
    const further = (look * way.limit * MARGIN) / found.length
    if (found.length < way.limit && further <= LOOK) {
      look = stepped(further)
      found = await ask(walkedLanes(audiences, lanes, kind, { ...way, look }))
    }
    // Fewer than are wanted: there are no more, or they are too far apart.
    const isEnd = found.length < way.limit && (await ask(laneHeads(audiences, lanes[kind] ?? [], { ...way, limit: look }))).length < look
    const hardly = found.length < way.limit && !isEnd
    if (!known || hardly) trodden.set(key, { kind, hardly })
    if (!hardly) return places(found)
  }
  // Not prepared: how it is done best depends on what is asked for.
  return places(await forReaders().execute<Found>(intersectedLanes(audiences, lanes, way)))
}

type Found = { id: string; sort_at: string }

function places(rows: Iterable<Found>): Place[] {
  return [...rows].map(({ id, sort_at }) => ({ id: Number(id), sortAt: new Date(sort_at) }))
}

function stepped(look: number): number {
  return LOOKS.find((step) => step >= look) ?? Math.ceil(look)
}

function lookFor(audiences: string[], lanes: string[], way: Way): number {
  const heads = audiences.length * lanes.length
  return heads <= MERGED ? LOOK : stepped(Math.max(way.limit, LOOK_IN_ALL / heads))
}

/** The next entries of any of these lanes, or of all. */
export function laneHeads(audiences: string[], lanes: string[] | null, way: Way): SQL {
  const inOrder = sql`${ordered(way)} limit ${constant(way.limit)}`
  if (audiences.length * (lanes?.length ?? 1) <= MERGED) {
    // Each in its order, which is what lets Postgres merge them and stop as soon as it has enough.
    const walks = audiences.flatMap((audience) =>
      (lanes ?? [null]).map((lane) =>
        lane === null
          ? sql`(select e.id, e.sort_at from entries e where e.audience = ${audience}::text ${past(way, sql`e.id`)} ${inOrder})`
          : sql`(select e.entry_id as id, e.sort_at from entry_lanes e where e.lane = ${lane}::text and e.audience = ${audience}::text ${past(way, sql`e.entry_id`)} ${inOrder})`,
      ),
    )
    // An entry may stand in several lanes of one kind.
    const each = lanes && lanes.length > 1 ? sql`distinct sort_at, id` : sql`id, sort_at`
    return sql`select ${each} from (${sql.join(walks, sql` union all `)}) head ${inOrder}`
  }
  return sql`
    select distinct head.id, head.sort_at from unnest(${textArray(lanes ?? [])}) as asked(lane) cross join unnest(${textArray(audiences)}) as a(audience)
    cross join lateral (
      select e.entry_id as id, e.sort_at from entry_lanes e
      where e.lane = asked.lane and e.audience = a.audience ${past(way, sql`e.entry_id`)}
      order by ${way.upward ? sql`e.sort_at, e.entry_id` : sql`e.sort_at desc, e.entry_id desc`} limit ${constant(way.limit)}
    ) head ${ordered(way)} limit ${constant(way.limit)}`
}

/** The number of the kind, as `id`, that has fewest entries to come, or reaches farthest with the next few. */
export function fewestLanes(audiences: string[], kinds: string[][], way: Way): SQL {
  const reaches = kinds.map(
    (lanes, nth) => sql`
      select ${constant(nth)} as id, count(*) as seen, ${way.upward ? sql`max` : sql`min`}(sort_at) as sort_at
      from (${laneHeads(audiences, lanes, { ...way, limit: TO_COMPARE })}) heads`,
  )
  return sql`
    select id, sort_at from (${sql.join(reaches, sql` union all `)}) reach
    order by seen, sort_at ${way.upward ? sql`desc` : sql``} limit 1`
}

/**
 * Of the next entries of one kind those that stand in a lane of every other, one after the other until there are enough:
 * nothing is sorted, and what is looked at is bounded.
 */
export function walkedLanes(audiences: string[], kinds: string[][], kind: number, way: Way & { look: number }): SQL {
  const others = kinds.filter((_, nth) => nth !== kind)
  return sql`
    select id, sort_at from (${laneHeads(audiences, kinds[kind] ?? [], { ...way, limit: way.look })}) walked
    where (select ${inLanes(others)} from entries e where e.id = walked.id)
    ${ordered(way)} limit ${constant(way.limit)}`
}

/** The same, exactly, at the cost of looking at all that fits: for lanes that hardly meet. */
export function intersectedLanes(audiences: string[], kinds: string[][], way: Way): SQL {
  return sql`
    with fitting as materialized (select e.id, e.sort_at, e.audience from entries e where ${inLanes(kinds)})
    select e.id, e.sort_at from fitting e where e.audience = any(${textArray(audiences)}) ${past(way, sql`e.id`)}
    ${ordered(way)} limit ${constant(way.limit)}`
}

function past({ beyond, upward }: Way, id: SQL): SQL {
  if (!beyond) return sql``
  return sql`and (e.sort_at, ${id}) ${upward ? sql`>` : sql`<`} (${beyond.sortAt.toISOString()}::timestamptz, ${beyond.id}::bigint)`
}

/** Written into the statement, so that a plan that is kept knows how few rows are wanted. */
function constant(count: number): SQL {
  return sql.raw(String(Math.trunc(count)))
}

function ordered({ upward }: Way): SQL {
  return upward ? sql`order by sort_at, id` : sql`order by sort_at desc, id desc`
}
