import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Post, Unreadable } from '#db/post'
import type { Cursor } from '../contract.ts'
import { parse } from './parse.ts'

/** Enough to know again a page that was seen before, and the one after it. */
const MOST_KNOWN = 150
const PAYLOAD_CHARACTERS = 20_000

const Place = z.object({
  /** What was seen last, newest first: the key of an item, and a short hash of what was made of it. */
  known: z.array(z.tuple([z.string(), z.string()])).catch([]),
  /** Up to here everything was read; null before the first read. */
  readTo: z.coerce.date().nullable().catch(null),
  /** Where Jetstream stands, in microseconds since 1970. */
  timeUs: z.number().nullable().catch(null),
  /** Accounts that were found hidden, to be looked at again. */
  hidden: z.array(z.string()).catch([]),
})

/** Where a source stands: the shape of its cursor. */
export type Place = z.infer<typeof Place>

export function placeOf(cursor: Cursor | null): Place {
  return Place.parse({ readTo: null, ...cursor })
}

export function cursorOf(place: Place): Cursor {
  return { ...place, readTo: place.readTo?.toISOString() ?? null, known: place.known.slice(0, MOST_KNOWN) }
}

/** An item that was read. `key` is the uri of the post, or of the repost; `post` is null for what is no post. */
export type Seen = { key: string; hash: string; post: Post | null }
export type Taken = { seen: Seen[]; unreadable: Unreadable[] }

/** Makes posts of items. What is no post is kept aside, and told once, not at every poll. */
export function take(natives: unknown[], place: Place): Taken {
  const known = new Map(place.known)
  const taken: Taken = { seen: [], unreadable: [] }
  for (const native of natives) {
    try {
      const post = parse(native)
      taken.seen.push({ key: post.share?.externalId ?? post.externalId, hash: hashOf(post), post })
    } catch (error) {
      const hash = hashOf(native)
      taken.seen.push({ key: hash, hash, post: null })
      const payload = JSON.stringify(native).slice(0, PAYLOAD_CHARACTERS)
      if (!known.has(hash)) taken.unreadable.push({ payload, reason: error instanceof Error ? error.message : String(error) })
    }
  }
  return taken
}

/** Posts that are new, or that changed. One that is to be hidden is passed on only where it was shown before. */
export function newsIn(seen: Seen[], place: Place): Post[] {
  const known = new Map(place.known)
  return seen.flatMap(({ key, hash, post }) => {
    if (!post || known.get(key) === hash) return []
    return post.audience === 'withheld' && !known.has(key) ? [] : [post]
  })
}

/** What is known after `seen`, the newest, was read. */
export function knownAfter(seen: Seen[], known: Place['known']): Place['known'] {
  return [
    ...new Map([
      ...seen.map(({ key, hash }): [string, string] => [key, hash]),
      ...known.filter(([key]) => !seen.some((item) => item.key === key)),
    ]),
  ]
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 8)
}
