import { sql } from 'drizzle-orm'
import { db, type Queryable } from './client.ts'
import { chunks } from './insert-rows.ts'
import type { Speaker } from './post.ts'
import { removePosts } from './remove-posts.ts'

/** All who say something on a platform, or are answered in what others say, each once a conversation. */
export async function speakersOn(platform: string): Promise<Speaker[]> {
  const rows = await db().execute<Speaker>(sql`
    select author ->> 'id' as id, author ->> 'handle' as handle, conversation ->> 'key' as conversation
    from posts where platform = ${platform} and deleted_at is null
    union
    select reply_to -> 'author' ->> 'id', reply_to -> 'author' ->> 'handle', conversation ->> 'key'
    from posts where platform = ${platform} and reply_to ->> 'author' is not null`)
  return [...rows]
}

/**
 * Removes all that these said, as if they had deleted it, and their names where others answer them. Returns how many
 * posts went.
 */
export async function removeSpeakers(platform: string, speakers: Speaker[], now: Date): Promise<number> {
  let removed = 0
  for (const some of chunks(speakers)) {
    const theirs = (person: string) => sql`exists (
      select 1 from jsonb_to_recordset(${JSON.stringify(some)}::jsonb) as s(id text, handle text, conversation text)
      where s.id = p.${sql.raw(person)} ->> 'id' and s.handle = p.${sql.raw(person)} ->> 'handle'
        and s.conversation is not distinct from p.conversation ->> 'key')`
    const said = await db().execute<{ external_id: string }>(sql`
      select external_id from posts p where platform = ${platform} and deleted_at is null and ${theirs('author')}`)
    for (const part of chunks([...said]))
      removed += await db().transaction(async (tx) => {
        await waitForBatches(tx, platform)
        return removePosts(
          tx,
          platform,
          part.map(({ external_id }) => external_id),
          now,
        )
      })
    await db().transaction(async (tx) => {
      await waitForBatches(tx, platform)
      // What is known by its name alone is nothing without it.
      await tx.execute(sql`
        update posts p set reply_to = case when reply_to ->> 'externalId' is not null
          then reply_to || '{"state": "unavailable", "text": null, "author": null}'::jsonb end
        where platform = ${platform} and reply_to ->> 'author' is not null and ${theirs("reply_to -> 'author'")}`)
    })
  }
  return removed
}

/** So that a batch that is being saved and this never lock the same posts in different order. */
async function waitForBatches(tx: Queryable, platform: string): Promise<void> {
  await tx.execute(sql`select id from sources where platform = ${platform} order by id for update`)
}
