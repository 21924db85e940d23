import { and, asc, eq, gt, isNull } from 'drizzle-orm'
import { db } from './client.ts'
import type { ReplyTo } from './post.ts'
import { posts } from './schema.ts'

export type PostToRecheck = { id: number; externalId: string; replyTo: ReplyTo | null }

/** Posts that this source told and that were first seen after `since`, in the order of their ids, from behind `afterId`. */
export async function postsToRecheck(
  sourceId: number,
  { afterId, since, limit }: { afterId: number; since: Date; limit: number },
): Promise<PostToRecheck[]> {
  return db()
    .select({ id: posts.id, externalId: posts.externalId, replyTo: posts.replyTo })
    .from(posts)
    .where(and(eq(posts.sourceId, sourceId), isNull(posts.deletedAt), gt(posts.firstSeenAt, since), gt(posts.id, afterId)))
    .orderBy(asc(posts.id))
    .limit(limit)
}
