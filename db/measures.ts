import { sql } from 'drizzle-orm'
import type { Reader } from './audience.ts'
import { db } from './client.ts'

/** How one source fares, in numbers. `name` and `platform` are its own. */
export type SourceMeasures = {
  id: number
  name: string
  platform: string
  /** Posts that it showed us since it was added, and items that were not understood. */
  postsSeen: number
  unreadable: number
  /** Failures since the last success. */
  failures: number
  /** Readings, and those of them that failed, in the hours that are kept. */
  runs: number
  failedRuns: number
  /** Since it was last read to the end; null: never. */
  silentSeconds: number | null
}

export type Measures = {
  /** Roughly, as the database's own statistics have it: counting ten million rows takes seconds. */
  posts: number
  sources: SourceMeasures[]
  /** Jobs by queue and state. */
  jobs: { queue: string; state: string; count: number }[]
  /** Posts that search has yet to look at. */
  unindexed: number
  workers: number
}

/** What operators watch; null for anybody but owners: numbers betray what is for members. */
export async function measure(reader: Reader): Promise<Measures | null> {
  if (reader.role !== 'owner') return null
  const { $client } = db()
  const [[facts], sources, jobs] = await Promise.all([
    $client<{ posts: number; unindexed: number; workers: number }[]>`
      select greatest(reltuples, 0)::float8 as posts,
        (select count(*)::int from unindexed_posts) as unindexed,
        (select count(*)::int from heartbeats where role = 'worker' and stopped_at is null and beat_at > now() - interval '30 seconds') as workers
      from pg_class where oid = 'public.posts'::regclass`,
    $client<SourceMeasures[]>`
      select s.id::float8 as id, s.name, s.platform, s.posts_seen as "postsSeen", s.unreadable, s.failures,
        coalesce(sum(r.runs), 0)::int as runs, coalesce(sum(r.failures), 0)::int as "failedRuns",
        extract(epoch from now() - s.last_success_at)::float8 as "silentSeconds"
      from sources s left join source_runs r on r.source_id = s.id
      where s.paused_at is null
      group by s.id order by s.id`,
    jobsByQueue(),
  ])
  return { posts: facts?.posts ?? 0, unindexed: facts?.unindexed ?? 0, workers: facts?.workers ?? 0, sources: [...sources], jobs }
}

/** None where no worker has made its queues yet. */
async function jobsByQueue(): Promise<Measures['jobs']> {
  const { $client } = db()
  const [queues] = await $client`select to_regclass('pgboss.job') is not null as there`
  if (!queues?.there) return []
  const rows = await db().execute<Measures['jobs'][number]>(
    sql`select name as queue, state::text as state, count(*)::int as count from pgboss.job group by 1, 2`,
  )
  return [...rows]
}
