import { and, eq, inArray, isNull, ne } from 'drizzle-orm'
import { audiencesFor, type Reader } from './audience.ts'
import { db } from './client.ts'
import type { Audience, Share } from './post.ts'
import { posts, sightings } from './schema.ts'
import { knownSources } from './sources.ts'
import { sources } from './sources-schema.ts'

/** All of a post that may name pictures, films or sound. */
export type PostWithMedia = Pick<
  typeof posts.$inferSelect,
  'author' | 'html' | 'warningHtml' | 'media' | 'card' | 'poll' | 'quote' | 'share' | 'reactions'
> & { sightings: { share: Share | null }[] }

/** What of a post names media, and for whom it is; null where this reader may not see the post, and where there is none. */
export async function postWithMedia(reader: Reader, postId: number): Promise<(PostWithMedia & { audience: Audience }) | null> {
  const { author, html, warningHtml, media, card, poll, quote, share, reactions, audience } = posts
  const [[post], shares] = await Promise.all([
    db()
      .select({ author, html, warningHtml, media, card, poll, quote, share, reactions, audience })
      .from(posts)
      .where(shown(reader, [postId])),
    // Who passed it on where only members read is no more in it than on its page.
    db()
      .select({ share: sightings.share })
      .from(sightings)
      .innerJoin(sources, eq(sources.id, sightings.sourceId))
      .where(and(eq(sightings.postId, postId), knownSources(reader))),
  ])
  return post ? { ...post, sightings: shares } : null
}

/** Those of these posts that this reader may see: not the deleted, the hidden, the expired, nor those that lost their bodies. */
export async function shownAmong(reader: Reader, postIds: number[]): Promise<Set<number>> {
  if (postIds.length === 0) return new Set()
  const rows = await db()
    .select({ id: posts.id })
    .from(posts)
    .where(and(shown(reader, postIds), ne(posts.revision, '')))
  return new Set(rows.map(({ id }) => id))
}

function shown(reader: Reader, postIds: number[]) {
  return and(
    inArray(posts.id, postIds),
    isNull(posts.deletedAt),
    eq(posts.authorHidden, false),
    inArray(posts.audience, audiencesFor(reader, 'stream')),
  )
}
