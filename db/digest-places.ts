import { type SQL, sql } from 'drizzle-orm'
import { audiencesFor, type Reader, type Surface } from './audience.ts'
import { db } from './client.ts'
import { isAnyId } from './insert-rows.ts'
import { textArray } from './lanes.ts'
import { posts } from './schema.ts'
import { type Entry, lastSeen, type Place } from './timeline.ts'
import { toldPosts } from './told-posts.ts'

/**
 * Which posts a digest has. `seen`: those that were first seen from `from` until before `to`, what a source told when it
 * was read for the first time left out: of one digest after the other, each post is in exactly one. `placed`: those that
 * the timeline shows between them.
 */
export type DigestSpan = { by: 'seen' | 'placed'; from: Date; to: Date }

/** An entry, as far as a digest has posts of it, without what they say. Its place is where it stands in the timeline. */
export type DigestPlace = Place & {
  /** Of which source it is, as its readers mark it read. */
  source: number
  /** When the first of those posts was said. */
  firstAt: Date
  /** The conversation that it is a stretch of; null for a post and its copies. */
  conversation: string | null
  /** What it can be filtered by. */
  lanes: string[]
  /** What the reader may have, in the order in which it was said. */
  posts: DigestPost[]
  people: number
  lastAt: Date
  /** Posts of it that were there before. */
  before: number
  /** Posts that may be read on the site, but are sent nowhere. */
  kept: DigestPost[]
  /** Posts that their reader muted, by id, and why: they are folded. */
  muted?: ReadonlyMap<number, string>
}

/** One post of it: when it was said, and when it was first seen (ms). */
export type DigestPost = { id: number; platform: string; at: number; seenAt: number }

/** Of one entry so many posts are read: its first and its last. */
const FIRST = 40
const LAST = 10

/**
 * The entries of a digest, oldest first. `mailed`: of what a source shows to members only, the posts are not told but
 * counted (`kept`), unless who permitted reading it permitted mail, because a mail cannot be taken back.
 */
export async function digestPlaces(reader: Reader, surface: Surface, span: DigestSpan, mailed: boolean): Promise<DigestPlace[]> {
  const audiences = textArray(audiencesFor(reader, surface))
  const from = sql`${span.from.toISOString()}::timestamptz`
  const to = sql`${span.to.toISOString()}::timestamptz`
  const within =
    span.by === 'seen'
      ? sql`p.first_seen_at >= ${from} and p.first_seen_at < ${to} and s.first_read_at is not null and p.first_seen_at > s.first_read_at`
      : sql`p.entry_id in (select id from entries where audience = any(${audiences}) and sort_at >= ${from} and sort_at < ${to})`
  const rows = await db().execute<{
    id: string
    conversation: string | null
    lanes: string[]
    sort_at: string
    first_at: string
    last_at: string
    source: string
    posts: DigestPost[]
    people: number
    before: number
    kept: DigestPost[]
  }>(sql`
    with fresh as materialized (
      select p.id, p.entry_id, p.source_id, p.sort_at, p.author ->> 'id' as author,
        json_build_object('id', p.id, 'platform', p.platform, 'at', ${inMs(sql`p.sort_at`)}, 'seenAt', ${inMs(sql`p.first_seen_at`)}) as told,
        ${mailed ? isPrivate : sql`false`} as kept
      from posts p join sources s on s.id = p.source_id
      where p.deleted_at is null and not p.author_hidden and p.audience = any(${audiences}) and ${within})
    select f.*, e.sort_at, e.conversation, e.lanes, coalesce(h.source_id, f.any_source) as source, (
      select count(*)::int from posts q
      where q.entry_id = f.id and ${span.by === 'seen' ? sql`q.first_seen_at < ${from}` : sql`false`}
        and q.deleted_at is null and not q.author_hidden and q.audience = any(${audiences})) as before
    from (
      select entry_id as id, min(sort_at) as first_at, max(sort_at) as last_at, count(distinct author)::int as people,
        min(source_id) as any_source,
        coalesce(json_agg(told order by sort_at, id) filter (where not kept), '[]') as posts,
        coalesce(json_agg(told order by sort_at, id) filter (where kept), '[]') as kept
      from fresh group by entry_id
    ) f join entries e on e.id = f.id left join posts h on h.id = e.id
    where e.audience = any(${audiences})
    order by f.first_at, f.id`)
  return rows.flatMap(({ id, source, sort_at, first_at, last_at, conversation, lanes, posts: own, people, before, kept }) => {
    // Of what was told in an earlier digest, a copy is no news.
    if (conversation === null && before > 0) return []
    const times = { sortAt: new Date(sort_at), firstAt: new Date(first_at), lastAt: new Date(last_at) }
    return [{ id: Number(id), source: Number(source), ...times, conversation, lanes, posts: own, people, before, kept }]
  })
}

const inMs = (time: SQL): SQL => sql`floor(extract(epoch from ${time}) * 1000)::float8`

/** Shown by nobody but sources that are for members, none of which may be mailed. */
const isPrivate: SQL = sql`(p.audience = 'members' and not exists (
  select 1 from sightings g join sources t on t.id = g.source_id
  where g.post_id = p.id and (t.audience is null or t.audience in ('public', 'unindexed') or t.permission ->> 'mail' = 'true')))`

/** These entries with the posts that a digest has of them; what went away meanwhile is not there. */
export async function digestEntries(reader: Reader, surface: Surface, places: DigestPlace[]): Promise<Entry[]> {
  const wanted = places.flatMap(({ posts: own }) => (own.length > FIRST + LAST ? [...own.slice(0, FIRST), ...own.slice(-LAST)] : own))
  if (wanted.length === 0) return []
  const told = await toldPosts(
    reader,
    surface,
    isAnyId(
      posts.id,
      wanted.map(({ id }) => id),
    ),
  )
  const postsOf = Map.groupBy(told, ({ entryId }) => entryId)
  return places.flatMap(({ id, sortAt, people, lastAt, posts: own }) => {
    const shown = postsOf.get(id) ?? []
    const [first] = shown
    if (!first) return []
    const seenAt = lastSeen(shown)
    return [{ id, sortAt, platform: first.platform, posts: shown, count: own.length, people, lastAt, seenAt, removed: [] }]
  })
}
