import { sql } from 'drizzle-orm'
import { db } from './client.ts'
import { settleOrDrop } from './settle-entries.ts'

/** Small enough that readers and the ingest hardly wait for it. */
const BATCH = 1000

/**
 * Deletes the posts that are older than their source keeps them (`keepDays`), unless another source without such a
 * limit shows them too. Returns how many went. Nothing is left of them: a later read that goes back so far is none.
 */
export async function expirePosts(now: Date): Promise<number> {
  let expired = 0
  for (;;) {
    const entryIds = await db().transaction(async (tx) => {
      const gone = await tx.execute<{ entry_id: string }>(sql`
        delete from posts where id in (
          select p.id from posts p join sources s on s.id = p.source_id
          where s.keep_days is not null and p.sort_at < ${now.toISOString()}::timestamptz - s.keep_days * interval '1 day'
            and not exists (select 1 from sightings o join sources other on other.id = o.source_id where o.post_id = p.id and other.keep_days is null)
          limit ${BATCH})
        returning entry_id`)
      const ids = [...new Set(gone.map(({ entry_id }) => Number(entry_id)))]
      await settleOrDrop(tx, ids)
      expired += gone.length
      return ids
    })
    if (entryIds.length === 0) return expired
  }
}
