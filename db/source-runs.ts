import { lt, sql } from 'drizzle-orm'
import type { Reader } from './audience.ts'
import { db, type Queryable } from './client.ts'
import { textArray } from './lanes.ts'
import { sourceRuns } from './sources-schema.ts'

/** What happened to a source: a reading that ended, or what a batch brought. What is not said is nothing. */
export type RunNote = {
  runs?: number
  failures?: number
  tookMs?: number
  told?: number
  added?: number
  /** Of `added`, what whoever knows of the source may see. */
  addedShown?: number
  /** Seconds from said to stored, of those that were said after the first read. */
  delays?: number[]
}

/** One day of a source as a reader may know it. Delays in seconds, null where nothing told one. */
export type RunDay = {
  /** `2026-11-22`, in the zone that was asked for. */
  day: string
  runs: number
  failures: number
  /** New posts. */
  posts: number
  delayMedian: number | null
  /** 95 of 100 were here sooner. */
  delayMost: number | null
  /** How long a reading took; for owners, because it says something of what others may not see. */
  secondsEach: number | null
}

/** Of an hour with more new posts than this, the delays of so many are enough to know the rest by. */
const DELAYS_KEPT = 300
const KEPT_DAYS = 30

/** Adds to the hour of `now`. One short statement, for the transaction that saves what it tells of. */
export async function noteRun(tx: Queryable, sourceId: number, note: RunNote, now: Date): Promise<void> {
  const { runs = 0, failures = 0, tookMs = 0, told = 0, added = 0, addedShown = 0, delays = [] } = note
  const list = sql`array[${sql.join(
    delays.slice(0, DELAYS_KEPT).map((delay) => sql`${Math.min(delay, 2_000_000_000)}::int`),
    sql`, `,
  )}]::int[]`
  await tx.execute(sql`
    insert into source_runs as here (source_id, hour, runs, failures, took_ms, told, added, added_shown, delays)
    values (${sourceId}, date_trunc('hour', ${now.toISOString()}::timestamptz), ${runs}, ${failures}, ${Math.round(tookMs)}, ${told}, ${added}, ${addedShown}, ${list})
    on conflict (source_id, hour) do update set
      runs = here.runs + excluded.runs, failures = here.failures + excluded.failures, took_ms = here.took_ms + excluded.took_ms,
      told = here.told + excluded.told, added = here.added + excluded.added, added_shown = here.added_shown + excluded.added_shown,
      delays = (here.delays || excluded.delays)[1:${DELAYS_KEPT}]`)
}

/**
 * The last thirty days of a source by days of `zone` (IANA), oldest first; days in which nothing happened are left out.
 * The reader must know of the source (`knownSources`); of its posts they are told those that they may see.
 */
export async function runsByDay(reader: Reader, sourceId: number, { zone, now }: { zone: string; now: Date }): Promise<RunDay[]> {
  const mayKnow = reader.role !== 'anonymous'
  const rows = await db().execute<{
    day: string
    runs: number
    failures: number
    posts: number
    tookMs: string
    median: number | null
    most: number | null
  }>(sql`
    with hours as (
      select to_char(hour at time zone ${zone}, 'YYYY-MM-DD') as day, * from source_runs
      where source_id = ${sourceId} and hour > ${daysBefore(now).toISOString()}::timestamptz
    ), delays as (
      select day, percentile_disc(array[0.5, 0.95]) within group (order by delay) as p from hours, unnest(delays) as delay group by day
    )
    select hours.day, sum(runs)::int as runs, sum(failures)::int as failures, sum(took_ms)::bigint as "tookMs",
      ${mayKnow ? sql`sum(added)` : sql`sum(added_shown)`}::int as posts, max(p[1]) as median, max(p[2]) as most
    from hours left join delays using (day) group by hours.day
    -- An hour in which nothing happened but what this reader may not see is none.
    having ${mayKnow ? sql`true` : sql`sum(runs) + sum(added_shown) > 0`} order by 1`)
  return rows.map(({ day, runs, failures, posts, tookMs, median, most }) => ({
    day,
    runs,
    failures,
    posts,
    delayMedian: median,
    delayMost: most,
    secondsEach: mayKnow && runs > 0 ? Number(tookMs) / runs / 1000 : null,
  }))
}

/** How long posts took from being said to being here, of the last thirty days: median and 95 of 100, in seconds, by source. */
export async function delaysOf(sourceIds: number[], now: Date): Promise<Map<number, { median: number; most: number }>> {
  const rows = await db().execute<{ source: string; p: number[] }>(sql`
    select source_id as source, percentile_disc(array[0.5, 0.95]) within group (order by delay) as p
    from source_runs, unnest(delays) as delay
    where source_id = any(${textArray(sourceIds.map(String))}::bigint[]) and hour > ${daysBefore(now).toISOString()}::timestamptz
    group by 1`)
  return new Map(rows.map(({ source, p: [median = 0, most = 0] }) => [Number(source), { median, most }]))
}

/** Runs are told of for thirty days. */
export async function forgetRuns(now: Date): Promise<void> {
  await db()
    .delete(sourceRuns)
    .where(lt(sourceRuns.hour, daysBefore(now)))
}

function daysBefore(now: Date): Date {
  return new Date(now.getTime() - KEPT_DAYS * 86_400_000)
}
