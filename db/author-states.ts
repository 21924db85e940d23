import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm'
import type { Queryable } from './client.ts'
import { authorStates } from './consent-schema.ts'
import { isAnyOf } from './insert-rows.ts'
import type { AuthorEvent } from './post.ts'
import { removePosts } from './remove-posts.ts'
import { posts, sightings } from './schema.ts'
import { settleEntries } from './settle-entries.ts'

/** Which of these accounts their platform deleted or hides. */
export async function statesOfAuthors(tx: Queryable, platform: string, authorIds: string[]): Promise<Map<string, 'deleted' | 'hidden'>> {
  if (authorIds.length === 0) return new Map()
  const rows = await tx
    .select({ authorId: authorStates.authorId, state: authorStates.state })
    .from(authorStates)
    .where(and(eq(authorStates.platform, platform), isAnyOf(authorStates.authorId, authorIds)))
  return new Map(rows.map(({ authorId, state }) => [authorId, state]))
}

/** Follows what a platform says of whole accounts, for the posts that are here and those to come. Returns posts removed. */
export async function applyAuthorEvents(tx: Queryable, platform: string, events: AuthorEvent[], now: Date): Promise<number> {
  let removed = 0
  for (const { authorId, change } of events) {
    const theirs = and(eq(posts.platform, platform), sql`${posts.author} ->> 'id' = ${authorId}`, isNull(posts.deletedAt))
    const known = and(eq(authorStates.platform, platform), eq(authorStates.authorId, authorId))
    if (change === 'shown') await tx.delete(authorStates).where(and(known, eq(authorStates.state, 'hidden')))
    else
      await tx
        .insert(authorStates)
        .values({ platform, authorId, state: change, since: now })
        .onConflictDoUpdate({ target: [authorStates.platform, authorStates.authorId], set: { state: change, since: now } })
    if (change === 'deleted') {
      await forgetAuthor(tx, platform, authorId)
      const rows = await tx.select({ externalId: posts.externalId }).from(posts).where(theirs)
      removed += await removePosts(
        tx,
        platform,
        rows.map(({ externalId }) => externalId),
        now,
      )
    } else {
      const rows = await tx
        .update(posts)
        .set({ authorHidden: change === 'hidden' })
        .where(theirs)
        .returning({ entryId: posts.entryId })
      await settleEntries(
        tx,
        rows.map(({ entryId }) => entryId),
      )
    }
  }
  return removed
}

/** Who deleted their account is gone from what others quote, answer and passed on of them, too. */
export async function forgetAuthor(tx: Queryable, platform: string, authorId: string): Promise<void> {
  await tx
    .update(posts)
    .set({ quote: { state: 'deleted', url: null } })
    .where(and(eq(posts.platform, platform), isNotNull(posts.quote), sql`(${posts.quote} -> 'author' ->> 'id') = ${authorId}`))
  await tx
    .update(posts)
    .set({ replyTo: sql`${posts.replyTo} || '{"state": "unavailable", "text": null, "author": null}'::jsonb` })
    .where(and(eq(posts.platform, platform), isNotNull(posts.replyTo), sql`(${posts.replyTo} -> 'author' ->> 'id') = ${authorId}`))
  const passedOn = await tx
    .update(posts)
    .set({ share: null })
    .where(and(eq(posts.platform, platform), isNotNull(posts.share), sql`(${posts.share} -> 'by' ->> 'id') = ${authorId}`))
    .returning({ entryId: posts.entryId })
  const seen = await tx
    .update(sightings)
    .set({ share: null })
    .where(
      sql`${sightings.share} is not null and (${sightings.share} -> 'by' ->> 'id') = ${authorId}
        and exists (select 1 from posts where id = ${sightings.postId} and platform = ${platform})`,
    )
    .returning({ entryId: sql<string>`(select entry_id from posts where id = ${sightings.postId})` })
  await settleEntries(
    tx,
    [...passedOn, ...seen].map(({ entryId }) => Number(entryId)),
  )
}
