import { type SQL, sql } from 'drizzle-orm'
import { audiencesFor, type Reader } from './audience.ts'
import { entryPlaces } from './entry-places.ts'
import { isAnyId } from './insert-rows.ts'
import { textArray } from './lanes.ts'
import { prepared } from './prepared.ts'
import { forReaders } from './replicas.ts'
import { posts } from './schema.ts'
import { type Entry, entriesAt, type Place, type TimelinePost } from './timeline.ts'
import { toldPosts } from './told-posts.ts'

/** What stands around an entry, as far as it is here and the reader may see it. */
export type Context = {
  /** What it answers, and what that answered, the first said first. */
  earlier: TimelinePost[]
  /** What was answered to it and to its answers, in the order in which it was said. */
  replies: TimelinePost[]
  quotedBy: TimelinePost[]
  /** What was said before and after it on the same channel or source, in that order. */
  before: Entry[]
  after: Entry[]
}

const MOST_EARLIER = 20
const MOST_REPLIES = 100
const MOST_QUOTES = 20
const AROUND = 3

export async function getContext(reader: Reader, entry: Entry): Promise<Context> {
  const ids = entry.posts.map(({ id }) => id)
  const [earlier, replies, quotedBy, before, after] = await Promise.all([
    earlierThan(reader, ids, MOST_EARLIER).then((found) => found.values().toArray().flat()),
    told(reader, answersTo(ids)),
    told(reader, quotesOf(ids)),
    around(reader, entry, false),
    around(reader, entry, true),
  ])
  const own = new Set(ids)
  const others = (some: TimelinePost[]) => some.filter(({ id }) => !own.has(id))
  return { earlier: once(others(earlier)), replies: others(replies), quotedBy: others(quotedBy), before: before.reverse(), after }
}

/**
 * What posts answer, up to `most` steps back, by the id of the post that answers, the first said first; nothing for a
 * post that answers nothing which is here. A chain ends where the reader may not see the next: what lies beyond it
 * would tell that there is something.
 */
export async function earlierThan(reader: Reader, postIds: number[], most: number): Promise<Map<number, TimelinePost[]>> {
  if (postIds.length === 0) return new Map()
  const seen = shown(reader)
  const steps = await prepared<{ answer: string; id: string; step: number }>(
    forReaders(),
    sql`
    with recursive chain as (
      select p.id as answer, parent.id, 1 as step, parent.platform, parent.reply_to
      from posts p join posts parent on parent.platform = p.platform and parent.external_id = p.reply_to ->> 'externalId'
      where ${isAnyId(sql`p.id`, postIds)} and ${seen(sql`parent`)}
      union all
      select c.answer, parent.id, c.step + 1, parent.platform, parent.reply_to
      from chain c join posts parent on parent.platform = c.platform and parent.external_id = c.reply_to ->> 'externalId'
      where c.step < ${most}::int and ${seen(sql`parent`)}
    )
    select answer, id, step from chain order by step desc`,
  )
  const ids = [...new Set(steps.map(({ id }) => Number(id)))]
  const known = new Map((ids.length > 0 ? await toldPosts(reader, 'stream', isAnyId(posts.id, ids)) : []).map((post) => [post.id, post]))
  const chains = Map.groupBy(steps, ({ answer }) => Number(answer))
  return new Map(
    [...chains].map(([answer, chain]) => [
      answer,
      chain.flatMap(({ id }) => {
        const post = known.get(Number(id))
        return post ? [post] : []
      }),
    ]),
  )
}

/** Ids of answers, and of answers to answers. */
function answersTo(postIds: number[]): (reader: Reader) => SQL {
  return (reader) => sql`
    with recursive thread as (
      select p.id, p.platform, p.external_id, 1 as step from posts p where p.id = any(${sql.param(postIds)}::bigint[])
      union
      select r.id, r.platform, r.external_id, t.step + 1 from thread t
      join posts r on r.platform = t.platform and r.reply_to is not null and r.reply_to ->> 'externalId' = t.external_id
      where t.step < 10 and ${shown(reader)(sql`r`)}
    )
    select distinct id from thread limit ${MOST_REPLIES}`
}

function quotesOf(postIds: number[]): (reader: Reader) => SQL {
  return (reader) => sql`
    select q.id from posts p join posts q on q.platform = p.platform and q.quote is not null and q.quote ->> 'externalId' = p.external_id
    where p.id = any(${sql.param(postIds)}::bigint[]) and ${shown(reader)(sql`q`)} order by q.sort_at limit ${MOST_QUOTES}`
}

async function told(reader: Reader, which: (reader: Reader) => SQL): Promise<TimelinePost[]> {
  const found = await forReaders().execute<{ id: string }>(which(reader))
  const ids = found.map(({ id }) => Number(id))
  return ids.length > 0 ? toldPosts(reader, 'stream', isAnyId(posts.id, ids)) : []
}

/** The next entries of the same channel, or of the source that showed it first; nearest first. */
async function around(reader: Reader, { id, sortAt, posts: own }: Entry, upward: boolean): Promise<Entry[]> {
  const [first] = own
  const way = { beyond: { sortAt, id }, upward, limit: AROUND }
  const source = first?.sightings[0]?.sourceId
  if (!first || (!first.conversation && source === undefined)) return []
  const places = first.conversation
    ? await inConversation(reader, first.platform, first.conversation.key, way)
    : await entryPlaces(reader, 'stream', { sources: source === undefined ? [] : [source] }, way)
  return entriesAt(reader, places, AROUND + 10)
}

async function inConversation(
  reader: Reader,
  platform: string,
  key: string,
  { beyond, upward, limit }: { beyond: Place; upward: boolean; limit: number },
): Promise<Place[]> {
  const rows = await forReaders().execute<{ id: string; sort_at: string }>(sql`
    select e.id, e.sort_at from entries e
    where e.platform = ${platform} and e.conversation = ${key} and e.audience = any(${textArray(audiencesFor(reader, 'stream'))})
      and (e.sort_at, e.id) ${upward ? sql`>` : sql`<`} (${beyond.sortAt.toISOString()}::timestamptz, ${beyond.id}::bigint)
    order by ${upward ? sql`e.sort_at, e.id` : sql`e.sort_at desc, e.id desc`} limit ${limit}`)
  return rows.map((row) => ({ id: Number(row.id), sortAt: new Date(row.sort_at) }))
}

/** That the reader may see the post with this alias, and the entry that it stands in. */
function shown(reader: Reader): (alias: SQL) => SQL {
  const audiences = textArray(audiencesFor(reader, 'stream'))
  return (alias) => sql`${alias}.deleted_at is null and not ${alias}.author_hidden and ${alias}.audience = any(${audiences})
    and exists (select 1 from entries e where e.id = ${alias}.entry_id and e.audience = any(${audiences}))`
}

function once(some: TimelinePost[]): TimelinePost[] {
  return [...new Map(some.map((post) => [post.id, post])).values()].toSorted((a, b) => a.sortAt.getTime() - b.sortAt.getTime())
}
