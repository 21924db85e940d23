import { type SQL, sql } from 'drizzle-orm'
import { audiencesFor, type Reader, type Surface } from './audience.ts'
import { type Filter, inLanes, lanesFor, textArray } from './lanes.ts'
import { forReaders } from './replicas.ts'
import type { Place } from './timeline.ts'

/** Which way from a place, and how far. */
export type Way = { beyond: Place | null; upward: boolean; limit: number }

/** How many entries of one lane are looked at first, and how many at most before the lanes are intersected as sets. */
const LOOK = 300
const LOOK_FURTHER = 2400
/** Of this many that fit among the first, looking further fills a page sooner than intersecting. */
const WORTH_IT = 7

/**
 * The places of the next entries in one direction that a reader's filter lets through. Each lane (an audience, or a lane
 * and an audience) is an index of its own to walk; a page is the merge of their heads, so that its cost does not
 * depend on filter or depth. Where several kinds are asked for, the one with fewest entries hereabouts is walked and
 * each entry compared with the others; where nearly none of them fits, an inverted index intersects the lanes whole.
 */
export async function entryPlaces(reader: Reader, surface: Surface, filter: Filter, way: Way): Promise<Place[]> {
  const audiences = audiencesFor(reader, surface)
  const lanes = lanesFor(reader, filter)
  if (lanes.length < 2) return places(await forReaders().execute(laneHeads(audiences, lanes[0] ?? null, way)))
  const heads = Math.max(...lanes.map((kind) => kind.length)) * audiences.length
  const most = Math.max(way.limit, Math.min(LOOK, Math.round((LOOK * 20) / heads)))
  for (let look = most, last = false; ; ) {
    const found = await forReaders().execute<Found>(walkedLanes(audiences, lanes, way, look))
    const fitting = found.filter(({ id }) => id !== null)
    if (fitting.length >= way.limit || Number(found[0]?.seen ?? 0) < look) return places(fitting)
    const needed = Math.ceil((look * way.limit * 1.3) / Math.max(1, fitting.length))
    if (last || fitting.length < WORTH_IT || needed > LOOK_FURTHER) break
    look = needed
    last = true
  }
  return places(await forReaders().execute(intersectedLanes(audiences, lanes, way)))
}

type Found = { id: string | null; sort_at: string; seen?: string }

function places(rows: Iterable<Found>): Place[] {
  return [...rows].map(({ id, sort_at }) => ({ id: Number(id), sortAt: new Date(sort_at) }))
}

/** The next entries of any of these lanes, or of all. */
export function laneHeads(audiences: string[], lanes: string[] | null, way: Way): SQL {
  if (!lanes)
    return sql`
      select head.id, head.sort_at from unnest(${textArray(audiences)}) as a(audience) cross join lateral (
        select e.id, e.sort_at from entries e where e.audience = a.audience ${past(way, sql`e.id`)} ${ordered(way)} limit ${way.limit}
      ) head ${ordered(way)} limit ${way.limit}`
  // An entry stands in several lanes of one kind: a page of each holds whatever the page of all holds.
  return sql`
    select distinct head.id, head.sort_at from unnest(${textArray(lanes)}) as asked(lane) cross join unnest(${textArray(audiences)}) as a(audience)
    cross join lateral (
      select e.entry_id as id, e.sort_at from entry_lanes e
      where e.lane = asked.lane and e.audience = a.audience ${past(way, sql`e.entry_id`)}
      order by ${way.upward ? sql`e.sort_at, e.entry_id` : sql`e.sort_at desc, e.entry_id desc`} limit ${way.limit}
    ) head ${ordered(way)} limit ${way.limit}`
}

/**
 * Of each kind the next `look` entries; of those of the kind that reaches farthest with them, the ones that stand in a lane
 * of every other kind. Rows tell how many there were to look at; there is one row, without an entry, where none fits.
 */
export function walkedLanes(audiences: string[], kinds: string[][], way: Way, look: number): SQL {
  const kind = (nth: number) => sql.raw(`kind_${nth}`)
  const walks = kinds.map((lanes, nth) => sql`${kind(nth)} as materialized (${laneHeads(audiences, lanes, { ...way, limit: look })})`)
  const reach = kinds.map(
    (_, nth) =>
      sql`select ${sql.raw(String(nth))} as kind, count(*) as seen, ${way.upward ? sql`max` : sql`min`}(sort_at) as reach from ${kind(nth)}`,
  )
  const chosen = kinds.map((_, nth) => sql`select id, sort_at from ${kind(nth)} where (select kind from walked) = ${sql.raw(String(nth))}`)
  return sql`
    with ${sql.join(walks, sql`, `)},
    walked as (select kind, seen from (${sql.join(reach, sql` union all `)}) r order by seen, reach ${way.upward ? sql`desc` : sql``} limit 1)
    select walked.seen, fitting.id, fitting.sort_at from walked left join (
      select c.id, c.sort_at from (${sql.join(chosen, sql` union all `)}) c
      where exists (select 1 from entries e where e.id = c.id and ${inLanes(kinds)})
      ${ordered(way)} limit ${way.limit}
    ) fitting on true ${ordered(way)}`
}

/** The same, exactly, at the cost of looking at all that fits: for lanes that hardly meet. */
export function intersectedLanes(audiences: string[], kinds: string[][], way: Way): SQL {
  return sql`
    with fitting as materialized (select e.id, e.sort_at, e.audience from entries e where ${inLanes(kinds)})
    select e.id, e.sort_at from fitting e where e.audience = any(${textArray(audiences)}) ${past(way, sql`e.id`)}
    ${ordered(way)} limit ${way.limit}`
}

function past({ beyond, upward }: Way, id: SQL): SQL {
  if (!beyond) return sql``
  return sql`and (e.sort_at, ${id}) ${upward ? sql`>` : sql`<`} (${beyond.sortAt.toISOString()}::timestamptz, ${beyond.id}::bigint)`
}

function ordered({ upward }: Way): SQL {
  return upward ? sql`order by sort_at, id` : sql`order by sort_at desc, id desc`
}
