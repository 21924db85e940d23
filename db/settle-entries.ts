import { type SQL, sql } from 'drizzle-orm'
import type { Queryable } from './client.ts'
import { lanesOfEntries } from './lanes.ts'
import { audiences } from './post.ts'

/**
 * Brings entries into line with their posts: the most careful audience of what is left, `withheld` when nothing is, and
 * the lanes that its posts and their sightings put it in. Call it after the last change to either.
 */
export async function settleEntries(tx: Queryable, entryIds: number[]): Promise<void> {
  if (entryIds.length === 0) return
  const ids = sql`${sql.param([...new Set(entryIds)])}::bigint[]`
  // Two batches may tell of one entry at once: the second looks at its posts after the first one's are there.
  await tx.execute(sql`select id from entries where id = any(${ids}) order by id for no key update`)
  await tx.execute(sql`
    with filed as (${lanesOfEntries(ids)}),
    changed as (
      select e.id, e.sort_at, e.audience as was, e.lanes as left_lanes, now.audience, now.lanes
      from entries e left join filed f on f.entry_id = e.id cross join lateral (
        select coalesce(f.lanes, '{}') as lanes, coalesce((
          select (${order})[max(array_position(${order}, p.audience))] from (select * from posts where entry_id = e.id offset 0) p
          where p.deleted_at is null and not p.author_hidden), 'withheld') as audience
      ) now
      where e.id = any(${ids}) and (e.audience, e.lanes) is distinct from (now.audience, now.lanes)
    ),
    settled as (update entries e set audience = c.audience, lanes = c.lanes from changed c where e.id = c.id),
    gone as (
      delete from entry_lanes l using changed c, unnest(c.left_lanes) as old_one(lane)
      where l.lane = old_one.lane and l.audience = c.was and l.sort_at = c.sort_at and l.entry_id = c.id
        and not (c.was = c.audience and old_one.lane = any(c.lanes))
    )
    insert into entry_lanes (lane, audience, sort_at, entry_id)
    select lane, c.audience, c.sort_at, c.id from changed c, unnest(c.lanes) lane
    where not (c.was = c.audience and lane = any(c.left_lanes))
    on conflict do nothing`)
}

/** Takes away those of these entries that have no post any more, and brings the others into line. */
export async function settleOrDrop(tx: Queryable, entryIds: number[]): Promise<void> {
  if (entryIds.length === 0) return
  await tx.execute(sql`
    with gone as (
      delete from entries e where e.id = any(${sql.param(entryIds)}::bigint[]) and not exists (select 1 from posts p where p.entry_id = e.id)
      returning e.id, e.sort_at, e.audience, e.lanes
    )
    delete from entry_lanes l using gone g, unnest(g.lanes) as old_one(lane)
    where l.lane = old_one.lane and l.audience = g.audience and l.sort_at = g.sort_at and l.entry_id = g.id`)
  await settleEntries(tx, entryIds)
}

const order: SQL = sql`array[${sql.join(
  audiences.map((audience) => sql`${audience}`),
  sql`, `,
)}]::text[]`
