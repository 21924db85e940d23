import { and, eq, isNotNull, sql } from 'drizzle-orm'
import { mostCareful } from './audience.ts'
import type { Queryable } from './client.ts'
import { authorAudiences } from './consent-schema.ts'
import { isAnyOf } from './insert-rows.ts'
import { type Audience, audiences, type Person, type Post } from './post.ts'
import { posts, sightings } from './schema.ts'
import { settleEntries } from './settle-entries.ts'

/**
 * Follows what accounts ask for all that they say, when they begin to ask for it: what is here of them is for as few as
 * what comes, so is what quotes them or answers them with their words, and they are no longer named where more people see
 * what they passed on. Their posts become open again one by one, as their platform tells them again.
 */
export async function followWishes(tx: Queryable, platform: string, told: Post[]): Promise<void> {
  const wishes = wishesIn(told)
  if (wishes.size === 0) return
  const theirs = and(eq(authorAudiences.platform, platform), isAnyOf(authorAudiences.authorId, [...wishes.keys()]))
  const rows = await tx.select().from(authorAudiences).where(theirs)
  const known = new Map(rows.map(({ authorId, audience }) => [authorId, audience]))
  const freed = [...known.keys()].filter((id) => wishes.get(id) === 'public')
  if (freed.length > 0)
    await tx.delete(authorAudiences).where(and(eq(authorAudiences.platform, platform), isAnyOf(authorAudiences.authorId, freed)))
  const news = [...wishes].filter(([id, wish]) => wish !== 'public' && wish !== known.get(id))
  for (const audience of audiences) {
    const ids = news.flatMap(([id, wish]) => (wish === audience ? [id] : []))
    if (ids.length === 0) continue
    await tx
      .insert(authorAudiences)
      .values(ids.map((authorId) => ({ platform, authorId, audience })))
      .onConflictDoUpdate({ target: [authorAudiences.platform, authorAudiences.authorId], set: { audience } })
    await settleEntries(tx, await keepFrom(tx, platform, ids, audience))
  }
}

/** What each author, sharer and quoted person of these posts asks for; who is only mentioned says nothing by it. */
function wishesIn(told: Post[]): Map<string, Audience> {
  const wishes = new Map<string, Audience>()
  const heard = ({ id, audience = 'public' }: Person) => wishes.set(id, mostCareful(audience, wishes.get(id) ?? null))
  for (const { author, share, quote } of told) {
    heard(author)
    if (share) heard(share.by)
    if (quote?.state === 'shown' && quote.author.audience) heard(quote.author)
  }
  return wishes
}

/** Returns the entries that changed. */
async function keepFrom(tx: Queryable, platform: string, ids: string[], audience: Audience): Promise<number[]> {
  const wider = isAnyOf(posts.audience, audiences.slice(0, audiences.indexOf(audience)))
  const changed = [
    ...(await tx
      .update(posts)
      .set({ audience })
      .where(and(eq(posts.platform, platform), isAnyOf(sql`(${posts.author} ->> 'id')`, ids), wider))
      .returning({ entryId: posts.entryId })),
    ...(await tx
      .update(posts)
      .set({ audience })
      .where(and(eq(posts.platform, platform), isNotNull(posts.quote), isAnyOf(sql`(${posts.quote} -> 'author' ->> 'id')`, ids), wider))
      .returning({ entryId: posts.entryId })),
  ]
  // Words of theirs over an answer are shown to fewer with the answer; a name alone tells nothing that they said.
  if (audience === 'members')
    changed.push(
      ...(await tx
        .update(posts)
        .set({ audience })
        .where(
          and(
            eq(posts.platform, platform),
            isNotNull(posts.replyTo),
            isAnyOf(sql`(${posts.replyTo} -> 'author' ->> 'id')`, ids),
            sql`${posts.replyTo} ->> 'text' is not null`,
            wider,
          ),
        )
        .returning({ entryId: posts.entryId })),
    )
  const passedOn = await tx
    .update(posts)
    .set({ share: null })
    .where(and(eq(posts.platform, platform), isNotNull(posts.share), isAnyOf(sql`(${posts.share} -> 'by' ->> 'id')`, ids), wider))
    .returning({ entryId: posts.entryId })
  const seen = await tx
    .update(sightings)
    .set({ share: null })
    .where(
      sql`${sightings.share} is not null and ${isAnyOf(sql`(${sightings.share} -> 'by' ->> 'id')`, ids)}
        and exists (select 1 from posts where id = ${sightings.postId} and platform = ${platform} and ${wider})`,
    )
    .returning({ postId: sightings.postId })
  const places = await entriesOf(
    tx,
    seen.map(({ postId }) => postId),
  )
  return [...[...changed, ...passedOn].map(({ entryId }) => entryId), ...places]
}

async function entriesOf(tx: Queryable, postIds: number[]): Promise<number[]> {
  if (postIds.length === 0) return []
  const rows = await tx.execute<{ entry_id: string }>(
    sql`select distinct entry_id from posts where id = any(${sql.param(postIds)}::bigint[])`,
  )
  return rows.map(({ entry_id }) => Number(entry_id))
}
