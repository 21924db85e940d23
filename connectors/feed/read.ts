import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Post, Unreadable } from '#db/post'
import type { Batch, Cursor, Run } from '../contract.ts'
import { emptyBatch } from '../empty-batch.ts'
import type { Page } from '../http.ts'
import { readDate } from './dates.ts'
import { decode } from './decode.ts'
import { FEED_REQUEST, takeFetched } from './discover.ts'
import { readDocument } from './document.ts'
import type { Entry } from './entry.ts'
import { arePositions, mend } from './mend.ts'
import { type FeedContext, parse } from './parse.ts'
import type { FeedSettings } from './settings.ts'

const DAY_SECONDS = 86_400
/** What is saved in one transaction. */
const BATCH_POSTS = 500
/** Enough of an item that is not understood for a person to see why. */
const MAX_PAYLOAD = 10_000

/** What the next read wants to know of this one. */
const Memory = z.object({
  /** The address in the settings that the rest is about. */
  asked: z.string(),
  /** Where that moved for good, else the same. */
  url: z.string(),
  /** As the server wrote them. */
  etag: z.string().nullable(),
  lastModified: z.string().nullable(),
  /** Hash of the body as it came. */
  body: z.string().nullable(),
  /** Hashes of the entries that the feed held: what has one of them is known and unchanged. */
  seen: z.array(z.string()),
  /** The horizon of the first read: what is older never enters, so that correcting an old post does not bring it up. */
  since: z.string(),
  /** When it was last read whole. */
  readAt: z.string().nullable(),
  /** Its ids were seen to be positions, once and for all. */
  numbered: z.boolean().default(false),
  /** What the document asked for (RSS ttl); a 304 does not repeat it. */
  everySeconds: z.number().nullable(),
})
type Memory = z.infer<typeof Memory>

/** Reads the feed once, if it has changed. Yields at least one batch, which tells that all is well. */
export async function* read({
  settings,
  cursor,
  http,
  signal,
  backfill,
  now: clock = () => new Date(),
}: Run<FeedSettings>): AsyncGenerator<Batch> {
  const known = memoryOf(cursor, settings)
  // Of a source that was looked up a moment ago the feed is here.
  const fetched = known ? null : takeFetched(settings)
  const page =
    fetched?.page ??
    (await http.get(known?.url ?? settings.url, { ...FEED_REQUEST, signal, etag: known?.etag, lastModified: known?.lastModified }))
  const now = clock()
  const memory: Memory = {
    asked: settings.url,
    url: page.movedTo ?? known?.url ?? settings.url,
    etag: page.headers.get('etag') ?? (page.body ? null : (known?.etag ?? null)),
    lastModified: page.headers.get('last-modified') ?? (page.body ? null : (known?.lastModified ?? null)),
    body: page.body ? hash(page.body) : (known?.body ?? null),
    seen: known?.seen ?? [],
    since: known?.since ?? backfill.since.toISOString(),
    readAt: now.toISOString(),
    everySeconds: known?.everySeconds ?? null,
    numbered: known?.numbered ?? false,
  }
  const whole = known?.readAt ? { from: new Date(known.readAt), to: now } : null
  if (page.body === null || (known !== null && known.body === memory.body)) {
    yield batch(memory, page, { covered: whole })
    return
  }

  const document = fetched?.document ?? readDocument(decode(page.body, page.headers.get('content-type')), page.url)
  const { title, home, icon, language, everySeconds } = document.feed
  const context: FeedContext = {
    url: settings.url,
    class: settings.class ?? null,
    title,
    home,
    icon,
    language,
    fetchedAt: memory.readAt ?? '',
  }
  memory.numbered ||= arePositions(document.entries)
  const entries = mend(document, now, memory.numbered).map((entry) => ({ entry, mark: hash(JSON.stringify(entry)) }))
  const marks = new Set(memory.seen)
  // The feed holds something that it held last time: nothing can have come and gone in between.
  const overlaps = entries.some(({ mark }) => marks.has(mark)) || entries.length + marks.size === 0
  const fresh = entries.filter(({ entry, mark }) => !marks.has(mark) && !isBefore(entry, memory.since))
  const taken = known ? fresh : newest(fresh, backfill.posts)

  // All but the last carry what was known, so that after a crash the feed is read again.
  for (let start = 0; start + BATCH_POSTS < taken.length; start += BATCH_POSTS) {
    const part = taken.slice(start, start + BATCH_POSTS)
    for (const { mark } of part) marks.add(mark)
    const halfway = { ...memory, etag: null, lastModified: null, body: null, seen: [...marks], readAt: known?.readAt ?? null }
    yield batch(halfway, page, parseAll(part, context))
  }
  const last = taken.slice(Math.floor(Math.max(0, taken.length - 1) / BATCH_POSTS) * BATCH_POSTS)
  const final = { ...memory, seen: entries.map(({ mark }) => mark), everySeconds }
  yield batch(final, page, { ...parseAll(last, context), covered: overlaps ? whole : null })
}

function batch(memory: Memory, page: Page, rest: Partial<Batch>): Batch {
  const slowest = Math.max(maxAgeSeconds(page.headers), memory.everySeconds ?? 0)
  return {
    ...emptyBatch(memory),
    ...(slowest > 0 && { everySeconds: Math.min(slowest, DAY_SECONDS) }),
    ...(elsewhere(memory) && { movedTo: memory.url, notice: `This feed moved for good to ${memory.url}, which is read instead` }),
    ...rest,
  }
}

function parseAll(entries: { entry: Entry }[], context: FeedContext): { posts: Post[]; unreadable: Unreadable[] } {
  const posts: Post[] = []
  const unreadable: Unreadable[] = []
  for (const { entry } of entries) {
    try {
      posts.push(parse(entry, context))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      unreadable.push({ reason, payload: JSON.stringify(entry).slice(0, MAX_PAYLOAD) })
    }
  }
  return { posts, unreadable }
}

/** null for a first read, and for a cursor about another address or in a form that is no longer understood. */
function memoryOf(cursor: Cursor | null, { url }: FeedSettings): Memory | null {
  const memory = Memory.safeParse(cursor)
  return memory.success && memory.data.asked === url ? memory.data : null
}

function isBefore({ published, updated }: Entry, since: string): boolean {
  const date = readDate(published ?? updated)
  return date !== null && date.getTime() < Date.parse(since)
}

/** The newest `count`, in the order of the feed; what has no date counts as new. */
function newest<Dated extends { entry: Entry }>(entries: Dated[], count: number): Dated[] {
  const time = ({ entry }: Dated) => readDate(entry.published ?? entry.updated)?.getTime() ?? Number.POSITIVE_INFINITY
  const kept = new Set(entries.toSorted((a, b) => (time(a) === time(b) ? 0 : time(b) - time(a))).slice(0, count))
  return entries.filter((entry) => kept.has(entry))
}

/** How long an answer stays fresh (RFC 9111 §5.2.2.1); 0 where it does not say. */
function maxAgeSeconds(headers: Headers): number {
  const control = headers.get('cache-control') ?? ''
  if (/\bno-(cache|store)\b/i.test(control)) return 0
  return Number(/\bmax-age\s*=\s*"?(\d+)/i.exec(control)?.[1] ?? 0)
}

/** Whether it moved to another place; the same place behind TLS is nobody's news. */
function elsewhere({ asked, url }: Memory): boolean {
  const place = (address: string) => address.replace(/^https?:\/\/(www\.)?/, '').replace(/\/$/, '')
  return place(asked) !== place(url)
}

function hash(of: string | Uint8Array): string {
  return createHash('sha256').update(of).digest('base64url').slice(0, 16)
}
