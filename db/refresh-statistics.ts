import { sql } from 'drizzle-orm'
import { db } from './client.ts'

/**
 * Has Postgres look at what the tables hold now. It does so by itself, a minute late: until then it plans for tables that
 * fill at thousands of rows a second as if they were empty, and reads them whole where an index would do.
 */
export async function refreshStatistics(): Promise<void> {
  await db().execute(sql`analyze posts, entries, entry_lanes, sightings, aliases`)
}
