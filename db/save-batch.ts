import { and, eq, sql } from 'drizzle-orm'
import { againIfDeadlocked } from './again.ts'
import { announceSaved } from './announce.ts'
import { isOpen } from './audience.ts'
import { followWishes } from './author-audiences.ts'
import { applyAuthorEvents, statesOfAuthors } from './author-states.ts'
import { db, type Queryable } from './client.ts'
import { tombstones } from './consent-schema.ts'
import { foldMeanwhile } from './fold-meanwhile.ts'
import { chunks, isAnyOf } from './insert-rows.ts'
import type { AuthorEvent, Post, Unreadable } from './post.ts'
import { removePosts } from './remove-posts.ts'
import { settleEntries } from './settle-entries.ts'
import { noteRun, type RunNote } from './source-runs.ts'
import type { SourceRow } from './sources.ts'
import { sources, unreadableItems } from './sources-schema.ts'
import { type Admitted, knownPosts, type StoredPost, storePosts, type Telling, updatePost } from './store-posts.ts'
import { withWebAddresses } from './web-addresses.ts'
import { withoutTheWithheld } from './withholdings.ts'

export type BatchToSave = {
  admitted: Admitted[]
  deleted: string[]
  authors: AuthorEvent[]
  covered: { from: Date; to: Date } | null
  unreadable: Unreadable[]
  cursor: { [key: string]: unknown } | null
}

export type Saved = { added: number; changed: number; removed: number }

/** Somebody else holds the source by now: this run is a late sleeper, and nothing of it was written. */
export class FencedError extends Error {}

/** Unreadable items kept for a look, a source. */
const UNREADABLE_KEPT = 50

/**
 * Saves one batch of a source, its cursor and what it proves, in one transaction: a crash repeats, never skips.
 * Idempotent. Throws FencedError when `holder` no longer holds the source.
 */
export async function saveBatch(source: SourceRow, holder: string, batch: BatchToSave, now: Date): Promise<Saved> {
  return againIfDeadlocked(() =>
    db().transaction(async (tx) => {
      await passFence(tx, source, holder, batch)
      const tellings = await withoutTheGone(tx, source.platform, batch.admitted)
      const { added, changed, newlySeen, stored, together } = await storePosts(tx, source, tellings, now)
      await followWishes(tx, source.platform, toldIn(tellings))
      const removed =
        (await removePosts(tx, source.platform, batch.deleted, now)) + (await applyAuthorEvents(tx, source.platform, batch.authors, now))
      await keepUnreadable(tx, source, batch.unreadable, now)
      const newest = newestShown(source, tellings, now)
      if (newlySeen > 0 || newest)
        await tx
          .update(sources)
          .set({
            postsSeen: sql`${sources.postsSeen} + ${newlySeen}`,
            ...(newest && { lastPostAt: sql`greatest(${sources.lastPostAt}, ${newest.toISOString()}::timestamptz)` }),
          })
          .where(eq(sources.id, source.id))
      if (tellings.size > 0) await noteRun(tx, source.id, { told: tellings.size, added, ...whatShows(source, stored, now) }, now)
      if (added + changed > 0) await announceSaved(tx, now)
      await foldMeanwhile(tx, together)
      return { added, changed, removed }
    }),
  )
}

/**
 * Saves what a re-check of posts that are here found out: their present state, and which are gone. It passes no fence, so
 * that it takes the source from nobody who follows it live: it moves no cursor and inserts nothing, what is gone stays
 * gone whoever says so, and a text that a read brought a moment before is told again by the next one. It waits for the
 * batches of the source, so that the two never lock the same posts in different order.
 */
export async function saveRecheck(
  source: SourceRow,
  { admitted, deleted }: Pick<BatchToSave, 'admitted' | 'deleted'>,
  now: Date,
): Promise<Omit<Saved, 'added'>> {
  return db().transaction(async (tx) => {
    await tx.select({ id: sources.id }).from(sources).where(eq(sources.id, source.id)).for('update')
    const tellings = await withoutTheGone(tx, source.platform, admitted)
    const known = await knownPosts(tx, source.platform, [...tellings.keys()])
    const changed: number[] = []
    for (const [externalId, [telling]] of tellings) {
      const row = known.get(externalId)
      if (row && telling && (await updatePost(tx, source, row, telling.post, now))) changed.push(row.entryId)
    }
    await settleEntries(tx, changed)
    await followWishes(tx, source.platform, toldIn(tellings))
    if (changed.length > 0) await announceSaved(tx, now)
    return { changed: changed.length, removed: await removePosts(tx, source.platform, deleted, now) }
  })
}

/**
 * When something was said last, where that is news; it is told to whoever may know of the source, so that what fewer may see
 * does not count. A time to come is now.
 */
function newestShown(source: SourceRow, tellings: Map<string, Telling[]>, now: Date): Date | null {
  const shown = [...tellings.values()]
    .flat()
    .filter(({ post, authorHidden }) => !authorHidden && (source.audience === 'members' || isOpen(post.audience)))
  const newest = Math.max(0, ...shown.map(({ post }) => Math.min(post.publishedAt?.getTime() ?? 0, now.getTime())))
  return newest > (source.lastPostAt?.getTime() ?? 0) ? new Date(newest) : null
}

/** What of the new posts whoever knows of the source may be told of, and how long they took to get here. */
function whatShows(source: SourceRow, stored: StoredPost[], now: Date): Pick<RunNote, 'addedShown' | 'delays'> {
  const shown = stored.filter(({ audience, authorHidden }) => !authorHidden && (source.audience === 'members' || isOpen(audience)))
  const { firstReadAt } = source
  // What was said before the first read, or is played back, tells nothing of how fast it gets here.
  const news = shown.filter(({ publishedAt, recovered }) => !recovered && firstReadAt && publishedAt && publishedAt > firstReadAt)
  const delays = news.map(({ publishedAt }) => Math.max(0, Math.round((now.getTime() - (publishedAt ?? now).getTime()) / 1000)))
  return { addedShown: shown.length, delays }
}

/** Moves the cursor if, and only if, the source is still held by `holder`; the row stays locked until the commit. */
async function passFence(tx: Queryable, source: SourceRow, holder: string, batch: BatchToSave): Promise<void> {
  const { covered, cursor, unreadable } = batch
  const rows = await tx
    .update(sources)
    .set({
      cursor,
      unreadable: sql`${sources.unreadable} + ${unreadable.length}`,
      ...(covered &&
        covered.from < covered.to && {
          covered: sql`${sources.covered} + tstzmultirange(tstzrange(${covered.from.toISOString()}, ${covered.to.toISOString()}))`,
        }),
    })
    .where(and(eq(sources.id, source.id), eq(sources.holder, holder)))
    .returning({ id: sources.id })
  if (rows.length === 0) throw new FencedError(`${source.name} is read by another worker now`)
}

/** The tellings of each post, without those of deleted posts, undone boosts, deleted accounts and who is left out. */
async function withoutTheGone(tx: Queryable, platform: string, told: Admitted[]): Promise<Map<string, Telling[]>> {
  const allowed = await withoutTheWithheld(
    tx,
    platform,
    told.map(({ post }) => post),
  )
  const admitted = told.flatMap(({ rule }, index) => {
    const post = allowed[index]
    return post ? [{ post: withWebAddresses(post), rule }] : []
  })
  const keys = admitted.flatMap(({ post }) => [post.externalId, ...(post.share ? [post.share.externalId] : [])])
  const gone = new Set<string>()
  for (const chunk of chunks(keys)) {
    const rows = await tx
      .select({ externalId: tombstones.externalId })
      .from(tombstones)
      .where(and(eq(tombstones.platform, platform), isAnyOf(tombstones.externalId, chunk)))
    for (const { externalId } of rows) gone.add(externalId)
  }
  const states = await statesOfAuthors(tx, platform, [...new Set(admitted.map(({ post }) => post.author.id))])
  const left = admitted
    .filter(({ post }) => !gone.has(post.externalId) && !(post.share && gone.has(post.share.externalId)))
    .filter(({ post }) => states.get(post.author.id) !== 'deleted')
    .map((telling) => ({ ...telling, authorHidden: states.get(telling.post.author.id) === 'hidden' }))
  return Map.groupBy(left, ({ post }) => post.externalId)
}

function toldIn(tellings: Map<string, Telling[]>): Post[] {
  return [...tellings.values()].flat().map(({ post }) => post)
}

async function keepUnreadable(tx: Queryable, source: SourceRow, items: Unreadable[], now: Date): Promise<void> {
  if (items.length === 0) return
  await tx.insert(unreadableItems).values(items.slice(-UNREADABLE_KEPT).map((item) => ({ ...item, sourceId: source.id, at: now })))
  await tx.execute(sql`
    delete from unreadable_items where source_id = ${source.id} and id not in (
      select id from unreadable_items where source_id = ${source.id} order by id desc limit ${UNREADABLE_KEPT})`)
}
