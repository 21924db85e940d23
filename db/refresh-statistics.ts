import { sql } from 'drizzle-orm'
import { db } from './client.ts'

/**
 * Has Postgres look at what the tables hold now. It does so by itself, a minute late: until then it plans for tables that
 * fill at thousands of rows a second as if they were empty, and reads them whole where an index would do. Only at what posts
 * and entries are looked up by: sorting texts and people takes four times as long, and no plan goes by them.
 */
export async function refreshStatistics(): Promise<void> {
  await db().execute(sql`
    analyze posts (id, entry_id, platform, source_id, external_id, copy_of, sort_at, first_seen_at, audience, precision_seconds,
        recheck_at, deleted_at, author_hidden),
      entries (id, platform, sort_at, last_at, audience, conversation), entry_lanes, sightings, aliases`)
}
