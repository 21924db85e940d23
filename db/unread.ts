import { type SQL, sql } from 'drizzle-orm'
import { audiencesFor, type Reader } from './audience.ts'
import { textArray } from './lanes.ts'
import { forReaders } from './replicas.ts'
import { knownSources } from './sources.ts'
import type { Place } from './timeline.ts'

/** What a reader has read, as their browser tells it: nothing of it is kept here. */
export type Reading = {
  /** Of every source, up to here. */
  upTo: Place
  /** Of these sources further up, without a hole. */
  sources: { source: number; upTo: Place }[]
  /** Of these sources also what stands between two places, both included. */
  spans: { source: number; from: Place; to: Place }[]
  /** Entries that differ from all that. */
  exceptions: { entry: number; unread: boolean }[]
}

/** Unread entries of a source, and the place of the oldest of them. */
export type UnreadOfSource = { source: number; platform: string; unread: number; oldest: Place }

export type Unread = {
  /** Sources without any are left out. */
  sources: UnreadOfSource[]
  /** Platforms of which there were too many to look at all: their numbers are at least so high, their oldest unknown. */
  cut: string[]
}

/** Of one platform so many entries are looked at, newest first: nobody is told of more than 99. */
const LOOK = 500
/** So many late arrivals are told at once, those that came first; the others when it is asked again. */
export const MOST_LATE = 200
/** What is saved becomes visible when its transaction ends, which is later than the time it was first seen. */
const OVERLAP_MS = 60_000

/** What a reader has not read, above their watermarks. What arrived late is asked for by `arrivedBelow`. */
export async function countUnread(reader: Reader, reading: Reading, platforms: string[]): Promise<Unread> {
  const rows = await forReaders().execute<{
    platform: string
    looked: number
    source: string | null
    unread: number
    sort_at: string
    id: string
  }>(sql`
    with ${readingTables(reading)}
    select asked.platform, counted.* from unnest(${textArray(platforms)}) as asked(platform) cross join lateral (
      with found as materialized (
        select head.entry_id as id, head.sort_at, p.source_id, p.platform from unnest(${textArray(audiencesFor(reader, 'stream'))}) as a(audience)
        cross join lateral (
          select l.entry_id, l.sort_at from entry_lanes l
          where l.lane = 'platform:' || asked.platform and l.audience = a.audience and (l.sort_at, l.entry_id) > ${placed(reading.upTo)}
          order by l.sort_at desc, l.entry_id desc limit ${LOOK}
        ) head join posts p on p.id = head.entry_id
        order by head.sort_at desc, head.entry_id desc limit ${LOOK})
      select (select count(*)::int from found) as looked, f.source_id as source, count(f.id)::int as unread,
        (array_agg(f.sort_at order by f.sort_at, f.id))[1] as sort_at, (array_agg(f.id order by f.sort_at, f.id))[1] as id
      -- A copy of what was said elsewhere first is counted there.
      from (select) one left join found f on f.platform = asked.platform and not ${isRead(sql`f`)}
      group by f.source_id
    ) counted`)
  return {
    sources: rows.flatMap(({ platform, source, unread, sort_at, id }) =>
      source === null ? [] : [{ platform, source: Number(source), unread, oldest: { sortAt: new Date(sort_at), id: Number(id) } }],
    ),
    cut: [...new Set(rows.filter(({ looked }) => looked >= LOOK).map(({ platform }) => platform))],
  }
}

/**
 * Entries that arrived after `since`, and after the reader began, where the reader had been before: at or below `line`, or among what counts as read above it.
 * What a source tells when it is read for the first time never arrives late. In the order in which they came: of more than
 * MOST_LATE the first, and whoever asks again from `cameAt` of the last on misses none.
 */
export async function arrivedBelow(
  reader: Reader,
  query: { reading: Reading; line: Place; since: Date; begun: Date },
): Promise<(Place & { source: number; platform: string; cameAt: Date })[]> {
  const { reading, line, since, begun } = query
  const from = new Date(Math.max(begun.getTime(), since.getTime() - OVERLAP_MS))
  const rows = await forReaders().execute<{ id: string; sort_at: string; source_id: string; platform: string; first_seen_at: string }>(sql`
    with ${readingTables(reading)},
    arrived as materialized (
      select e.id, e.sort_at, p.source_id, p.platform, p.first_seen_at from posts p join entries e on e.id = p.id join sources s on s.id = p.source_id
      where p.first_seen_at > ${from.toISOString()}::timestamptz
        and e.audience = any(${textArray(audiencesFor(reader, 'stream'))}) and s.first_read_at is not null and p.first_seen_at > s.first_read_at)
    select f.id, f.sort_at, f.source_id, f.platform, f.first_seen_at from arrived f
    where ((f.sort_at, f.id) <= ${placed(line)} or ${isAbove(sql`f`)}) and not exists (select 1 from exceptions x where x.entry = f.id)
    order by f.first_seen_at, f.id limit ${MOST_LATE}`)
  return rows.map((row) => ({
    ...{ id: Number(row.id), sortAt: new Date(row.sort_at) },
    ...{ source: Number(row.source_id), platform: row.platform, cameAt: new Date(row.first_seen_at) },
  }))
}

/** Sources that were read for the first time after `since`: what they told then is new to nobody. */
export async function sourcesBegun(reader: Reader, since: Date): Promise<{ source: number; at: Date }[]> {
  const rows = await forReaders().execute<{ id: string; at: string }>(sql`
    select s.id, s.first_read_at as at from sources s where ${knownSources(reader, 's')} and s.first_read_at > ${since.toISOString()}::timestamptz
    order by s.id`)
  return rows.map(({ id, at }) => ({ source: Number(id), at: new Date(at) }))
}

/** `marks`, `spans` and `exceptions`: the reading as tables of one query. */
function readingTables({ sources, spans, exceptions }: Reading): SQL {
  return sql`
    marks as (select * from unnest(${numbers(sources.map(({ source }) => source))}, ${times(sources.map(({ upTo }) => upTo))},
      ${numbers(sources.map(({ upTo }) => upTo.id))}) as m(source, sort_at, id)),
    spans as (select * from unnest(${numbers(spans.map(({ source }) => source))}, ${times(spans.map(({ from }) => from))},
      ${numbers(spans.map(({ from }) => from.id))}, ${times(spans.map(({ to }) => to))}, ${numbers(spans.map(({ to }) => to.id))})
      as s(source, from_at, from_id, to_at, to_id)),
    exceptions as (select * from unnest(${numbers(exceptions.map(({ entry }) => entry))},
      ${`{${exceptions.map(({ unread }) => unread).join(',')}}`}::boolean[]) as x(entry, unread))`
}

function isRead(entry: SQL): SQL {
  return sql`coalesce((select not x.unread from exceptions x where x.entry = ${entry}.id), ${isAbove(entry)})`
}

/** Read by the watermark of its source or by a span; the one of all sources was looked at before. */
function isAbove(entry: SQL): SQL {
  return sql`(exists (select 1 from marks m where m.source = ${entry}.source_id and (${entry}.sort_at, ${entry}.id) <= (m.sort_at, m.id))
    or exists (select 1 from spans s where s.source = ${entry}.source_id
      and (${entry}.sort_at, ${entry}.id) between (s.from_at, s.from_id) and (s.to_at, s.to_id)))`
}

function placed({ sortAt, id }: Place): SQL {
  return sql`(${sortAt.toISOString()}::timestamptz, ${id}::bigint)`
}

function numbers(values: number[]): SQL {
  return sql`${`{${values.join(',')}}`}::bigint[]`
}

function times(places: Place[]): SQL {
  return sql`${`{${places.map(({ sortAt }) => sortAt.toISOString()).join(',')}}`}::timestamptz[]`
}
