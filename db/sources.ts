import { and, asc, desc, eq, getTableColumns, inArray, isNotNull, isNull, notLike, type SQL, sql } from 'drizzle-orm'
import { audiencesFor, type Reader } from './audience.ts'
import { db, type Queryable } from './client.ts'
import { sharedNow } from './clock.ts'
import { chunks, isAnyId } from './insert-rows.ts'
import { OWN_KEY } from './own-source.ts'
import { preparedRows } from './prepared.ts'
import { settleEntries } from './settle-entries.ts'
import { noteRun, type RunNote } from './source-runs.ts'
import { outages, sources, unreadableItems } from './sources-schema.ts'

export type SourceRow = typeof sources.$inferSelect
/** What a file of sources declares of one. */
export type DeclaredSource = Pick<
  SourceRow,
  'key' | 'platform' | 'name' | 'nameGiven' | 'settings' | 'rules' | 'everySeconds' | 'audience' | 'permission' | 'keepDays' | 'off'
> & {
  /** Not to be read for now. */
  paused?: boolean
}

/** Without what a source remembers, which is most of its row and nobody's to see. */
const { cursor: _, ...sourceColumns } = getTableColumns(sources)

/** Each source that this reader may know of; `cursor` is left out (null). */
export async function sourcesKnownTo(reader: Reader): Promise<SourceRow[]> {
  const rows = await preparedRows(db(), sourceColumns, sql`from ${sources} where ${knownSources(reader)} order by ${sources.id}`)
  return rows.map((row) => ({ ...row, cursor: null }))
}

const inShort = {
  id: sources.id,
  key: sources.key,
  platform: sources.platform,
  name: sources.name,
  everySeconds: sources.everySeconds,
  pausedAt: sources.pausedAt,
  pausedHere: sources.pausedHere,
  addedHere: sources.addedHere,
  off: sources.off,
  mode: sources.mode,
  modeReason: sources.modeReason,
  firstReadAt: sources.firstReadAt,
  lastAttemptAt: sources.lastAttemptAt,
  lastSuccessAt: sources.lastSuccessAt,
  nextRunAt: sources.nextRunAt,
  lastPostAt: sources.lastPostAt,
  trouble: sources.trouble,
  error: sources.error,
  notice: sources.notice,
}
/** What a source is called, and how reading it fares. */
export type SourceInShort = Pick<SourceRow, keyof typeof inShort>

/** The same sources, in the same order, with what pages say of all of them at once: of a thousand, half the work. */
export async function sourcesInShort(reader: Reader): Promise<SourceInShort[]> {
  return preparedRows(db(), inShort, sql`from ${sources} where ${knownSources(reader)} order by ${sources.id}`)
}

/** Those of these sources that this reader may know of, in the order of `ids`; `cursor` is left out (null). */
export async function sourcesOf(reader: Reader, ids: number[]): Promise<SourceRow[]> {
  const rows = await db()
    .select(sourceColumns)
    .from(sources)
    .where(and(inArray(sources.id, ids), knownSources(reader)))
  const byId = new Map(rows.map((row) => [row.id, { ...row, cursor: null }]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

/** The source with this id, where this reader may know of it. */
export async function knownSource(reader: Reader, id: number): Promise<SourceRow | null> {
  const [row] = await db()
    .select()
    .from(sources)
    .where(and(eq(sources.id, id), knownSources(reader)))
  return row ?? null
}

export type CountedSource = SourceRow & { postsInAll: number; postsLastDay: number }

/** Each source that this reader may know of with its posts of the last 24 hours and in all, which takes counting. */
export async function listSources(reader: Reader): Promise<CountedSource[]> {
  return withCounts(reader, await sourcesKnownTo(reader))
}

/** Sources, of which the reader knows, with their posts of the last 24 hours and in all. */
export async function withCounts(reader: Reader, rows: SourceRow[]): Promise<CountedSource[]> {
  const shown = sql`p.deleted_at is null and not p.author_hidden and p.audience = any(${sql.param(audiencesFor(reader, 'stream'))}::text[])`
  // What was said in the last 24 hours was fetched in them, so that the index on fetchedAt bounds the count.
  const lastDay = sql`s.fetched_at > now() - interval '24 hours' and p.sort_at > now() - interval '24 hours'`
  // Who may not see every post is not told their number either, which takes a count of its own.
  const countsAll = reader.role === 'anonymous'
  const counts = await db().execute<{ source: string; posts: number; day: number }>(sql`
    select s.source_id as source, count(distinct s.post_id)::int as posts, (count(distinct s.post_id) filter (where ${lastDay}))::int as day
    from sightings s join posts p on p.id = s.post_id and ${shown}
    where s.source_id = any(${sql.param(rows.map(({ id }) => id))}) ${countsAll ? sql`` : sql`and ${lastDay}`} group by 1`)
  const countsOf = new Map(counts.map(({ source, posts, day }) => [Number(source), { posts, day }]))
  return rows.map((row) => {
    const { posts = 0, day = 0 } = countsOf.get(row.id) ?? {}
    return { ...row, postsInAll: countsAll ? posts : row.postsSeen, postsLastDay: day }
  })
}

/** A source whose audience became more careful (a permission was withdrawn) takes what it showed along. */
async function tightenPosts(tx: Queryable): Promise<void> {
  const order = sql`array['public', 'unindexed', 'members', 'withheld']`
  const tightened = await tx.execute<{ entry_id: string }>(sql`
    update posts p set audience = s.audience from sources s
    where s.id = p.source_id and s.audience is not null and array_position(${order}, s.audience) > array_position(${order}, p.audience)
    returning p.entry_id`)
  await settleEntries(tx, [...new Set(tightened.map(({ entry_id }) => Number(entry_id)))])
}

/** Who may know of a source decides in which lanes its posts stand because of it. */
async function refile(tx: Queryable, keys: string[]): Promise<void> {
  if (keys.length === 0) return
  const seen = await tx.execute<{ entry_id: string }>(sql`
    select distinct p.entry_id from sightings s join posts p on p.id = s.post_id
    where s.source_id in (select id from sources where key = any(${sql.param(keys)}::text[]))`)
  for (const chunk of chunks(seen.map(({ entry_id }) => Number(entry_id)))) await settleEntries(tx, chunk)
}

const toRead = {
  id: sources.id,
  platform: sources.platform,
  name: sources.name,
  settings: sources.settings,
  resolved: sources.resolved,
  hurriedAt: sources.hurriedAt,
  firstReadAt: sources.firstReadAt,
  lastAttemptAt: sources.lastAttemptAt,
  nextRunAt: sources.nextRunAt,
  failures: sources.failures,
  trouble: sources.trouble,
}
/** What is asked of a source to see when it is to be read: not what it remembers, which is most of its row. */
export type SourceToRead = Pick<SourceRow, keyof typeof toRead>

/** The sources that a worker reads: those that are neither paused nor off. */
export async function sourcesToRead(): Promise<SourceToRead[]> {
  return db()
    .select(toRead)
    .from(sources)
    .where(and(isNull(sources.pausedAt), isNull(sources.off)))
    .orderBy(asc(sources.id))
}

export async function sourceById(id: number): Promise<SourceRow | null> {
  const [row] = await db().select().from(sources).where(eq(sources.id, id))
  return row ?? null
}

/**
 * Makes the table say what the file says: new sources added, changed ones updated, those no longer declared paused.
 * Their posts stay. Settings are part of the key, so a change of settings is another source.
 */
export async function declareSources(declared: DeclaredSource[], now: Date): Promise<void> {
  await db().transaction(async (tx) => {
    const before = await tx.select({ key: sources.key, audience: sources.audience }).from(sources)
    for (const source of declared) {
      const { key, name, paused = false, ...rest } = source
      // A name that was learnt from the platform outlives a restart.
      const learnt = source.nameGiven ? { name } : {}
      await tx
        .insert(sources)
        .values({ key, name, ...rest, ...(paused && { pausedAt: now }) })
        .onConflictDoUpdate({
          target: sources.key,
          // What was looked up for other settings (somebody asked to be left out) is looked up again.
          set: {
            ...rest,
            ...learnt,
            // What its owner paused on a page stays so, whatever the file says.
            pausedAt: paused
              ? sql`coalesce(${sources.pausedAt}, ${now.toISOString()}::timestamptz)`
              : sql`case when ${sources.pausedHere} is not null then ${sources.pausedAt} end`,
            addedHere: null,
            withdrawn: sql`case
              when excluded.permission is not null then null
              when ${sources.permission} is not null then ${sources.permission} || jsonb_build_object(
                'at', ${now.toISOString()}::text, 'open', ${sources.audience} is distinct from 'members')
              else ${sources.withdrawn} end`,
            resolved: sql`case when ${sources.settings} = excluded.settings then ${sources.resolved} end`,
          },
        })
    }
    await tightenPosts(tx)
    const audienceOf = new Map(before.map(({ key, audience }) => [key, audience]))
    await refile(
      tx,
      declared.filter(({ key, audience }) => audienceOf.has(key) && audienceOf.get(key) !== audience).map(({ key }) => key),
    )
    const kept = declared.map(({ key }) => key)
    // What never brought anything leaves nothing to keep: a mistyped address, an entry that was off until it was filled in.
    // Locked: what is being read for the first time just now is seen as it is once that is saved.
    const empty = await tx.execute<{ id: string }>(sql`
      select id from sources
      where posts_seen = 0 and first_read_at is null and key not like 'import:%' and key not like ${`${OWN_KEY}%`} and added_here is null
        and key <> all(${sql.param(kept)}::text[])
      for update`)
    const ids = empty.map(({ id }) => Number(id))
    for (const table of [outages, unreadableItems]) await tx.delete(table).where(isAnyId(table.sourceId, ids))
    await tx
      .delete(sources)
      .where(sql`${isAnyId(sources.id, ids)} and not exists (select 1 from sightings where source_id = ${sources.id})`)
    await tx
      .update(sources)
      .set({ pausedAt: now, holder: null, nextRunAt: null, lastAttemptAt: null })
      .where(
        and(
          isNull(sources.pausedAt),
          isNull(sources.addedHere),
          notLike(sources.key, `${OWN_KEY}%`),
          kept.length > 0 ? sql`${sources.key} <> all(${sql.param(kept)})` : undefined,
        ),
      )
  })
}

/** Takes the source for one run: whoever held it can save nothing any more. null when it is paused or gone. */
export async function claimSource(id: number, holder: string, now: Date): Promise<SourceRow | null> {
  const [row] = await db()
    .update(sources)
    .set({ holder, lastAttemptAt: now })
    .where(and(eq(sources.id, id), isNull(sources.pausedAt), isNull(sources.off)))
    .returning()
  return row ?? null
}

/**
 * A source for what is imported by hand, held by who imports it: paused, so that no worker reads it. Importing with the same
 * settings again is the same source, with the cursor where it was left.
 */
export async function holdImport(declared: DeclaredSource, holder: string, now: Date): Promise<SourceRow> {
  const { key: _key, paused: _paused, ...rest } = declared
  const held = { holder, pausedAt: now, lastAttemptAt: now }
  const [row] = await db()
    .insert(sources)
    .values({ key: declared.key, ...rest, ...held })
    .onConflictDoUpdate({ target: sources.key, set: { ...rest, ...held } })
    .returning()
  if (!row) throw new Error('An upsert returns its row')
  return row
}

/**
 * What became of a run, written only by the one that holds the source, and with it what its page tells of the run.
 * Returns whether it still does.
 */
export async function reportRun(
  id: number,
  holder: string,
  change: Partial<typeof sources.$inferInsert>,
  note?: RunNote,
): Promise<boolean> {
  return db().transaction(async (tx) => {
    const rows = await tx
      .update(sources)
      .set(change)
      .where(and(eq(sources.id, id), eq(sources.holder, holder)))
      .returning({ id: sources.id })
    if (rows.length > 0 && note) await noteRun(tx, id, note, sharedNow())
    return rows.length > 0
  })
}

/** The owner wants a source read now. Returns whether it is one that can be: not paused, not off. */
export async function hurrySource(id: number, now: Date): Promise<boolean> {
  const rows = await db()
    .update(sources)
    .set({ hurriedAt: now })
    .where(and(eq(sources.id, id), isNull(sources.pausedAt), isNull(sources.off)))
    .returning({ id: sources.id })
  return rows.length > 0
}

/** A worker sees to it: the first who asks. */
export async function takeHurried(id: number): Promise<boolean> {
  const rows = await db()
    .update(sources)
    .set({ hurriedAt: null })
    .where(and(eq(sources.id, id), isNotNull(sources.hurriedAt)))
    .returning({ id: sources.id })
  return rows.length > 0
}

/** The time of each source's next run, for the page that shows it. */
export async function planRun(id: number, nextRunAt: Date): Promise<void> {
  await db().update(sources).set({ nextRunAt }).where(eq(sources.id, id))
}

/** A reader who may see no members' post is not told of a source that has nothing else. */
export function knownSources(reader: Reader, alias = 'sources'): SQL {
  if (reader.role !== 'anonymous') return sql`true`
  const audience = sql`${sql.identifier(alias)}.audience`
  return sql`(${audience} is null or ${audience} in ('public', 'unindexed'))`
}

/** The newest items of a source that were not understood. For its owner: who said them may not be for everybody. */
export async function unreadableOf(reader: Reader, sourceId: number): Promise<(typeof unreadableItems.$inferSelect)[]> {
  if (reader.role !== 'owner') return []
  return db().select().from(unreadableItems).where(eq(unreadableItems.sourceId, sourceId)).orderBy(desc(unreadableItems.id)).limit(10)
}
