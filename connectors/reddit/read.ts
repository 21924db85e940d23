import { z } from 'zod'
import type { Batch, Cursor, Run } from '../contract.ts'
import { nowOf } from '../now-of.ts'
import { absences } from './absences.ts'
import { readFeed } from './atom.ts'
import { type Item, type Listing, readNew } from './listing.ts'
import { parse } from './parse.ts'
import { nameOf, type Settings, type WayIn, wayIn } from './settings.ts'

/** Feeds are under a watch of their own at Reddit: more than two an hour are met with 429. */
const FEED_SECONDS = 1800
/** What is saved in one transaction. */
const BATCH_ITEMS = 100
/** As many as a page of a listing holds. */
const REMEMBERED = 100
/** Enough of an item that is not understood for a person to see why. */
const MAX_PAYLOAD = 10_000

/** What the next read wants to know of this one; the same for every way in, so that a better one takes over where it was. */
const Memory = z.object({
  subreddit: z.string(),
  /** The horizon of the first read: what is older never enters. */
  since: z.string(),
  readAt: z.string(),
  /** Fullnames and times (seconds since 1970) of what the last listing held, newest first. */
  seen: z.array(z.tuple([z.string(), z.number()])),
  /** Those of them that the last listing should have held, and did not. */
  missing: z.array(z.string()),
})
export type Memory = z.infer<typeof Memory>

/** Reads the newest posts, once. What was edited meanwhile is among them; so are posts that a moderator let in late. */
export async function* read(run: Run<Settings>): AsyncGenerator<Batch> {
  const { settings, backfill } = run
  const way = wayIn(settings)
  const memory = memoryOf(run.cursor, settings)
  const known = new Set(memory?.seen.map(([id]) => id))
  const askedAt = nowOf(run)
  const listing = way === 'app' ? await readNew(run, known) : await readFeed(run)

  const since = memory ? new Date(memory.since) : backfill.since
  const recent = listing.items.filter(({ at }) => !at || at >= since)
  const taken = memory ? recent : recent.slice(0, backfill.posts)
  const isCut = taken.length < recent.length
  const horizon = isCut ? oldest(taken, askedAt) : since
  const { gone, missing, seen } = absences(listing, memory, way === 'app' ? 'say-nothing' : 'count')
  const next: Memory = { subreddit: keyOf(settings), since: horizon.toISOString(), readAt: askedAt.toISOString(), seen, missing }

  // Oldest first; all but the last carry what was known, so that after a crash the whole is read again.
  const shared = { authors: [], notice: NOTICES[way](settings), ...(way !== 'app' && { everySeconds: FEED_SECONDS }) }
  const left = taken.toReversed()
  for (; left.length > BATCH_ITEMS; )
    yield { ...shared, ...readItems(left.splice(0, BATCH_ITEMS), settings, known), covered: null, cursor: run.cursor }
  const last = readItems(left, settings, known)
  yield {
    ...shared,
    ...last,
    deleted: [...last.deleted, ...gone],
    covered: coveredBy(listing, memory, { horizon, askedAt }),
    cursor: { ...next, seen: next.seen.slice(0, REMEMBERED + missing.length) },
  }
}

/** How the owner is told which way in is used, and what it lacks. */
const NOTICES: Record<WayIn, (settings: Settings) => string> = {
  app: ({ username }) => `Read through Reddit's API by an app of u/${username}`,
  'feed-token': ({ feedUser }) =>
    `Read by the personal feed of u/${feedUser}: no comment counts, removals seen late; see README for a better way`,
  anonymous: () => 'Read anonymously by Atom: no comment counts, removals seen late; see README for better ways',
}

function readItems(items: Item[], settings: Settings, known: ReadonlySet<string>): Pick<Batch, 'posts' | 'deleted' | 'unreadable'> {
  const read: Pick<Batch, 'posts' | 'deleted' | 'unreadable'> = { posts: [], deleted: [], unreadable: [] }
  for (const { id, standing, native } of items) {
    // What waits for a moderator may be let in, and so is buried only if it was shown before.
    if (standing !== 'there') {
      if (id && (standing === 'gone' || known.has(id))) read.deleted.push(id)
      continue
    }
    try {
      read.posts.push(parse(native, { subreddit: settings.subreddit ?? '' }))
    } catch (error) {
      if (id && known.has(id)) continue
      const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error)
      read.unreadable.push({ payload: JSON.stringify(native).slice(0, MAX_PAYLOAD), reason })
    }
  }
  return read
}

/** From the last read on, if the listing reached what was known then; else from as far back as it went. */
function coveredBy(
  { items, isWhole }: Listing,
  memory: Memory | null,
  { horizon, askedAt }: { horizon: Date; askedAt: Date },
): Batch['covered'] {
  if (!memory) return { from: isWhole ? horizon : later(horizon, oldest(items, askedAt)), to: askedAt }
  const known = new Set(memory.seen.map(([id]) => id))
  const reachesKnown = isWhole || items.some(({ id }) => id && known.has(id))
  // A subreddit that showed posts and shows none now proves nothing.
  if (items.length === 0 && known.size > 0) return null
  const lastRead = new Date(memory.readAt)
  return { from: reachesKnown ? lastRead : later(lastRead, oldest(items, askedAt)), to: askedAt }
}

function oldest(items: Item[], otherwise: Date): Date {
  const times = items.flatMap(({ at }) => (at ? [at.getTime()] : []))
  return new Date(Math.min(otherwise.getTime(), ...times))
}

function later(one: Date, other: Date): Date {
  return one > other ? one : other
}

/** What a cursor is about; of a subreddit its bare name, as cursors have it that were written before there was anything else. */
function keyOf(settings: Settings): string {
  return settings.subreddit ?? nameOf(settings)
}

/** null for a first read, and for a cursor about another subreddit or in a form that is no longer understood. */
function memoryOf(cursor: Cursor | null, settings: Settings): Memory | null {
  const memory = Memory.safeParse(cursor)
  return memory.success && memory.data.subreddit === keyOf(settings) ? memory.data : null
}
