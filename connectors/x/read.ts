import { z } from 'zod'
import type { AuthorEvent, Unreadable } from '#db/post'
import type { Batch, Cursor, Run } from '../contract.ts'
import { nowOf } from '../now-of.ts'
import { ConnectorError } from '../trouble.ts'
import { type Native, timeOfId } from './answers.ts'
import { postOf } from './post.ts'
import type { Settings } from './settings.ts'
import { askingsOf, type Found, readDown, SEARCH_MS } from './timeline.ts'

const DAY_MS = 86_400_000
const BATCH_ITEMS = 100
/** Enough of an item that is not understood for a person to see why. */
const MAX_PAYLOAD = 10_000

/** What the next read wants to know of this one. */
const Memory = z.object({
  of: z.string(),
  readAt: z.string(),
  /** The newest id of each way, by its key: what is asked for is newer. */
  sinceIds: z.record(z.string(), z.string()),
  /** Accounts that protect their posts now. */
  hidden: z.array(z.string()),
  paid: z.object({ day: z.string(), ids: z.array(z.string()) }),
})
type Memory = z.infer<typeof Memory>

/** Reads what is new, once, as far as today's budget goes. */
export async function* read(run: Run<Settings>): AsyncGenerator<Batch> {
  const { settings, backfill, purse } = run
  if (!purse) throw new ConnectorError('refused', 'X is paid for by the post: nothing is read without a budget')
  const now = nowOf(run)
  const day = now.toISOString().slice(0, 10)
  const memory = memoryOf(run.cursor, settings)
  const paid = new Set(memory?.paid.day === day ? memory.paid.ids : [])
  const sinceIds = { ...memory?.sinceIds }
  const sinceIdOf = (key: string) => {
    const id = sinceIds[key] ?? null
    return key === 'search' && id && timeOfId(id) < now.getTime() - SEARCH_MS ? null : id
  }
  const found: Found = { natives: [], errors: [], isWhole: true }
  const hidden = new Set(memory?.hidden)
  const authors: AuthorEvent[] = []
  for (const [key, asking] of await askingsOf(run, sinceIdOf)) {
    const sinceId = sinceIdOf(key)
    const most = sinceId ? Number.POSITIVE_INFINITY : backfill.posts
    const some = await readDown(asking, { since: backfill.since, most, sinceId }, purse, paid)
    found.natives.push(...some.natives)
    found.isWhole &&= some.isWhole
    authors.push(...protection(key, some, hidden))
    const newest = newestOf(some.natives)
    if (newest) sinceIds[key] = newest
  }
  if (!found.isWhole && found.natives.length === 0) throw usedUp(settings, now)

  const next: Memory = {
    of: keyOf(settings),
    readAt: now.toISOString(),
    sinceIds,
    hidden: [...hidden],
    paid: { day, ids: [...paid] },
  }
  const shared = {
    deleted: [],
    covered: null,
    ...(!found.isWhole && { everySeconds: secondsOfDay(now), notice: usedUp(settings, now).message }),
  }
  // Oldest first; all but the last carry what was known, so that after a crash the whole is read again.
  const left = found.natives.toSorted((one, other) => Date.parse(one.tweet.created_at) - Date.parse(other.tweet.created_at))
  for (; left.length > BATCH_ITEMS; ) yield { ...shared, ...readItems(left.splice(0, BATCH_ITEMS)), authors: [], cursor: run.cursor }
  const from = memory ? new Date(memory.readAt) : backfill.since
  const oldest = found.natives.map(({ tweet }) => Date.parse(tweet.created_at))
  yield {
    ...shared,
    ...readItems(left),
    authors,
    covered: { from: found.isWhole ? from : new Date(Math.max(from.getTime(), Math.min(...oldest))), to: now },
    cursor: next,
  }
}

function readItems(natives: Native[]): Pick<Batch, 'posts' | 'unreadable'> {
  const posts: Batch['posts'] = []
  const unreadable: Unreadable[] = []
  for (const native of natives) {
    if (isNotForUs(native)) continue
    try {
      posts.push(postOf(native))
    } catch (error) {
      const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error)
      unreadable.push({ payload: JSON.stringify(native).slice(0, MAX_PAYLOAD), reason })
    }
  }
  return { posts, unreadable }
}

/** Of somebody who protects their posts, or passed on of what is gone: that is no mistake of anybody's. */
function isNotForUs({ tweet, includes: { users, tweets } }: Native): boolean {
  const passedOn = tweet.referenced_tweets.find(({ type }) => type === 'retweeted')?.id
  const original = tweets.find(({ id }) => id === passedOn)
  const said = passedOn ? [tweet, original] : [tweet]
  return said.some((one) => !one || users.some((user) => user.id === one.author_id && user.protected))
}

/** An account that is followed by its id, and that shows its posts to those only whom it lets in, or to all again. */
function protection(key: string, { errors, isWhole }: Found, hidden: Set<string>): AuthorEvent[] {
  if (!/^\d+$/.test(key)) return []
  const isHidden = errors.some(({ type, resource_id, value }) => /not-authorized/.test(type) && (resource_id ?? value) === key)
  if (isHidden === hidden.has(key) || (!isHidden && !isWhole)) return []
  if (isHidden) hidden.add(key)
  else hidden.delete(key)
  return [{ authorId: key, change: isHidden ? 'hidden' : 'shown' }]
}

function newestOf(natives: Native[]): string | null {
  return natives.reduce<string | null>((newest, { tweet: { id } }) => (newest && BigInt(newest) >= BigInt(id) ? newest : id), null)
}

export function usedUp({ readsPerDay }: Pick<Settings, 'readsPerDay'>, now: Date): ConnectorError {
  const message = `Today’s ${readsPerDay} paid reads are used up: it is read again after midnight UTC (readsPerDay in the source)`
  return new ConnectorError('rate-limited', message, { retryAfterSeconds: secondsOfDay(now) })
}

/** To the end of the day by which X counts; a minute more, for clocks. */
export function secondsOfDay(now: Date): number {
  return Math.ceil((DAY_MS - (now.getTime() % DAY_MS)) / 1000) + 60
}

function keyOf({ list, users = [], search }: Settings): string {
  return list ? `list ${list}` : search ? `search ${search}` : `users ${users.join(' ')}`
}

/** null for a first read, and for a cursor about something else or in a form that is no longer understood. */
function memoryOf(cursor: Cursor | null, settings: Settings): Memory | null {
  const memory = Memory.safeParse(cursor)
  return memory.success && memory.data.of === keyOf(settings) ? memory.data : null
}
