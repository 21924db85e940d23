import { lt, sql } from 'drizzle-orm'
import { audiencesFor, type Reader } from './audience.ts'
import { db } from './client.ts'
import { withdrawals } from './consent-schema.ts'

/** An open page that was away for longer is read anew. */
export const KEPT_MS = 86_400_000

/** One that a reader may have seen, and sees no more. */
export type Withdrawn = { post: number; at: Date }

/** At most so many at once: whoever deletes an account takes thousands along, and a page shows some hundreds. */
const MOST = 2000

/**
 * The posts that left this reader's sight since a time, newest first: deleted, hidden, or for fewer eyes now. Who could
 * not see one before is not told of it.
 */
export async function withdrawnSince(reader: Reader, since: Date): Promise<Withdrawn[]> {
  const seen = sql`any(${sql.param(audiencesFor(reader, 'stream'))}::text[])`
  const rows = await db().execute<{ post: string; at: string }>(sql`
    select w.post_id as post, max(w.at) as at from withdrawals w
    where w.at > ${since.toISOString()}::timestamptz and w.audience = ${seen} and w.entry_audience = ${seen}
      and not exists (
        select 1 from posts p join entries e on e.id = p.entry_id
        where p.id = w.post_id and p.deleted_at is null and not p.author_hidden and p.audience = ${seen} and e.audience = ${seen})
    group by 1 order by 2 desc limit ${MOST}`)
  return rows.map(({ post, at }) => ({ post: Number(post), at: new Date(at) }))
}

/** Lets go of what no open page asks for any more. */
export async function forgetWithdrawals(now: Date): Promise<void> {
  await db()
    .delete(withdrawals)
    .where(lt(withdrawals.at, new Date(now.getTime() - KEPT_MS)))
}

/** When something was withdrawn last; null where nothing was of late. */
export async function lastWithdrawal(): Promise<Date | null> {
  const [row] = await db().execute<{ at: string | null }>(sql`select max(at) as at from withdrawals`)
  return row?.at ? new Date(row.at) : null
}
