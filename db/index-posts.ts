import { sql } from 'drizzle-orm'
import { mostCareful } from './audience.ts'
import { db } from './client.ts'
import { insertRows } from './insert-rows.ts'
import type { Audience } from './post.ts'
import { postWords, type Searchable } from './post-words.ts'
import { indexedPosts } from './schema.ts'

/** Posts a transaction: few enough that who changes one of them hardly waits. */
const BATCH = 250

type Row = Omit<Searchable, 'sourceIds' | 'sortAt' | 'contentWarning'> & {
  id: string
  entry_audience: Audience
  sort_at: string
  content_warning: string | null
  source_ids: number[]
}

/**
 * Brings into the search index what the list of unindexed posts names, the newest first; what nobody may find leaves
 * it. Any number of processes may do so at once: each takes posts that no other holds. Returns how many posts were
 * looked at; 0 when there is nothing to do.
 */
export async function indexPosts(): Promise<number> {
  return db().transaction(async (tx) => {
    const taken = await tx.execute<{ post_id: string }>(
      sql`select post_id from unindexed_posts order by post_id desc limit ${BATCH} for update skip locked`,
    )
    if (taken.length === 0) return 0
    const ids = sql`${sql.param(taken.map(({ post_id }) => post_id))}::bigint[]`
    const rows = await tx.execute<Row>(sql`
      select p.id, p.platform, p.audience, e.audience as entry_audience, p.sort_at, p.author, p.title, p.text, p.html, p.language, p.tags, p.content_warning, p.media, p.card, p.poll, p.quote,
        array(select distinct s.source_id::int from sightings s where s.post_id = p.id) as source_ids
      from posts p join entries e on e.id = p.entry_id
      where p.id = any(${ids}) and p.deleted_at is null and not p.author_hidden and p.audience <> 'withheld' and e.audience <> 'withheld'`)
    const indexed = rows.map((row) => {
      const sortAt = new Date(row.sort_at)
      const { content_warning: contentWarning, source_ids: sourceIds } = row
      const words = postWords({ ...row, sortAt, contentWarning, sourceIds, audience: mostCareful(row.audience, row.entry_audience) })
      return { postId: row.id, sortAt, words }
    })
    await tx.execute(sql`delete from indexed_posts where post_id = any(${ids})`)
    if (indexed.length > 0) await tx.execute(insertRows(indexedPosts, indexed))
    await tx.execute(sql`delete from unindexed_posts where post_id = any(${ids})`)
    return taken.length
  })
}
