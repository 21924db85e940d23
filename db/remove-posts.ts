import { and, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import type { Queryable } from './client.ts'
import { tombstones } from './consent-schema.ts'
import { isAnyOf } from './insert-rows.ts'
import type { Person, SafeHtml } from './post.ts'
import { posts, sightings } from './schema.ts'
import { settleEntries, settleOrDrop } from './settle-entries.ts'

const nobody: Person = { id: '', name: '', nameHtml: null, handle: '', url: null, avatar: null, badges: [] }

/** All that a deleted post said, by whom and where. Only its identity, time and place in the order are left. */
const blank = {
  url: null,
  author: nobody,
  place: null,
  badges: [],
  title: null,
  html: '' as SafeHtml,
  copyOf: null,
  copyKeys: null,
  text: '',
  language: null,
  tags: [],
  contentWarning: null,
  warningHtml: null,
  media: [],
  card: null,
  poll: null,
  quote: null,
  replyTo: null,
  share: null,
  unsupported: null,
  reactions: [],
  replyCount: null,
  revision: '',
} satisfies Partial<typeof posts.$inferInsert>

/**
 * Honours deletions: posts are blanked (in quotes and parent lines of others, too), with the copies that bridges made of
 * them, undone boosts are taken back, and nothing of it comes again: also what was never seen here is remembered as gone.
 * The one function by which a post goes for good, so that tombstones are all that was ever deleted here.
 * @param withholdingId the wish or decision behind it, where it was not deleted where it stood
 * @returns how many posts went
 */
export async function removePosts(
  tx: Queryable,
  platform: string,
  externalIds: string[],
  now: Date,
  withholdingId: number | null = null,
): Promise<number> {
  if (externalIds.length === 0) return 0
  const gone = [...new Set(externalIds)]
  await tx
    .insert(tombstones)
    .values(gone.map((externalId) => ({ platform, externalId, deletedAt: now, withholdingId })))
    .onConflictDoNothing()
  const copies = await copiesOfThese(tx, platform, gone)
  const blanked = await tx
    .update(posts)
    .set({ ...blank, deletedAt: now })
    .where(and(eq(posts.platform, platform), inArray(posts.externalId, gone), isNull(posts.deletedAt)))
    .returning({ entryId: posts.entryId })
  await forgetInOthers(tx, platform, gone)
  await forgetUnreadable(tx, platform, gone)
  const takenBack = await takeBackShares(tx, platform, gone)
  await settleEntries(
    tx,
    blanked.map(({ entryId }) => entryId),
  )
  let removed = blanked.length + takenBack
  for (const [of, some] of Map.groupBy(copies, (copy) => copy.platform))
    removed += await removePosts(
      tx,
      of,
      some.map(({ externalId }) => externalId),
      now,
      withholdingId,
    )
  return removed
}

/** What says of itself that it is a bridge's copy of one of these is as gone as they are. */
async function copiesOfThese(tx: Queryable, platform: string, gone: string[]): Promise<{ platform: string; externalId: string }[]> {
  const told = await tx
    .select({ url: posts.url })
    .from(posts)
    .where(and(eq(posts.platform, platform), inArray(posts.externalId, gone), isNull(posts.deletedAt), isNotNull(posts.url)))
  const urls = told.flatMap(({ url }) => url ?? [])
  if (urls.length === 0) return []
  return tx
    .select({ platform: posts.platform, externalId: posts.externalId })
    .from(posts)
    .where(and(isAnyOf(posts.copyOf, urls), isNull(posts.deletedAt)))
}

/** What was kept for a look because it was not understood may be one of these. */
async function forgetUnreadable(tx: Queryable, platform: string, gone: string[]): Promise<void> {
  await tx.execute(sql`
    delete from unreadable_items u using sources s, unnest(${sql.param(gone)}::text[]) as removed(key)
    where s.id = u.source_id and s.platform = ${platform} and position(removed.key in u.payload) > 0`)
}

async function forgetInOthers(tx: Queryable, platform: string, gone: string[]): Promise<void> {
  await tx
    .update(posts)
    .set({ quote: { state: 'deleted', url: null } })
    .where(and(eq(posts.platform, platform), sql`${posts.quote} is not null`, inArray(sql`(${posts.quote} ->> 'externalId')`, gone)))
  await tx
    .update(posts)
    .set({ replyTo: sql`${posts.replyTo} || '{"state": "unavailable", "text": null, "author": null}'::jsonb` })
    .where(and(eq(posts.platform, platform), sql`${posts.replyTo} is not null`, inArray(sql`(${posts.replyTo} ->> 'externalId')`, gone)))
}

/** A post that only undone boosts had brought leaves without a tombstone: somebody else may pass it on tomorrow. */
async function takeBackShares(tx: Queryable, platform: string, gone: string[]): Promise<number> {
  const undone = await tx
    .delete(sightings)
    .where(and(inArray(sightings.shareId, gone), sql`${sightings.shareId} <> ''`))
    .returning({ postId: sightings.postId })
  if (undone.length === 0) return 0
  const ids = undone.map(({ postId }) => postId)
  const told = await tx.select({ entryId: posts.entryId }).from(posts).where(inArray(posts.id, ids))
  await tx
    .update(posts)
    .set({ share: null })
    .where(and(inArray(posts.id, ids), inArray(sql`(${posts.share} ->> 'externalId')`, gone)))
  const left = await tx
    .delete(posts)
    .where(
      and(
        eq(posts.platform, platform),
        inArray(posts.id, ids),
        sql`not exists (select 1 from ${sightings} s where s.post_id = ${posts.id})`,
      ),
    )
    .returning({ id: posts.id })
  await settleOrDrop(
    tx,
    told.map(({ entryId }) => entryId),
  )
  return left.length
}
