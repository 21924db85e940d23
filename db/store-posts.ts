import { hash } from 'node:crypto'
import { and, eq, inArray, sql } from 'drizzle-orm'
import { mostCareful } from './audience.ts'
import type { Queryable } from './client.ts'
import { copiesOf, copyKeysOf } from './copies.ts'
import type { PlacedTogether } from './fold-meanwhile.ts'
import { chunks, insertRows, isAnyOf, storable } from './insert-rows.ts'
import { keepEntries, placePosts } from './place-posts.ts'
import type { Audience, Post, Share } from './post.ts'
import { aliases, posts, sightings } from './schema.ts'
import { settleEntries } from './settle-entries.ts'
import type { SourceRow } from './sources.ts'
import { findTwins } from './twins.ts'

// Over 150 lines: what becomes of one post, from telling to row, is told here from its identity to its sightings.

/** A post and the rule of the source that let it in; null: none did, and only what is here already changes with it. */
export type Admitted = { post: Post; rule: string | null }

/** One telling of a post, whose account its platform may hide. */
export type Telling = Admitted & { authorHidden: boolean }

/** What is known of a post that was just inserted. */
export type StoredPost = Pick<typeof posts.$inferSelect, 'audience' | 'authorHidden' | 'publishedAt' | 'recovered'>

/** A clock may run ahead by this much (https://docs.bsky.app/docs/advanced-guides/timestamps); beyond it a time is made up. */
const SKEW_MS = 2 * 60_000
/** Nothing was posted anywhere before there was a web; such a time is a default value. */
const DAWN = Date.UTC(1993, 0, 1)
const LATE_MS = 15 * 60_000
const DAY_MS = 86_400_000

/**
 * Stores what a batch tells of posts: new ones inserted, known ones brought up to date, each with its sightings. A page
 * may show a post and its boosts: one row, a sighting each. `together` is for `foldMeanwhile`, at the end of the transaction.
 */
export async function storePosts(tx: Queryable, source: SourceRow, tellings: Map<string, Telling[]>, now: Date) {
  const known = await knownPosts(tx, source.platform, [...tellings.keys()])
  const fresh = [...tellings.values()]
    .map((several) => several.findLast(({ post }) => !post.share) ?? several[0])
    .filter((telling) => telling !== undefined)
  const oldest = source.keepDays === null ? 0 : now.getTime() - source.keepDays * DAY_MS
  const unknown = fresh.filter(
    ({ post, rule }) => rule !== null && !known.has(post.externalId) && (post.publishedAt?.getTime() ?? now.getTime()) >= oldest,
  )
  const told = await toldBefore(tx, source, unknown)
  const { stored, newlySeen, taken, unsettled, together } = await insertPosts(
    tx,
    source,
    unknown.filter(({ post }) => !told.has(post.externalId)),
    tellings,
    now,
  )
  // Others saved these a moment before, since `known` was looked up; they have committed by now.
  for (const [externalId, row] of await knownPosts(tx, source.platform, taken)) known.set(externalId, row)
  const here = new Map(told)
  const changed: number[] = []
  // Whoever brings the same posts up to date at the same moment locks them in the same order.
  for (const { post } of fresh.toSorted((a, b) => (a.post.externalId < b.post.externalId ? -1 : 1))) {
    const row = known.get(post.externalId)
    if (!row) continue
    here.set(post.externalId, row.id)
    if (await updatePost(tx, source, row, post, now)) changed.push(row.entryId)
  }
  const seen = await recordSightings(tx, await sightingsIn(tx, source, tellings, here, now))
  await settleEntries(tx, [...unsettled, ...changed, ...seen])
  return { added: stored.length, changed: changed.length, newlySeen: newlySeen + seen.length, stored, together }
}

type KnownPost = Pick<
  typeof posts.$inferSelect,
  'id' | 'entryId' | 'externalId' | 'sourceId' | 'revision' | 'editedAt' | 'title' | 'text' | 'audience' | 'replyCount'
>

export async function knownPosts(tx: Queryable, platform: string, externalIds: string[]): Promise<Map<string, KnownPost>> {
  const known = new Map<string, KnownPost>()
  for (const chunk of chunks(externalIds)) {
    // Each looked up by itself: a plan for all of them at once goes by statistics, and while a first import fills an
    // empty database these say that reading the whole platform is cheapest.
    const found = tx
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
        replyCount: posts.replyCount,
      })
      .from(posts)
      .where(and(eq(posts.platform, platform), sql`${posts.externalId} = wanted.external_id`))
      .limit(1)
      .as('found')
    const rows = await tx
      .select()
      .from(sql`unnest(${sql.param(chunk)}::text[]) as wanted(external_id)`)
      .crossJoinLateral(found)
    for (const row of rows) known.set(row.found.externalId, row.found)
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
      .where(and(eq(aliases.platform, source.platform), isAnyOf(aliases.externalId, chunk)))
    for (const { externalId, postId } of rows) told.set(externalId, postId)
  }
  const twins = await findTwins(
    tx,
    source,
    lines.filter(({ externalId }) => !told.has(externalId)),
  )
  return new Map([...told, ...twins])
}

/**
 * Inserts posts in the order in which they were said, with their sightings and entries. `stored`: those that are new here;
 * `taken`: those that another source saved at the same moment, which are theirs; `unsettled`: entries that are yet to be settled.
 */
async function insertPosts(tx: Queryable, source: SourceRow, fresh: Telling[], tellings: Map<string, Telling[]>, now: Date) {
  let newlySeen = 0
  const inserted: StoredPost[] = []
  const taken: string[] = []
  const unsettled: number[] = []
  const together: PlacedTogether[] = []
  const rows = fresh
    .map(({ post, authorHidden }) => {
      const publishedAt = believable(post.publishedAt, now)
      const sortAt = publishedAt && publishedAt < now ? publishedAt : now
      const late = source.firstReadAt !== null && now.getTime() - sortAt.getTime() > LATE_MS + source.everySeconds * 1000
      const audience = mostCareful(post.audience, source.audience)
      const row = {
        ...post,
        warningHtml: post.warningHtml ?? null,
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
      return Object.assign(row, { copyKeys: copyKeysOf(row) })
    })
    .sort((a, b) => a.sortAt.getTime() - b.sortAt.getTime())
  for (const chunk of chunks(rows)) {
    const copies = await copiesOf(tx, chunk)
    const placed = await placePosts(tx, source.platform, chunk, copies)
    // Waits for whoever saves the same post at the same moment; in one order, so that no two wait for each other.
    const ordered = placed.toSorted((a, b) => (a.externalId < b.externalId ? -1 : 1))
    const kept = await tx.execute<{ id: string }>(
      sql`${insertRows(posts, ordered)} on conflict (platform, external_id) do nothing returning id`,
    )
    const ids = new Set(kept.map(({ id }) => Number(id)))
    const stored = placed.filter(({ id }) => ids.has(id))
    const seen = await sightingsIn(tx, source, tellings, new Map(stored.map(({ externalId, id }) => [externalId, id])), now)
    if (seen.length > 0) await tx.execute(sql`${insertRows(sightings, seen)} on conflict do nothing`)
    const sharers = Map.groupBy(seen, ({ postId }) => postId)
    const told = stored.map((post) => ({ ...post, sharers: (sharers.get(post.id) ?? []).flatMap(({ share }) => share?.by ?? []) }))
    unsettled.push(...(await keepEntries(tx, source, told)))
    together.push({ copies, ids: placed.map(({ id }) => id), stored })
    inserted.push(...stored)
    newlySeen += seen.length
    taken.push(...placed.filter(({ id }) => !ids.has(id)).map(({ externalId }) => externalId))
  }
  return { stored: inserted, newlySeen, taken, unsettled, together }
}

/**
 * Takes over what changed: text, media, counts; never its place in the order. The first source's telling is kept until
 * another source tells of a later edit, or tells more: then that one's is kept from then on. Returns whether anything
 * changed: then its entry is to be settled.
 */
export async function updatePost(tx: Queryable, source: SourceRow, row: KnownPost, post: Post, now: Date): Promise<boolean> {
  const laterEdit = post.editedAt !== null && (row.editedAt === null || post.editedAt > row.editedAt)
  const own = row.sourceId === source.id
  const told = mostCareful(post.audience, source.audience)
  // Anybody's word makes a post more careful; less careful only the first source's, which tells it directly. What is
  // told of a boost is the wish of who passed it on as well, and theirs is not the post's.
  const audience = post.share ? row.audience : own ? told : mostCareful(row.audience, told)
  if (audience !== row.audience) await tx.update(posts).set({ audience }).where(eq(posts.id, row.id))
  if (audience !== row.audience && mostCareful(audience, row.audience) === row.audience) await forgetSharers(tx, row.id)
  const fuller = !own && isFuller(post, row)
  if (!own && !fuller && (!laterEdit || isFuller(row, post))) return audience !== row.audience
  const revision = revisionOf(post)
  if (revision === row.revision) return audience !== row.audience
  // How it reached us first stays, too: what was heard live may be played back as often as anybody likes.
  const {
    publishedAt: _published,
    originalAt: _original,
    editedAt: _edited,
    share: _share,
    recovered: _recovered,
    ...content
  } = storable(post)
  const rewritten = post.title !== row.title || post.text !== row.text
  // A platform that does not say when: it was between the two readings. Who tells it in other words has not edited it.
  const editedAt = post.editedAt ?? (own && rewritten ? now : row.editedAt)
  await tx
    .update(posts)
    .set({
      ...content,
      warningHtml: post.warningHtml ?? null,
      ...{ editedAt, audience, revision, copyKeys: copyKeysOf({ ...post, platform: source.platform, sortAt: now }) },
      ...(fuller && { sourceId: source.id }),
    })
    .where(eq(posts.id, row.id))
  return true
}

/**
 * A platform's own interface counts what was answered; a feed of the same posts, which also lacks media, flair and
 * marks, does not.
 */
function isFuller(one: Pick<Post, 'replyCount'>, other: Pick<Post, 'replyCount'>): boolean {
  return one.replyCount !== null && other.replyCount === null
}

type Sighting = typeof sightings.$inferInsert & { share: Share | null }

/** The sightings that a batch tells of, each once, of the posts with these ids by externalId. */
async function sightingsIn(
  tx: Queryable,
  source: SourceRow,
  tellings: Map<string, Telling[]>,
  ids: Map<string, number>,
  now: Date,
): Promise<Sighting[]> {
  const shy = [...ids].filter(([externalId]) => tellings.get(externalId)?.some(({ post }) => post.share && post.audience !== 'public'))
  const audienceOf = await audiencesOf(tx, new Map(shy).values().toArray())
  return [...ids].flatMap(([externalId, postId]) => {
    const open = audienceOf.get(postId) ?? 'public'
    const once = new Map<string, Sighting>()
    for (const { post, rule } of tellings.get(externalId) ?? []) {
      const { share, audience } = post
      const shareId = share?.externalId ?? ''
      if (rule === null || once.has(shareId)) continue
      // Who passed on a post and wants to be seen by fewer than see the post is not named beside it.
      const named = mostCareful(audience, open) === open ? share : null
      once.set(shareId, { postId, sourceId: source.id, shareId, share: named, rule, fetchedAt: now })
    }
    return [...once.values()]
  })
}

/** Returns the entry of each that is new. */
async function recordSightings(tx: Queryable, rows: Sighting[]): Promise<number[]> {
  const seen: number[] = []
  for (const chunk of chunks(rows)) {
    const stored = await tx.execute<{ entry_id: string }>(
      sql`${insertRows(sightings, chunk)} on conflict do nothing returning (select entry_id from posts where id = post_id) as entry_id`,
    )
    seen.push(...stored.map(({ entry_id }) => Number(entry_id)))
  }
  return seen
}

async function audiencesOf(tx: Queryable, postIds: number[]): Promise<Map<number, Audience>> {
  if (postIds.length === 0) return new Map()
  const rows = await tx.select({ id: posts.id, audience: posts.audience }).from(posts).where(inArray(posts.id, postIds))
  return new Map(rows.map(({ id, audience }) => [id, audience]))
}

/** More people see the post than did: who passed it on may have been the one who wanted to be seen by fewer. */
async function forgetSharers(tx: Queryable, postId: number): Promise<void> {
  await tx.update(posts).set({ share: null }).where(eq(posts.id, postId))
  await tx.update(sightings).set({ share: null }).where(eq(sightings.postId, postId))
}

/** A time that something can have been said at, or null: a post from 1970 or from tomorrow is undated. */
function believable(time: Date | null, now: Date): Date | null {
  if (!time || time.getTime() < DAWN || time.getTime() > now.getTime() + SKEW_MS) return null
  return time
}

/** What a second reading is compared by; who passed it on, and when, is no part of what was said, nor how it reached us. */
function revisionOf({ publishedAt: _published, originalAt: _original, share: _share, ...content }: Post): string {
  return hash('sha1', JSON.stringify({ ...content, recovered: false }), 'base64url')
}
