import { arrayText } from './lanes.ts'
import type { Question } from './prepared.ts'
import type { Place } from './timeline.ts'

/** Which way from a place, and how far. */
export type Way = { beyond: Place | null; upward: boolean; limit: number }

/**
 * Entries of any of these audiences that stand in a lane of each of these kinds; of no kind: all of theirs. The text of
 * a question depends on how many lanes there are, never on which, so that there are few to prepare.
 */
export type Asked = { audiences: string[]; kinds: string[][]; way: Way }

/** Of each kind so many tell how close together its entries are hereabouts. */
export const TO_COMPARE = 64
/**
 * So many indexes of each audience are read as one, each only as far as it is needed; of more lanes, a whole page of each
 * is read. A lane more that is not there costs less than a statement more to prepare.
 */
const SLOTS = [1, 2, 3, 4]
/** And where kinds are read side by side, which takes more of each: planning so many, a few times, is worth it. */
const SLOTS_BESIDE = [...SLOTS, 6, 9]
/** Of more lanes than those so many entries in all: each has to be read before the first is known. */
const LOOK_IN_ALL = 2500

/** How many of the next entries in these lanes can be looked at in one go, where so many are as many as ever are wanted. */
export function reachOf({ audiences, way }: Asked, lanes: string[], most: number): number {
  return slotsFor(lanes) ? most : Math.ceil(Math.max(way.limit, LOOK_IN_ALL / (audiences.length * lanes.length)))
}

/** The next entries of any lane of the one kind, or of all. */
export function nextInLanes(asked: Asked): Question {
  return { text: laneHeads(asked, 0, asked.way.limit), params: paramsOf(asked) }
}

/** Of each kind: its number as `id`, how many of the next few there are as `seen`, and the times of the first and the last of them. */
export function howClose(asked: Asked): Question {
  const each = asked.kinds.map(
    (_, nth) => `
    select ${nth} as id, count(*)::int as seen, extract(epoch from max(sort_at) - min(sort_at))::float as seconds
    from (${laneHeads(asked, nth, TO_COMPARE)}) heads`,
  )
  return { text: each.join(' union all '), params: paramsOf(asked) }
}

/**
 * Those of the next `look` entries of all kinds that are met in every kind: the lanes are read side by side in their order,
 * as far as it takes. What is found is all there is that far.
 */
export function metInLanes(asked: Asked, look: number): Question {
  const order = orderOf(asked.way)
  const all = asked.kinds.flatMap((lanes, nth) => {
    const bit = 2 ** nth
    const slots = slotsFor(lanes, SLOTS_BESIDE)
    if (slots) return heads(asked, nth, slots, look, `, ${bit} as kind`)
    return [`(select id, sort_at, ${bit} as kind from (${laneHeads(asked, nth, reachOf(asked, lanes, look))}) many ${order})`]
  })
  return {
    text: `
    select id, sort_at from (select id, sort_at, kind from (${all.join(' union all ')}) lane ${order} limit ${look}) looked
    group by sort_at, id having bit_or(kind) = ${2 ** asked.kinds.length - 1} ${order} limit ${asked.way.limit}`,
    params: paramsOf(asked),
  }
}

/**
 * Of the next `look` entries of the first kind those that stand in a lane of every other, one looked up after the other
 * until there are enough.
 */
export function walkedLanes(asked: Asked, look: number): Question {
  const order = orderOf(asked.way)
  const fits = asked.kinds.slice(1).map((_, nth) => `e.lanes && ${lanesParam(nth + 1)}`)
  return {
    text: `
    select id, sort_at from (${laneHeads(asked, 0, look)}) walked
    where (select ${fits.join(' and ')} from entries e where e.id = walked.id) ${order} limit ${asked.way.limit}`,
    params: paramsOf(asked),
  }
}

/** Audiences, a place, and the lanes of each kind. */
function paramsOf({ audiences, kinds, way }: Asked): string[] {
  const { beyond, upward } = way
  const place = beyond
    ? [beyond.sortAt.toISOString(), String(beyond.id)]
    : // One statement does for the first page and for any other.
      upward
      ? ['-infinity', '0']
      : ['infinity', '9223372036854775807']
  return [arrayText(audiences), ...place, ...kinds.map(arrayText)]
}

function lanesParam(kind: number): string {
  return `$${kind + 4}::text[]`
}

function laneHeads(asked: Asked, kind: number, limit: number): string {
  const lanes = asked.kinds[kind]
  const inOrder = `${orderOf(asked.way)} limit ${limit}`
  const slots = slotsFor(lanes ?? [])
  if (slots) {
    // An entry may stand in several lanes of one kind.
    const each = lanes && lanes.length > 1 ? 'distinct sort_at, id' : 'id, sort_at'
    return `select ${each} from (${heads(asked, kind, slots, limit).join(' union all ')}) head ${inOrder}`
  }
  return `
    select distinct head.id, head.sort_at from unnest(${lanesParam(kind)}) as asked(lane) cross join unnest($1::text[]) as a(audience)
    cross join lateral (
      select e.entry_id as id, e.sort_at from entry_lanes e where e.lane = asked.lane and e.audience = a.audience ${past(asked.way, 'e.entry_id')} ${inOrder}
    ) head ${inOrder}`
}

/** Each in its order, which is what lets Postgres merge them and stop as soon as it has enough. */
function heads(asked: Asked, kind: number, slots: number, limit: number, besides = ''): string[] {
  const { audiences, kinds, way } = asked
  const inOrder = `${orderOf(way)} limit ${limit}`
  const lanes = kinds[kind]
  return audiences.flatMap((_, a) => {
    const audience = `e.audience = ${unseen(`($1::text[])[${a + 1}]`)}`
    if (!lanes) return [`(select e.id, e.sort_at${besides} from entries e where ${audience} ${past(way, 'e.id')} ${inOrder})`]
    // Beyond the end of the list stands nothing, and nothing is in no lane.
    return Array.from(
      { length: slots },
      (_, l) =>
        `(select e.entry_id as id, e.sort_at${besides} from entry_lanes e where e.lane = ${unseen(`(${lanesParam(kind)})[${l + 1}]`)} and ${audience} ${past(way, 'e.entry_id')} ${inOrder})`,
    )
  })
}

/**
 * A parameter that the planner may not look at. Else it finds again and again, at a third of what a page takes, that for a
 * lane with many entries another plan were a little better than the one that it keeps for all; it is the same plan.
 */
function unseen(parameter: string): string {
  return `(select ${parameter})`
}

function slotsFor(lanes: string[], among = SLOTS): number | undefined {
  return among.find((slots) => slots >= lanes.length)
}

function past({ upward }: Way, id: string): string {
  return `and (e.sort_at, ${id}) ${upward ? '>' : '<'} ($2::timestamptz, $3::bigint)`
}

function orderOf({ upward }: Way): string {
  return upward ? 'order by sort_at, id' : 'order by sort_at desc, id desc'
}
