import { sql } from 'drizzle-orm'
import { audiencesFor, type Reader } from './audience.ts'
import { db } from './client.ts'
import { textArray } from './lanes.ts'

/** Posts of one platform whose entries stand on one day: `2026-11-22`, in the zone that was asked for. */
export type DailyCount = { day: string; platform: string; posts: number }

/** Posts per day and platform between two times, days of `zone` (IANA), oldest first; days and platforms without posts are left out. */
export async function dailyCounts(reader: Reader, { from, to, zone }: { from: Date; to: Date; zone: string }): Promise<DailyCount[]> {
  const audiences = textArray(audiencesFor(reader, 'stream'))
  const rows = await db().execute<DailyCount>(sql`
    select to_char(e.sort_at at time zone ${zone}, 'YYYY-MM-DD') as day, p.platform, count(*)::int as posts
    from entries e join posts p on p.entry_id = e.id
    where e.audience = any(${audiences}) and e.sort_at >= ${from.toISOString()}::timestamptz and e.sort_at < ${to.toISOString()}::timestamptz
      and p.deleted_at is null and not p.author_hidden and p.audience = any(${audiences})
    group by 1, 2 order by 1, 2`)
  return [...rows]
}
