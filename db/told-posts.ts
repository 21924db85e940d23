import { and, eq, getTableColumns, inArray, isNull, type SQL, sql } from 'drizzle-orm'
import { audiencesFor, type Reader, type Surface } from './audience.ts'
import { isAnyId } from './insert-rows.ts'
import { withParents } from './parents.ts'
import { preparedRows } from './prepared.ts'
import { forReaders } from './replicas.ts'
import { posts, sightings } from './schema.ts'
import { knownSources } from './sources.ts'
import { sources } from './sources-schema.ts'
import type { TimelinePost } from './timeline.ts'

/** Which posts this reader sees there at all. */
export function shownPosts(reader: Reader, surface: Surface): SQL | undefined {
  return and(isNull(posts.deletedAt), eq(posts.authorHidden, false), inArray(posts.audience, audiencesFor(reader, surface)))
}

/** Those of these posts that the reader may see as they pass. */
export function postsWithIds(reader: Reader, ids: number[]): Promise<TimelinePost[]> {
  return toldPosts(reader, 'stream', isAnyId(posts.id, ids))
}

const postColumns = getTableColumns(posts)
const sightingColumns = {
  postId: sightings.postId,
  source: sources.name,
  sourceId: sources.id,
  permission: sources.permission,
  rule: sightings.rule,
  fetchedAt: sightings.fetchedAt,
  share: sightings.share,
}

/**
 * The posts that a condition names and the reader may see, whole, with where each was seen; in the order in which they
 * were said. Each connection prepares the statement once (`prepared.ts` says why): conditions have few forms, and name
 * posts by `isAnyId`.
 */
export async function toldPosts(reader: Reader, surface: Surface, which: SQL | undefined): Promise<TimelinePost[]> {
  const told = await preparedRows(
    forReaders(),
    postColumns,
    sql`from ${posts} where ${and(which, shownPosts(reader, surface))} order by ${posts.sortAt}, ${posts.id}`,
  )
  if (told.length === 0) return []
  const shown = isAnyId(
    sightings.postId,
    told.map(({ id }) => id),
  )
  const [rows, provenance] = await Promise.all([
    withParents(told, audiencesFor(reader, surface)),
    preparedRows(
      forReaders(),
      sightingColumns,
      sql`from ${sightings} join ${sources} on ${eq(sources.id, sightings.sourceId)}
        where ${and(shown, knownSources(reader))} order by ${sightings.fetchedAt}`,
    ),
  ])
  const sightingsOf = Map.groupBy(provenance, ({ postId }) => postId)
  return rows.map((post) => ({ ...post, sightings: (sightingsOf.get(post.id) ?? []).map(({ postId: _, ...sighting }) => sighting) }))
}
