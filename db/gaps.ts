import { and, eq, isNull, lt, sql } from 'drizzle-orm'
import type { Reader } from './audience.ts'
import { db } from './client.ts'
import { knownSources } from './sources.ts'
import { outages, sources } from './sources-schema.ts'

/** A span of time of which it is known that something may be missing. */
export type Gap = {
  from: Date
  to: Date
  /** It goes on: `to` is now. */
  open: boolean
  /** Names of the sources that were not seen whole. */
  sources: string[]
  platforms: string[]
  /** No worker was running: "this computer was off". */
  off: boolean
  /** Why, in words; null where nothing was noted. */
  reason: string | null
  /** How often reading was tried in vain. */
  tries: number
}

/** A reconnection takes as long; what is shorter is nobody's news. */
const SHORTEST_SECONDS = 60
/** Holes that begin and end this close to each other have one cause. */
const SAME_MS = 2 * 60_000
/** A stream that is away is polled instead, up to 20 % later than planned: only when that fails, too, is it an outage. */
const OVERDUE = 1.5
/** A worker beats every five seconds. */
const BEAT_SECONDS = 15

/**
 * Where the timeline is not whole between two times, newest first: holes between the spans that each source's readings
 * proved complete, and what a source has not seen yet that fails now, or whose connection is away and that is read in no
 * other way meanwhile. What was caught up on later is no gap.
 */
export async function listGaps(
  reader: Reader,
  query: { from: Date; to: Date; platforms?: string[]; sources?: number[]; now: Date },
): Promise<Gap[]> {
  const { from, to, platforms = [], sources: asked = [], now } = query
  const holes = await db().execute<{
    source: string
    name: string
    platform: string
    from: string
    to: string
    open: boolean
    off: boolean
    reason: string | null
    tries: number
  }>(sql`
    with up as (
      select coalesce(range_agg(tstzrange(started_at, beat_at + ${BEAT_SECONDS} * interval '1 second')), '{}') as spans
      from heartbeats where role = 'worker'
    ), seen as (
      select s.id, s.name, s.platform, s.covered, s.first_read_at is not null and (s.trouble is not null or (
        exists (select 1 from ${outages} where source_id = s.id and ended_at is null)
        and upper(s.covered) < ${now.toISOString()}::timestamptz - s.every_seconds * ${OVERDUE}::float8 * interval '1 second'
      )) as failing
      from ${sources} s where ${knownSources(reader, 's')} and s.covered <> '{}' and s.paused_at is null
        ${platforms.length > 0 ? sql`and s.platform = any(${sql.param(platforms)}::text[])` : sql``}
        ${asked.length > 0 ? sql`and s.id = any(${sql.param(asked)}::bigint[])` : sql``}
    ), hole as (
      select seen.id, name, platform, hole, false as open from seen,
        unnest(tstzmultirange(tstzrange(lower(covered), upper(covered))) - covered) as hole
      union all
      select id, name, platform, tstzrange(upper(covered), ${now.toISOString()}::timestamptz), true from seen
      where failing and upper(covered) < ${now.toISOString()}::timestamptz
    )
    select hole.id as source, name, platform, lower(hole) as from, upper(hole) as to, open,
      -- Off, when no worker ran for most of it: the rest is how long a start and a stop take.
      (select coalesce(sum(upper(rest) - lower(rest)), interval '0') from unnest(tstzmultirange(hole) - up.spans) rest) > (upper(hole) - lower(hole)) * 0.8 as off,
      o.reason, coalesce(o.tries, 0)::int as tries
    from hole cross join up left join lateral (
      select reason, tries from ${outages} where source_id = hole.id and tstzrange(started_at, ended_at) && hole order by started_at desc limit 1
    ) o on true
    where hole && tstzrange(${from.toISOString()}::timestamptz, ${to.toISOString()}::timestamptz, '[]')
      and upper(hole) - lower(hole) >= ${SHORTEST_SECONDS} * interval '1 second'
    order by upper(hole) desc, lower(hole)`)
  const gaps: Gap[] = []
  for (const hole of holes) {
    const one = { from: new Date(hole.from), to: new Date(hole.to) }
    const same = gaps.find(
      (gap) => gap.off === hole.off && gap.open === hole.open && isClose(gap.from, one.from) && isClose(gap.to, one.to),
    )
    if (same) {
      same.sources.push(hole.name)
      if (!same.platforms.includes(hole.platform)) same.platforms.push(hole.platform)
      if (one.from < same.from) same.from = one.from
    } else {
      const { open, off, reason, tries } = hole
      gaps.push({ ...one, open, sources: [hole.name], platforms: [hole.platform], off, reason: off ? null : reason, tries })
    }
  }
  return gaps
}

/** A source could not be read: begins an outage, or counts one more try of the one that lasts. */
export async function noteOutage(sourceId: number, reason: string, now: Date): Promise<void> {
  const lasting = and(eq(outages.sourceId, sourceId), isNull(outages.endedAt))
  const tried = await db()
    .update(outages)
    .set({ reason, tries: sql`${outages.tries} + 1` })
    .where(lasting)
    .returning({ id: outages.id })
  if (tried.length === 0) await db().insert(outages).values({ sourceId, startedAt: now, reason })
}

/** Gaps are told of for 90 days; so are their reasons. */
export async function forgetOutages(now: Date): Promise<void> {
  await db()
    .delete(outages)
    .where(lt(outages.endedAt, new Date(now.getTime() - 90 * 86_400_000)))
}

/** The source is read again. */
export async function endOutage(sourceId: number, now: Date): Promise<void> {
  await db()
    .update(outages)
    .set({ endedAt: now })
    .where(and(eq(outages.sourceId, sourceId), isNull(outages.endedAt)))
}

function isClose(one: Date, other: Date): boolean {
  return Math.abs(one.getTime() - other.getTime()) <= SAME_MS
}
