import { createHash } from 'node:crypto'
import { and, eq, inArray, sql } from 'drizzle-orm'
import { mostCareful } from './audience.ts'
import { applyAuthorEvents, statesOfAuthors } from './author-states.ts'
import { db, type Queryable } from './client.ts'
import { insertRows, storable } from './insert-rows.ts'
import { keepEntries, placePosts } from './place-posts.ts'
import type { AuthorEvent, Post, Unreadable } from './post.ts'
import { removePosts } from './remove-posts.ts'
import { aliases, posts, sightings, sources, tombstones, unreadableItems } from './schema.ts'
import { settleEntries } from './settle-entries.ts'
import type { SourceRow } from './sources.ts'
import { findTwins } from './twins.ts'

/** A post and the rule of the source that let it in; null: none did, and only what is here already changes with it. */
export type Admitted = { post: Post; rule: string | null }

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

/** Rows in one insert: 500 rows of 36 columns stay well below the protocol's 65,535 parameters. */
const CHUNK = 500
/** Unreadable items kept for a look, a source. */
const UNREADABLE_KEPT = 50
/** A clock may run ahead by this much (https://docs.bsky.app/docs/advanced-guides/timestamps); beyond it a time is made up. */
const SKEW_MS = 2 * 60_000
/** Nothing was posted anywhere before there was a web; such a time is a default value. */
const DAWN = Date.UTC(1993, 0, 1)
const LATE_MS = 15 * 60_000
const DAY_MS = 86_400_000

/**
 * Saves one batch of a source, its cursor and what it proves, in one transaction: a crash repeats, never skips.
 * Idempotent. Throws FencedError when `holder` no longer holds the source.
 */
export async function saveBatch(source: SourceRow, holder: string, batch: BatchToSave, now: Date): Promise<Saved> {
  return db().transaction(async (tx) => {
    await passFence(tx, source, holder, batch)
    const tellings = await withoutTheGone(tx, source.platform, batch.admitted)
    const { added, changed, newlySeen } = await savePosts(tx, source, tellings, now)
    const removed =
      (await removePosts(tx, source.platform, batch.deleted, now)) + (await applyAuthorEvents(tx, source.platform, batch.authors, now))
    await keepUnreadable(tx, source, batch.unreadable, now)
    if (newlySeen > 0)
      await tx
        .update(sources)
        .set({ postsSeen: sql`${sources.postsSeen} + ${newlySeen}` })
        .where(eq(sources.id, source.id))
    return { added, changed, removed }
  })
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
    let changed = 0
    for (const [externalId, [telling]] of tellings) {
      const row = known.get(externalId)
      if (row && telling && (await updatePost(tx, source, row, telling.post, now))) changed++
    }
    return { changed, removed: await removePosts(tx, source.platform, deleted, now) }
  })
}

/** Moves the cursor if, and only if, the source is still held by `holder`; the row stays locked until the commit. */
async function passFence(tx: Queryable, source: SourceRow, holder: string, batch: BatchToSave): Promise<void> {
  const { covered, cursor, unreadable } = batch
  const newest = Math.max(0, ...batch.admitted.map(({ post }) => post.publishedAt?.getTime() ?? 0))
  const rows = await tx
    .update(sources)
    .set({
      cursor,
      unreadable: sql`${sources.unreadable} + ${unreadable.length}`,
      ...(newest > 0 && { lastPostAt: sql`greatest(${sources.lastPostAt}, least(${new Date(newest).toISOString()}::timestamptz, now()))` }),
      ...(covered &&
        covered.from < covered.to && {
          covered: sql`${sources.covered} + tstzmultirange(tstzrange(${covered.from.toISOString()}, ${covered.to.toISOString()}))`,
        }),
    })
    .where(and(eq(sources.id, source.id), eq(sources.holder, holder)))
    .returning({ id: sources.id })
  if (rows.length === 0) throw new FencedError(`${source.name} is read by another worker now`)
}

/** The tellings of each post, without those of deleted posts, undone boosts and deleted accounts. */
async function withoutTheGone(tx: Queryable, platform: string, admitted: Admitted[]): Promise<Map<string, Telling[]>> {
  const keys = admitted.flatMap(({ post }) => [post.externalId, ...(post.share ? [post.share.externalId] : [])])
  const gone = new Set<string>()
  for (const chunk of chunks(keys)) {
    const rows = await tx
      .select({ externalId: tombstones.externalId })
      .from(tombstones)
      .where(and(eq(tombstones.platform, platform), inArray(tombstones.externalId, chunk)))
    for (const { externalId } of rows) gone.add(externalId)
  }
  const states = await statesOfAuthors(tx, platform, [...new Set(admitted.map(({ post }) => post.author.id))])
  const left = admitted
    .filter(({ post }) => !gone.has(post.externalId) && !(post.share && gone.has(post.share.externalId)))
    .filter(({ post }) => states.get(post.author.id) !== 'deleted')
    .map((telling) => ({ ...telling, authorHidden: states.get(telling.post.author.id) === 'hidden' }))
  return Map.groupBy(left, ({ post }) => post.externalId)
}

type Telling = Admitted & { authorHidden: boolean }

/** A page may show a post and its boosts: one row, a sighting each. */
async function savePosts(tx: Queryable, source: SourceRow, tellings: Map<string, Telling[]>, now: Date) {
  const known = await knownPosts(tx, source.platform, [...tellings.keys()])
  const fresh = [...tellings.values()]
    .map((several) => several.findLast(({ post }) => !post.share) ?? several[0])
    .filter((telling) => telling !== undefined)
  const oldest = source.keepDays === null ? 0 : now.getTime() - source.keepDays * DAY_MS
  const unknown = fresh.filter(
    ({ post, rule }) => rule !== null && !known.has(post.externalId) && (post.publishedAt?.getTime() ?? now.getTime()) >= oldest,
  )
  const told = await toldBefore(tx, source, unknown)
  const ids = await insertPosts(
    tx,
    source,
    unknown.filter(({ post }) => !told.has(post.externalId)),
    now,
  )
  const added = ids.size
  for (const [externalId, id] of told) ids.set(externalId, id)
  let changed = 0
  for (const { post } of fresh) {
    const row = known.get(post.externalId)
    if (!row) continue
    ids.set(post.externalId, row.id)
    if (await updatePost(tx, source, row, post, now)) changed++
  }
  const newlySeen = await recordSightings(tx, source, tellings, ids, now)
  return { added, changed, newlySeen }
}

type KnownPost = Pick<
  typeof posts.$inferSelect,
  'id' | 'entryId' | 'externalId' | 'sourceId' | 'revision' | 'editedAt' | 'title' | 'text' | 'audience'
>

async function knownPosts(tx: Queryable, platform: string, externalIds: string[]): Promise<Map<string, KnownPost>> {
  const known = new Map<string, KnownPost>()
  for (const chunk of chunks(externalIds)) {
    const rows = await tx
      .select({
        id: posts.id,
        entryId: posts.entryId,
        externalId: posts.externalId,
        sourceId: posts.sourceId,
        revision: posts.revision,
        editedAt: posts.editedAt,
        title: posts.title,
        text: posts.text,
        audience: posts.audience,
      })
      .from(posts)
      .where(and(eq(posts.platform, platform), inArray(posts.externalId, chunk)))
    for (const row of rows) known.set(row.externalId, row)
  }
  return known
}

/** Those of these posts that are here under another key: ids by externalId. */
async function toldBefore(tx: Queryable, source: SourceRow, unknown: Telling[]): Promise<Map<string, number>> {
  const told = new Map<string, number>()
  const lines = unknown.map(({ post }) => post).filter(({ precisionSeconds }) => precisionSeconds !== null)
  for (const chunk of chunks(lines.map(({ externalId }) => externalId))) {
    const rows = await tx
      .select({ externalId: aliases.externalId, postId: aliases.postId })
      .from(aliases)
      .where(and(eq(aliases.platform, source.platform), inArray(aliases.externalId, chunk)))
    for (const { externalId, postId } of rows) told.set(externalId, postId)
  }
  const twins = await findTwins(
    tx,
    source,
    lines.filter(({ externalId }) => !told.has(externalId)),
  )
  return new Map([...told, ...twins])
}

/** Inserts posts in the order in which they were said, with their entries. Returns the ids by externalId. */
async function insertPosts(tx: Queryable, source: SourceRow, fresh: Telling[], now: Date): Promise<Map<string, number>> {
  const inserted = new Map<string, number>()
  const rows = fresh
    .map(({ post, authorHidden }) => {
      const publishedAt = believable(post.publishedAt, now)
      const sortAt = publishedAt && publishedAt < now ? publishedAt : now
      const late = source.firstReadAt !== null && now.getTime() - sortAt.getTime() > LATE_MS + source.everySeconds * 1000
      const audience = mostCareful(post.audience, source.audience)
      return {
        ...post,
        platform: source.platform,
        sourceId: source.id,
        publishedAt,
        sortAt,
        firstSeenAt: now,
        late,
        audience,
        authorHidden,
        revision: revisionOf(post),
      }
    })
    .sort((a, b) => a.sortAt.getTime() - b.sortAt.getTime())
  for (const chunk of chunks(rows)) {
    const placed = await placePosts(tx, source.platform, chunk)
    // Another source may save the same post at the same moment; then it is theirs, and seen here next time.
    const kept = await tx.execute<{ id: string }>(
      sql`${insertRows(posts, placed)} on conflict (platform, external_id) do nothing returning id`,
    )
    const ids = new Set(kept.map(({ id }) => Number(id)))
    const stored = placed.filter(({ id }) => ids.has(id))
    await keepEntries(tx, source.platform, stored)
    for (const { id, externalId } of stored) inserted.set(externalId, id)
  }
  return inserted
}

/** Takes over what changed: text, media, counts; never its place in the order. Returns whether anything did. */
async function updatePost(tx: Queryable, source: SourceRow, row: KnownPost, post: Post, now: Date): Promise<boolean> {
  const laterEdit = post.editedAt !== null && (row.editedAt === null || post.editedAt > row.editedAt)
  const own = row.sourceId === source.id
  const told = mostCareful(post.audience, source.audience)
  // Anybody's word makes a post more careful; less careful only the first source's, which tells it directly. What is
  // told of a boost is the wish of who passed it on as well, and theirs is not the post's.
  const audience = post.share ? row.audience : own ? told : mostCareful(row.audience, told)
  if (audience !== row.audience) {
    await tx.update(posts).set({ audience }).where(eq(posts.id, row.id))
    await settleEntries(tx, [row.entryId])
  }
  if (!own && !laterEdit) return audience !== row.audience
  const revision = revisionOf(post)
  if (revision === row.revision) return audience !== row.audience
  const { publishedAt: _published, originalAt: _original, editedAt: _edited, share: _share, ...content } = storable(post)
  const rewritten = post.title !== row.title || post.text !== row.text
  // A platform that does not say when: it was between the two readings.
  const editedAt = post.editedAt ?? (rewritten ? now : row.editedAt)
  await tx
    .update(posts)
    .set({ ...content, editedAt, audience, revision })
    .where(eq(posts.id, row.id))
  return true
}

async function recordSightings(
  tx: Queryable,
  source: SourceRow,
  tellings: Map<string, Telling[]>,
  ids: Map<string, number>,
  now: Date,
): Promise<number> {
  const rows = [...tellings].flatMap(([externalId, several]) => {
    const postId = ids.get(externalId)
    if (postId === undefined) return []
    const open = several.some(({ post }) => post.audience === 'public')
    return several.flatMap(({ post: { share, audience }, rule }) => {
      if (rule === null) return []
      // Who passed on an open post and wants to be seen by members only is not named beside it.
      const named = open && audience !== 'public' ? null : share
      return { postId, sourceId: source.id, shareId: share?.externalId ?? '', share: named, rule, fetchedAt: now }
    })
  })
  let newlySeen = 0
  for (const chunk of chunks(rows)) {
    const stored = await tx.execute(sql`${insertRows(sightings, chunk)} on conflict do nothing returning post_id`)
    newlySeen += stored.length
  }
  return newlySeen
}

async function keepUnreadable(tx: Queryable, source: SourceRow, items: Unreadable[], now: Date): Promise<void> {
  if (items.length === 0) return
  await tx.insert(unreadableItems).values(items.slice(-UNREADABLE_KEPT).map((item) => ({ ...item, sourceId: source.id, at: now })))
  await tx.execute(sql`
    delete from unreadable_items where source_id = ${source.id} and id not in (
      select id from unreadable_items where source_id = ${source.id} order by id desc limit ${UNREADABLE_KEPT})`)
}

/** A time that something can have been said at, or null: a post from 1970 or from tomorrow is undated. */
function believable(time: Date | null, now: Date): Date | null {
  if (!time || time.getTime() < DAWN || time.getTime() > now.getTime() + SKEW_MS) return null
  return time
}

/** What a second reading is compared by; who passed it on, and when, is no part of what was said. */
function revisionOf({ publishedAt: _published, originalAt: _original, share: _share, ...content }: Post): string {
  return createHash('sha1').update(JSON.stringify(content)).digest('base64url')
}

function* chunks<T>(items: T[]): Generator<T[]> {
  for (let start = 0; start < items.length; start += CHUNK) yield items.slice(start, start + CHUNK)
}
