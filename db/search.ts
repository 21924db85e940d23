import { type SQL, sql } from 'drizzle-orm'
import { audiencesFor, type Reader } from './audience.ts'
import type { Queryable } from './client.ts'
import { isAnyId } from './insert-rows.ts'
import { audiences } from './post.ts'
import { BLOCK_DAYS, DAY_MS, facts, type Have, quoted, stemLexeme } from './post-words.ts'
import { forReaders } from './replicas.ts'
import { posts } from './schema.ts'
import type { Place, TimelinePost } from './timeline.ts'
import { toldPosts } from './told-posts.ts'
import { wordsIn } from './words.ts'

/** One thing that a post is asked for. Several words of a text stand in a row; `exact` ones are as written, else in any form. */
export type Wanted =
  | { kind: 'words'; text: string; exact: boolean; prefix: boolean }
  | { kind: 'tag'; tag: string }
  | { kind: 'from'; name: string }
  | { kind: 'platform'; platform: string }
  | { kind: 'source'; sourceIds: number[] }
  | { kind: 'has'; what: Have }
  | { kind: 'language'; language: string }
export type Term = Wanted & { not: boolean }

/** A question to the archive: of each group one term holds, and the post was said from `from` on and before `until`. */
export type Search = { all: Term[][]; from: Date | null; until: Date | null }

export type Hits = {
  /** Newest first. */
  posts: TimelinePost[]
  /** As the timeline has them: ask `after` or `before` this place for more. */
  newer: Place | null
  older: Place | null
}

/** The search took longer than anybody waits: a row of very common words, say. */
export class TooBroadError extends Error {}

const PAGE = 50
/** What a search may take, milliseconds; a person has given up by then. */
const PATIENCE_MS = 5_000
/** How far back it is looked, in days, before looking at all that is left. */
const RECENT_DAYS = 2
const NEAR_DAYS = 16
const FAR_BLOCKS = 16

/**
 * The posts that a search finds, newest first, for who reads here and nowhere else: audience `index`. Pages neither overlap nor
 * leave gaps. Throws TooBroadError when it takes too long.
 */
export async function searchPosts(
  reader: Reader,
  search: Search,
  { before = null, after = null, limit = PAGE }: { before?: Place | null; after?: Place | null; limit?: number } = {},
): Promise<Hits> {
  const upward = after !== null && before === null
  const found = await findPlaces(reader, search, before ?? after, upward, limit + 1)
  const more = found.length > limit
  const page = found.slice(0, limit)
  if (upward) page.reverse()
  const [first, last] = [page.at(0) ?? null, page.at(-1) ?? null]
  return {
    posts: await postsAt(reader, page),
    newer: upward ? (more ? first : null) : before ? (first ?? before) : null,
    older: upward ? (last ?? after) : more ? last : null,
  }
}

/** How many posts a search finds, counted up to `most`. Throws TooBroadError. */
export async function countHits(reader: Reader, search: Search, most: number): Promise<number> {
  const query = tsqueryOf(reader, search)
  if (query === null) return 0
  return patiently(async (tx) => {
    let count = 0
    for (const stretch of stretchesFrom(startOf(search, null, false), false)) {
      const hits = hitsWithin(query, stretch, search, null)
      const [row] = await tx.execute<{ count: number }>(sql`select count(*)::int as count from (${hits} limit ${most - count}) as hits`)
      count += row?.count ?? 0
      if (count >= most || isOver(stretch, search, false)) break
    }
    return count
  })
}

async function postsAt(reader: Reader, places: Place[]): Promise<TimelinePost[]> {
  if (places.length === 0) return []
  const ids = places.map(({ id }) => id)
  const byId = new Map((await toldPosts(reader, 'index', isAnyId(posts.id, ids))).map((post) => [post.id, post]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

/**
 * The places of the next hits in one direction. An index of words knows no order, and sorting all that say “slurm” takes
 * half a second; so a stretch of days is asked after the other, each many times longer, until there are enough: a common
 * word is met at once in a short one, and of a rare one all hits are few.
 */
async function findPlaces(reader: Reader, search: Search, beyond: Place | null, upward: boolean, limit: number): Promise<Place[]> {
  const query = tsqueryOf(reader, search)
  if (query === null) return []
  const order = upward ? sql`order by sort_at, post_id` : sql`order by sort_at desc, post_id desc`
  return patiently(async (tx) => {
    const places: Place[] = []
    for (const stretch of stretchesFrom(startOf(search, beyond, upward), upward)) {
      const hits = hitsWithin(query, stretch, search, beyond && { place: beyond, upward })
      const rows = await tx.execute<{ id: string; sort_at: string }>(sql`${hits} ${order} limit ${limit - places.length}`)
      places.push(...rows.map((row) => ({ id: Number(row.id), sortAt: new Date(row.sort_at) })))
      if (places.length >= limit || isOver(stretch, search, upward)) break
    }
    return places
  })
}

/** Whatever the planner believes of words that it has no statistics of: nothing but the index of words is read, by one process. */
export const ONLY_BY_WORDS = {
  ...{ enable_seqscan: 'off', enable_indexscan: 'off', enable_indexonlyscan: 'off', max_parallel_workers_per_gather: '0', jit: 'off' },
  // The list of a common word's posts, without which whole pages are read for one.
  work_mem: '32MB',
  statement_timeout: `${PATIENCE_MS}ms`,
}

async function patiently<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
  try {
    return await forReaders().transaction(async (tx) => {
      await tx.execute(sql`select set_config(key, value, true) from json_each_text(${JSON.stringify(ONLY_BY_WORDS)}::json)`)
      return work(tx)
    })
  } catch (error) {
    if (wasCancelled(error)) throw new TooBroadError('The search took too long')
    throw error
  }
}

/**
 * The hits of one stretch of days, beyond a place where one is given. The words and the days are two conditions: so the
 * index leaps over what lies outside of the days, and, were they one, would hold every post of a word against each of them.
 */
export function hitsWithin(query: string, stretch: Stretch, search: Search, beyond: { place: Place; upward: boolean } | null): SQL {
  const { from, to, lexemes } = stretch
  const within = [
    lexemes && sql`words @@ ${lexemes.map(quoted).join(' | ')}::tsquery`,
    from !== null && sql`sort_at >= ${new Date(from * DAY_MS).toISOString()}::timestamptz`,
    to !== null && sql`sort_at < ${new Date(to * DAY_MS).toISOString()}::timestamptz`,
    search.from && sql`sort_at >= ${search.from.toISOString()}::timestamptz`,
    search.until && sql`sort_at < ${search.until.toISOString()}::timestamptz`,
    beyond &&
      sql`(sort_at, post_id) ${beyond.upward ? sql`>` : sql`<`} (${beyond.place.sortAt.toISOString()}::timestamptz, ${beyond.place.id}::bigint)`,
  ].filter((condition) => condition !== null && condition !== false)
  return sql`select post_id as id, sort_at from indexed_posts where ${sql.join([sql`words @@ ${query}::tsquery`, ...within], sql` and `)}`
}

/** Whole days since 1970, `to` not included; null: without end. `lexemes` of the index say the same, where they are few. */
export type Stretch = { from: number | null; to: number | null; lexemes: string[] | null }

/** The stretches to ask, each beside the one before it, from a day on; the last has no end. */
export function stretchesFrom(day: number, upward: boolean): Stretch[] {
  const sign = upward ? 1 : -1
  // Boundaries between days, the nearest first; the far ones stand between blocks.
  const block = Math.floor((day + sign * NEAR_DAYS) / BLOCK_DAYS)
  const [start, recent] = upward ? [day, day + RECENT_DAYS] : [day + 1, day + 1 - RECENT_DAYS]
  const near = (upward ? block + 1 : block) * BLOCK_DAYS
  const far = near + sign * FAR_BLOCKS * BLOCK_DAYS
  return [
    between(start, recent, 1, facts.day),
    between(recent, near, BLOCK_DAYS, facts.block),
    between(near, far, BLOCK_DAYS, facts.block),
    upward ? { from: far, to: null, lexemes: null } : { from: null, to: far, lexemes: null },
  ]
}

/** The days between two, and the lexemes of the stretches of `each` days that they lie in. */
function between(one: number, other: number, each: number, lexemeOf: (nth: number) => string): Stretch {
  const [from, to] = [Math.min(one, other), Math.max(one, other)]
  const first = Math.floor(from / each)
  const lexemes = Array.from({ length: Math.ceil(to / each) - first }, (_, index) => lexemeOf(first + index))
  return { from, to, lexemes }
}

/** The day at which to begin to look. */
function startOf({ from, until }: Search, beyond: Place | null, upward: boolean): number {
  const times = upward ? [beyond?.sortAt ?? new Date(0), from] : [beyond?.sortAt ?? new Date(), until, new Date()]
  const known = times.filter((time) => time !== null).map((time) => time.getTime())
  return Math.floor((upward ? Math.max(...known) : Math.min(...known)) / DAY_MS)
}

/** Whether nothing beyond this stretch can be asked for. */
function isOver({ from, to }: Stretch, search: Search, upward: boolean): boolean {
  if (upward) return to !== null && to * DAY_MS > (search.until?.getTime() ?? Date.now())
  return search.from !== null && from !== null && from * DAY_MS <= search.from.getTime()
}

/** The search as Postgres asks an index of words; null when nothing can be found. */
function tsqueryOf(reader: Reader, search: Search): string | null {
  const readable = audiencesFor(reader, 'index')
  const groups = search.all.map((terms) => terms.map(tsqueryOfTerm).filter((term) => term !== null))
  if (groups.some((terms) => terms.length === 0)) return null
  const all = groups.map((terms) => `(${terms.join(' | ')})`)
  const open = audiences.every((audience) => audience === 'withheld' || readable.includes(audience))
  if (!open) all.push(`(${readable.map((audience) => quoted(facts.audience(audience))).join(' | ')})`)
  // Every post is of some platform: a search for nothing but a time finds all.
  return all.length > 0 ? all.join(' & ') : `':platform:':*`
}

function tsqueryOfTerm(term: Term): string | null {
  const wanted = tsqueryOfWanted(term)
  if (term.not) return wanted === null ? `':platform:':*` : `!${wanted}`
  return wanted
}

function tsqueryOfWanted(wanted: Wanted): string | null {
  switch (wanted.kind) {
    case 'words':
      return tsqueryOfWords(wanted)
    case 'tag':
      return quoted(facts.tag(wanted.tag))
    case 'from':
      return joined(
        wordsIn(wanted.name).map(({ word }) => quoted(facts.from(word))),
        ' & ',
      )
    case 'platform':
      return quoted(facts.platform(wanted.platform))
    case 'source':
      return joined(
        wanted.sourceIds.map((id) => quoted(facts.source(id))),
        ' | ',
      )
    case 'has':
      return quoted(facts.has(wanted.what))
    case 'language':
      return quoted(facts.language(wanted.language))
    default:
      return wanted satisfies never
  }
}

/** One word is found in every form, unless it is to be exact; several stand in a row as they are. */
function tsqueryOfWords({ text, exact, prefix }: Extract<Wanted, { kind: 'words' }>): string | null {
  const words = wordsIn(text)
  const last = words.at(-1)
  if (!last) return null
  if (words.length > 1 || prefix || exact) {
    return joined(
      words.map((word) => `${quoted(word.word)}${prefix && word === last ? ':*' : ''}`),
      ' <-> ',
    )
  }
  const stem = last.stem ?? last.word
  return `(${quoted(stem)} | ${quoted(stemLexeme(stem))})`
}

function joined(terms: string[], by: string): string | null {
  return terms.length > 0 ? `(${terms.join(by)})` : null
}

/** Postgres' word for a statement that ran out of its time (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
function wasCancelled(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  return typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === '57014'
}
