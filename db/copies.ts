import { hash } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type { Queryable } from './client.ts'
import { type Facts, factsOf } from './facts.ts'
import { linkKey } from './link-key.ts'
import type { Said } from './own-words.ts'
import type { Audience } from './post.ts'
import { namesToFind } from './same-person.ts'
import { sameThing } from './same-thing.ts'

/** How far back a post may be of which another is a copy, and how far ahead: sources are read at different times. */
const REACH_MS = 14 * 86_400_000
/** Posts that share a key and are looked at, the newest: what everybody says is nobody's copy. */
const MOST_CANDIDATES = 40

/** A post on its way into the database, as far as copies of it are looked for. */
export type MayBeCopy = Said & { audience: Audience; conversation: unknown; copyKeys: string[] | null }

type Placed = { facts: Facts; entryId: number; audience: Audience }

/**
 * Keys under which copies of a post are looked up, hashes of eleven characters: the pages that it is, is about and
 * copies, and what it says. Two posts without a key in common are never the same thing. null for what is said in
 * conversation, which stands in its conversation. Pure.
 */
export function copyKeysOf(post: Omit<MayBeCopy, 'copyKeys'>): string[] | null {
  if (post.conversation !== null) return null
  const { self, about, title, body } = factsOf(post)
  const pages = [self, about, post.copyOf && linkKey(post.copyOf)].filter((page) => page !== null)
  // What stands below a title here is all that is said where there are no titles.
  const told = [[...title, ...body], title.length > 0 ? body : []]
    .filter((words) => words.length >= SHINGLES)
    .flatMap((words) => [`first ${words.slice(0, SHINGLES).join(' ')}`, `least ${leastShingle(words)}`])
  // The same words are the same thing from one person only, so that their name is part of the key.
  const toldBy = namesToFind(post).flatMap((name) => told.map((run) => `${run} by ${name}`))
  return [...new Set([...pages.map((page) => `page ${page}`), ...toldBy].map(hashed))]
}

/**
 * Finds the entries that hold what these posts say, too. `entryOf` answers for one post after the other, in the order in
 * which they are placed, and must be told with `placed` where each went, so that copies within one batch find each
 * other. Copies stand together only before the same audience, and an entry takes one post of an account. `savedMeanwhile`
 * tells whether others saved copies since, other than the posts with the ids `own`; `entryOf` goes by these alone from then on.
 */
export async function copiesOf(tx: Queryable, posts: MayBeCopy[]) {
  const keys = new Set(posts.flatMap(({ copyKeys }) => copyKeys ?? []))
  const known = new Map<string, Placed[]>()
  const speakers = new Map<number, Set<string>>()
  const remember = (keysOfIt: string[], placed: Placed) => {
    for (const key of keysOfIt) {
      const placedThere = known.get(key) ?? []
      if (placedThere.length >= MOST_CANDIDATES) placedThere.shift()
      placedThere.push(placed)
      known.set(key, placedThere)
    }
    speakers.set(placed.entryId, (speakers.get(placed.entryId) ?? new Set()).add(speakerOf(placed.facts.said)))
  }
  const rememberNear = async (postIds: number[]) => {
    for (const row of await postsBeside(tx, postIds)) {
      remember(
        row.copyKeys.filter((key) => keys.has(key)),
        { facts: factsOf(row), entryId: row.entryId, audience: row.audience },
      )
    }
  }
  const entryTakes = (entryId: number, post: MayBeCopy) => !speakers.get(entryId)?.has(speakerOf(post))
  const near = await nearest(tx, posts, [...keys], [])
  await rememberNear(near)
  return {
    /** Whether the account has not spoken there yet. */
    entryTakes,
    entryOf(post: MayBeCopy): number | null {
      const candidates = new Set((post.copyKeys ?? []).flatMap((key) => known.get(key) ?? []))
      for (const candidate of candidates) {
        if (candidate.audience !== post.audience || !entryTakes(candidate.entryId, post)) continue
        if (sameThing(factsOf(post), candidate.facts)) return candidate.entryId
      }
      return null
    },
    placed(post: MayBeCopy, entryId: number): void {
      if (post.copyKeys) remember(post.copyKeys, { facts: factsOf(post), entryId, audience: post.audience })
    },
    async savedMeanwhile(own: number[]): Promise<boolean> {
      const since = await nearest(tx, posts, [...keys], [...near, ...own])
      known.clear()
      await rememberNear(since)
      return since.length > 0
    },
  }
}

export type Copies = Awaited<ReturnType<typeof copiesOf>>

/** An account, as an entry takes one post of each. */
export function speakerOf({ platform, author }: Pick<MayBeCopy, 'platform' | 'author'>): string {
  return `${platform} ${author.id}`
}

/** Ids of the posts near these in time that share one of these keys with them, of each key the newest; without those that are named. */
async function nearest(tx: Queryable, posts: MayBeCopy[], keys: string[], without: number[]): Promise<number[]> {
  const times = posts.filter(({ copyKeys }) => copyKeys !== null).map(({ sortAt }) => sortAt.getTime())
  if (keys.length === 0) return []
  const from = new Date(Math.min(...times) - REACH_MS).toISOString()
  const to = new Date(Math.max(...times) + REACH_MS).toISOString()
  const others = without.length > 0 ? sql`and k.post_id <> all(${sql.param(without)}::bigint[])` : sql``
  const rows = await tx.execute<{ id: string }>(sql`
    select distinct found.post_id as id from unnest(${sql.param(keys)}::text[]) as asked(key)
    cross join lateral (
      select k.post_id from copy_keys k
      where k.key = asked.key and k.sort_at between ${from}::timestamptz and ${to}::timestamptz ${others}
      order by k.sort_at desc limit ${MOST_CANDIDATES}) found`)
  return rows.map(({ id }) => Number(id))
}

type Row = MayBeCopy & { copyKeys: string[]; entryId: number }

/** What is compared of these posts and of whoever else stands in their entries, oldest first; each looked up by itself, as in `lanesOfEntries`. */
async function postsBeside(tx: Queryable, postIds: number[]): Promise<Row[]> {
  if (postIds.length === 0) return []
  const rows = await tx.execute<Omit<Row, 'sortAt' | 'entryId'> & { sortAt: string; entryId: string }>(sql`
    with near as (
      select distinct p.entry_id from unnest(${sql.param(postIds)}::bigint[]) as wanted(id)
      join posts p on p.id = wanted.id
      where p.deleted_at is null and not p.author_hidden)
    select p.entry_id as "entryId", p.platform, p.external_id as "externalId", p.url, p.author, p.place, p.title, p.html, p.card,
      p.media, p.poll, p.quote, p.reply_to as "replyTo", p.copy_of as "copyOf", p.sort_at as "sortAt", p.audience,
      p.conversation, p.copy_keys as "copyKeys"
    from near cross join lateral (select * from posts where entry_id = near.entry_id offset 0) p
    where p.deleted_at is null and not p.author_hidden and p.copy_keys is not null
    order by p.sort_at, p.id`)
  return rows.map((row) => ({ ...row, sortAt: new Date(row.sortAt), entryId: Number(row.entryId) }))
}

/** Words that begin a text, and words that stand together anywhere in it, by which near copies are found. */
const SHINGLES = 6

/** Of all runs of three words the one with the least hash: two texts that are alike mostly have the same. */
function leastShingle(words: string[]): string {
  let least = ''
  let leastHash = Number.POSITIVE_INFINITY
  for (let start = 0; start + 3 <= Math.min(words.length, 100); start++) {
    const run = `${words[start]} ${words[start + 1]} ${words[start + 2]}`
    const spreads = spread(run)
    if (spreads < leastHash) [least, leastHash] = [run, spreads]
  }
  return least
}

/** FNV-1a, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/): it has to be quick, not strong. */
function spread(text: string): number {
  let state = 0x811c9dc5
  for (let index = 0; index < text.length; index++) state = Math.imul(state ^ text.charCodeAt(index), 0x01000193)
  return state >>> 0
}

function hashed(key: string): string {
  return hash('sha1', key, 'base64url').slice(0, 11)
}
