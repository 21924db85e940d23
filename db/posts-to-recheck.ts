import { and, asc, count, eq, gt, inArray, isNull, lte, min, sql } from 'drizzle-orm'
import { db } from './client.ts'
import type { ReplyTo } from './post.ts'
import { posts } from './schema.ts'
import { settleEntries } from './settle-entries.ts'

export type PostToRecheck = { id: number; externalId: string; replyTo: ReplyTo | null; firstSeenAt: Date; sortAt: Date }

/** Posts that this source told and whose turn it is to be asked about, the longest due first. */
export async function postsToRecheck(sourceId: number, now: Date, limit: number): Promise<PostToRecheck[]> {
  const { id, externalId, replyTo, firstSeenAt, sortAt } = posts
  return db()
    .select({ id, externalId, replyTo, firstSeenAt, sortAt })
    .from(posts)
    .where(and(eq(posts.sourceId, sourceId), isNull(posts.deletedAt), lte(posts.recheckAt, now)))
    .orderBy(asc(posts.recheckAt))
    .limit(limit)
}

/** Says when these posts are to be asked about next. */
export async function planRecheck(ids: number[], at: Date): Promise<void> {
  if (ids.length > 0) await db().update(posts).set({ recheckAt: at }).where(inArray(posts.id, ids))
}

/** When the next post of this source is due; null where it has none. */
export async function nextRecheck(sourceId: number): Promise<Date | null> {
  const [row] = await db()
    .select({ at: min(posts.recheckAt) })
    .from(posts)
    .where(and(eq(posts.sourceId, sourceId), isNull(posts.deletedAt)))
  return row?.at ?? null
}

/** How many posts of this source there are to be asked about: those first seen since, and older ones. */
export async function countToRecheck(sourceId: number, since: Date): Promise<{ recent: number; older: number }> {
  const [row] = await db()
    .select({ all: count(), recent: sql<number>`count(*) filter (where ${gt(posts.firstSeenAt, since)})::int` })
    .from(posts)
    .where(and(eq(posts.sourceId, sourceId), isNull(posts.deletedAt)))
  return { recent: row?.recent ?? 0, older: (row?.all ?? 0) - (row?.recent ?? 0) }
}

/** What a post without its body is: title, author, time and address are left, by which it is found where it stands. */
export const bodiless = {
  html: '' as typeof posts.$inferSelect.html,
  text: '',
  media: [],
  poll: null,
  quote: null,
  contentWarning: null,
  warningHtml: null,
  copyKeys: null,
  revision: '',
}

/** Takes the bodies off what this source told before `before`, a thousand at once. Returns how many that were. */
export async function takeBodies(sourceId: number, before: Date): Promise<number> {
  let taken = 0
  for (;;) {
    const rows = await db().transaction(async (tx) => {
      await tx.execute(sql`select id from sources where id = ${sourceId} for update`)
      const blanked = await tx
        .update(posts)
        .set({ ...bodiless, replyTo: sql`case when ${posts.replyTo} is not null then ${posts.replyTo} || '{"text": null}'::jsonb end` })
        .where(
          inArray(
            posts.id,
            tx
              .select({ id: posts.id })
              .from(posts)
              .where(
                and(
                  eq(posts.sourceId, sourceId),
                  isNull(posts.deletedAt),
                  lte(posts.sortAt, before),
                  sql`(${posts.html} <> '' or ${posts.media} <> '[]'::jsonb or ${posts.quote} is not null or ${posts.poll} is not null)`,
                ),
              )
              .limit(1000),
          ),
        )
        .returning({ entryId: posts.entryId })
      await settleEntries(
        tx,
        blanked.map(({ entryId }) => entryId),
      )
      return blanked.length
    })
    taken += rows
    if (rows === 0) return taken
  }
}
