import { sql } from 'drizzle-orm'
import { audiencesFor, type Reader } from './audience.ts'
import { db } from './client.ts'
import { textArray } from './lanes.ts'
import type { Place } from './timeline.ts'

/** A conversation that went on: by how many lines, the first of them, and when the last of them was first seen. */
export type Growth = Place & { source: number; platform: string; lines: number; first: number; seenAt: Date }

/** Which of these conversations went on after the line up to which each was read, as far as the reader may see it. */
export async function linesSaidSince(reader: Reader, talks: { entry: number; seenAt: Date }[]): Promise<Growth[]> {
  if (talks.length === 0) return []
  const audiences = textArray(audiencesFor(reader, 'stream'))
  const rows = await db().execute<{
    id: string
    sort_at: string
    source_id: string
    platform: string
    lines: number
    first: string
    seen_at: string
  }>(sql`
    select e.id, e.sort_at, opening.source_id, e.platform, said.lines, said.first, said.seen_at
    from unnest(${`{${talks.map(({ entry }) => entry).join(',')}}`}::bigint[], ${`{${talks.map(({ seenAt }) => seenAt.toISOString()).join(',')}}`}::timestamptz[]) as read(entry, seen_at)
    join entries e on e.id = read.entry and e.audience = any(${audiences}) join posts opening on opening.id = e.id
    cross join lateral (
      select count(*)::int as lines, (array_agg(p.id order by p.sort_at, p.id))[1] as first, max(p.first_seen_at) as seen_at
      from posts p where p.entry_id = e.id and p.first_seen_at > read.seen_at and p.conversation is not null
        and p.deleted_at is null and not p.author_hidden and p.audience = any(${audiences})
    ) said where said.lines > 0`)
  return rows.map((row) => ({
    ...{ id: Number(row.id), sortAt: new Date(row.sort_at), source: Number(row.source_id), platform: row.platform },
    ...{ lines: row.lines, first: Number(row.first), seenAt: new Date(row.seen_at) },
  }))
}
