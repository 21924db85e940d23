import { sql } from 'drizzle-orm'
import type { Queryable } from './client.ts'
import { audiences } from './post.ts'

/** Brings entries into line with their posts: the most careful audience of what is left, `withheld` when nothing is. */
export async function settleEntries(tx: Queryable, entryIds: number[]): Promise<void> {
  if (entryIds.length === 0) return
  const order = sql`array[${sql.join(
    audiences.map((audience) => sql`${audience}`),
    sql`, `,
  )}]::text[]`
  await tx.execute(sql`
    update entries e set audience = coalesce((
      select (${order})[max(array_position(${order}, p.audience))] from posts p
      where p.entry_id = e.id and p.deleted_at is null and not p.author_hidden), 'withheld')
    where e.id = any(${sql.param(entryIds)}::bigint[])`)
}
