import { and, inArray, isNotNull, max, type SQL, sql } from 'drizzle-orm'
import { audiencesFor, type Reader, type Surface } from './audience.ts'
import { entryPlaces } from './entry-places.ts'
import { isAnyId } from './insert-rows.ts'
import { type Filter, inLanes, lanesFor, textArray } from './lanes.ts'
import type { Permission, Share } from './post.ts'
import { preparedRows } from './prepared.ts'
import { forReaders } from './replicas.ts'
import { posts } from './schema.ts'
import { shownPosts, toldPosts } from './told-posts.ts'

/** A place in the one order: by time, and by id where two things happened in the same millisecond. */
export type Place = { sortAt: Date; id: number }

export type TimelineQuery = Filter & {
  /** Older than this place. */
  before?: Place | null
  /** Newer than this place; `before` wins. */
  after?: Place | null
  /** Entries a page. */
  limit?: number
  /** Posts of one entry that are read at most: its first and its last. Without it, all. */
  postsPerEntry?: number
  surface?: Surface
}

/** That a source showed a post, which of its rules let it in, and who permitted the source to be read where that was asked. */
export type Sighting = {
  source: string
  sourceId: number
  permission: Permission | null
  rule: string
  fetchedAt: Date
  share: Share | null
}

export type TimelinePost = Omit<typeof posts.$inferSelect, 'recheckAt'> & { sightings: Sighting[] }

/** What the timeline lists: posts in the order in which they were said. */
export type Entry = Place & {
  platform: string
  /** With `postsPerEntry`, of a longer one only the first and last. */
  posts: TimelinePost[]
  /** How many posts it has in all, and of how many people, that this reader may see. */
  count: number
  people: number
  /** When the last of them was said, and when the last that came was first seen, which may be one further up. */
  lastAt: Date
  seenAt: Date
  /** Where in a conversation something stood that was deleted or withheld: nothing is left of it but its place. */
  removed: Place[]
}

export type TimelinePage = {
  /** Newest first. */
  entries: Entry[]
  /** Ask `after` this place for the page of newer entries; null on the newest page. */
  newer: Place | null
  /** Ask `before` this place for the page of older entries; null at the end of the archive. */
  older: Place | null
}

const PAGE = 50
/** Of a long conversation that is cut short: how much of its end is read. */
export const LAST_OF_LONG = 10

/** One page of the timeline. Pages neither overlap nor leave gaps: ties on time are broken by id. */
export async function getTimeline(reader: Reader, query: TimelineQuery = {}): Promise<TimelinePage> {
  const { before = null, after = null, limit = PAGE, postsPerEntry = null, surface = 'stream', ...filter } = query
  const upward = after !== null && before === null
  const beyond = before ?? after
  const rows = await entryPlaces(reader, surface, filter, { beyond, upward, limit: limit + 1 })
  const more = rows.length > limit
  const page = rows.slice(0, limit)
  if (upward) page.reverse()
  const [first, last] = [page.at(0) ?? null, page.at(-1) ?? null]
  return {
    entries: await withPosts(reader, surface, page, postsPerEntry),
    newer: upward ? (more ? first : null) : before ? (first ?? before) : null,
    older: upward ? (last ?? after) : more ? last : null,
  }
}

/** Nobody counts further than this to know how much they have not seen. */
const COUNTED = 99

/** How many entries are newer than a place: at most 99, and whether there are more. */
export async function countNewer(reader: Reader, query: Filter & { than: Place }): Promise<{ count: number; more: boolean }> {
  const { than, ...filter } = query
  const rows = await entryPlaces(reader, 'stream', filter, { beyond: than, upward: true, limit: COUNTED + 1 })
  return { count: Math.min(rows.length, COUNTED), more: rows.length > COUNTED }
}

/**
 * The entry that a post belongs to, whole; null where the reader may not see the post, and where there is none. An
 * entry is found by its own id also when its first post is gone.
 */
export async function getEntry(reader: Reader, postId: number): Promise<Entry | null> {
  const [place] = await forReaders().execute<{ id: string; sort_at: string }>(entryPlace(reader, postId))
  if (!place) return null
  const [entry] = await withPosts(reader, 'stream', [{ id: Number(place.id), sortAt: new Date(place.sort_at) }], null)
  return entry ?? null
}

/** The entries with these ids that the reader may see, newest first. */
export async function getEntries(reader: Reader, ids: number[], postsPerEntry: number | null = null): Promise<Entry[]> {
  const found = await forReaders().execute<{ id: string; sort_at: string }>(sql`
    select e.id, e.sort_at from entries e where ${visible(reader)} and ${isAnyId(sql`e.id`, ids)}
    order by e.sort_at desc, e.id desc`)
  const places = found.map(({ id, sort_at }) => ({ id: Number(id), sortAt: new Date(sort_at) }))
  return withPosts(reader, 'stream', places, postsPerEntry)
}

/** Whether there is such an entry for this reader. */
export async function hasEntry(reader: Reader, postId: number): Promise<boolean> {
  return (await forReaders().execute(entryPlace(reader, postId))).length > 0
}

function entryPlace(reader: Reader, postId: number): SQL {
  const seen = sql`p.audience = any(${textArray(audiencesFor(reader, 'stream'))})`
  const shown = sql`p.deleted_at is null and not p.author_hidden and ${seen}`
  // Of what was removed from a conversation the place is left: its address still leads there, as long as something is.
  return sql`
    select e.id, e.sort_at from entries e
    where ${visible(reader)} and (
      (e.id = ${postId}::bigint and exists (select 1 from posts p where p.entry_id = e.id and ${shown}))
      or e.id = (
        select p.entry_id from posts p where p.id = ${postId}::bigint
          and (${shown} or (p.deleted_at is not null and p.conversation is not null and ${seen}))))
    limit 1`
}

/** A place as it stands in an address: milliseconds of its time and its id. */
export function placeText({ sortAt, id }: Place): string {
  return `${sortAt.getTime()}-${id}`
}

/** The place that an address names, or null for anything that is none; nothing was said before 1970. */
export function placeFrom(text: string | null | undefined): Place | null {
  const [, milliseconds, id] = /^(\d{1,14})-(\d{1,15})$/.exec(text ?? '') ?? []
  return milliseconds && id ? { sortAt: new Date(Number(milliseconds)), id: Number(id) } : null
}

/**
 * Posts that this reader sees on the day that `at` falls into in `zone` (IANA): the number in the day's heading.
 */
export async function countDay(reader: Reader, query: Filter & { at: Date; zone: string }): Promise<number> {
  const { at, zone, ...filter } = query
  const start = sql`date_trunc('day', ${at.toISOString()}::timestamptz, ${zone})`
  const end = sql`(date_trunc('day', ${at.toISOString()}::timestamptz at time zone ${zone}) + interval '1 day') at time zone ${zone}`
  const [row] = await forReaders().execute<{ count: number }>(sql`
    with day as materialized (
      select e.id, e.lanes from entries e where ${visible(reader)} and e.sort_at >= ${start} and e.sort_at < ${end})
    select count(*)::int as count from day e join posts p on p.entry_id = e.id and p.deleted_at is null
      and not p.author_hidden and p.audience = any(${textArray(audiencesFor(reader, 'stream'))})
    where ${inLanes(lanesFor(reader, filter))}`)
  return row?.count ?? 0
}

/** Posts in each of `buckets` equal spans of `bucketHours` that end now, by the places of their entries, oldest first, empty spans included. */
export async function activity(
  reader: Reader,
  query: Filter & { buckets: number; bucketHours: number; now: Date },
): Promise<{ from: Date; count: number }[]> {
  const { buckets, bucketHours, now, ...filter } = query
  const width = bucketHours * 3_600_000
  const start = now.getTime() - buckets * width
  const rows = await forReaders().execute<{ bucket: number; count: number }>(sql`
    select ceil(extract(epoch from e.sort_at - ${new Date(start).toISOString()}::timestamptz) * 1000 / ${width})::int - 1 as bucket, count(*)::int as count
    from entries e join posts p on p.entry_id = e.id and p.deleted_at is null and not p.author_hidden
      and p.audience = any(${textArray(audiencesFor(reader, 'stream'))})
    where ${visible(reader)} and e.sort_at > ${new Date(start).toISOString()}::timestamptz and e.sort_at <= ${now.toISOString()}::timestamptz
      and ${inLanes(lanesFor(reader, filter))}
    group by 1`)
  const counts = new Map(rows.map(({ bucket, count }) => [bucket, count]))
  return Array.from({ length: buckets }, (_, bucket) => ({ from: new Date(start + bucket * width), count: counts.get(bucket) ?? 0 }))
}

function visible(reader: Reader): SQL {
  return sql`e.audience = any(${textArray(audiencesFor(reader, 'stream'))})`
}

/** The entries at these places, for the timeline, with at most so many of the posts of each. */
export function entriesAt(reader: Reader, places: Place[], postsPerEntry: number): Promise<Entry[]> {
  return withPosts(reader, 'stream', places, postsPerEntry)
}

/** The entries at these places with the posts that the reader may see, at most so many of each, and where each was seen. */
async function withPosts(reader: Reader, surface: Surface, places: Place[], postsPerEntry: number | null): Promise<Entry[]> {
  if (places.length === 0) return []
  const shown = and(
    isAnyId(
      posts.entryId,
      places.map(({ id }) => id),
    ),
    shownPosts(reader, surface),
  )
  const ranked = sql`
    select ${posts.id} as id, row_number() over (partition by ${posts.entryId} order by ${posts.sortAt}, ${posts.id}) as nth,
      count(*) over (partition by ${posts.entryId}) as of from ${posts} where ${shown}`
  const seen = postsPerEntry
    ? and(
        shown,
        sql`${posts.id} in (select id from (${ranked}) r where nth <= ${postsPerEntry - LAST_OF_LONG} or nth > of - ${LAST_OF_LONG})`,
      )
    : shown
  const postsOf = Map.groupBy(await toldPosts(reader, surface, seen), ({ entryId }) => entryId)
  const long = places.map(({ id }) => id).filter((id) => postsPerEntry !== null && (postsOf.get(id)?.length ?? 0) >= postsPerEntry)
  const removed = Map.groupBy(await removedFrom(reader, surface, talksAmong(postsOf)), ({ entryId }) => entryId)
  const counts = new Map(long.length > 0 ? (await countPosts(shown, long)).map((count) => [count.entryId, count]) : [])
  return places.flatMap((place) => {
    const of = postsOf.get(place.id) ?? []
    const [first, last, all] = [of[0], of.at(-1), counts.get(place.id)]
    if (!first || !last) return []
    return {
      ...place,
      platform: first.platform,
      posts: of,
      count: all?.count ?? of.length,
      people: all?.people ?? new Set(of.map(({ author }) => author.id)).size,
      lastAt: last.sortAt,
      seenAt: all?.seenAt ?? lastSeen(of),
      removed: (removed.get(place.id) ?? []).map(({ id, sortAt }) => ({ id, sortAt })),
    }
  })
}

/** When the last of these posts, of which there is one, was first seen. */
export function lastSeen(of: Pick<TimelinePost, 'firstSeenAt'>[]): Date {
  return new Date(Math.max(...of.map(({ firstSeenAt }) => firstSeenAt.getTime())))
}

function talksAmong(postsOf: Map<number, TimelinePost[]>): number[] {
  return [...postsOf].flatMap(([entryId, [first]]) => (first?.conversation ? [entryId] : []))
}

const placeColumns = { id: posts.id, entryId: posts.entryId, sortAt: posts.sortAt }

/** What was deleted from these conversations, of what this reader might have seen; in the order in which it was said. */
function removedFrom(reader: Reader, surface: Surface, entryIds: number[]) {
  if (entryIds.length === 0) return []
  const gone = and(isAnyId(posts.entryId, entryIds), isNotNull(posts.deletedAt), inArray(posts.audience, audiencesFor(reader, surface)))
  return preparedRows(forReaders(), placeColumns, sql`from ${posts} where ${gone} order by ${posts.sortAt}, ${posts.id}`)
}

/** Posts and people of the entries that are too long to be read whole, and when the last of the posts came. */
function countPosts(shown: SQL | undefined, entryIds: number[]) {
  return forReaders()
    .select({
      entryId: posts.entryId,
      count: sql<number>`count(*)::int`,
      people: sql<number>`count(distinct ${posts.author} ->> 'id')::int`,
      seenAt: max(posts.firstSeenAt),
    })
    .from(posts)
    .where(and(shown, isAnyId(posts.entryId, entryIds)))
    .groupBy(posts.entryId)
}
