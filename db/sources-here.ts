import { and, eq, isNotNull, lt, sql } from 'drizzle-orm'
import { db } from './client.ts'
import type { DeclaredSource, SourceRow } from './sources.ts'
import { outages, pasted, sources, unreadableItems } from './sources-schema.ts'

/** What an owner adds, pauses and removes on a page, beside what the file of sources declares. */

type Entry = NonNullable<SourceRow['addedHere']>

/**
 * Adds a source, or takes up again one that was paused. `entry` is what would stand in the file. One that the file
 * declares stays the file's. Returns its id.
 */
export async function addSourceHere(declared: DeclaredSource, entry: Entry): Promise<number> {
  const { key, paused: _, ...rest } = declared
  const [row] = await db()
    .insert(sources)
    .values({ key, ...rest, addedHere: entry })
    .onConflictDoUpdate({
      target: sources.key,
      set: {
        ...rest,
        pausedAt: null,
        pausedHere: null,
        // What is read, or was paused here, stands in the file unless it was added here before.
        addedHere: sql`case when ${sources.addedHere} is null and (${sources.pausedAt} is null or ${sources.pausedHere} is not null)
          then null else ${JSON.stringify(entry)}::jsonb end`,
      },
    })
    .returning({ id: sources.id })
  if (!row) throw new Error('An upsert returns its row')
  return row.id
}

/** Not to be read until its owner says so; also over restarts. */
export async function pauseSourceHere(id: number, now: Date): Promise<void> {
  const change = { pausedAt: now, pausedHere: now, holder: null, nextRunAt: null, lastAttemptAt: null }
  await db().update(sources).set(change).where(eq(sources.id, id))
}

export async function resumeSourceHere(id: number): Promise<void> {
  await db()
    .update(sources)
    .set({ pausedAt: null, pausedHere: null })
    .where(and(eq(sources.id, id), isNotNull(sources.pausedHere)))
}

/** Takes back what was added here: it goes where it brought nothing, else it is paused, and its posts stay. */
export async function removeSourceHere(id: number, now: Date): Promise<void> {
  await db().transaction(async (tx) => {
    const [row] = await tx
      .update(sources)
      .set({ addedHere: null, pausedAt: now, pausedHere: null, holder: null, nextRunAt: null, lastAttemptAt: null })
      .where(and(eq(sources.id, id), isNotNull(sources.addedHere)))
      .returning({ id: sources.id })
    if (!row) return
    const isEmpty = sql`not exists (select 1 from sightings where source_id = ${id}) and not exists (select 1 from posts where source_id = ${id})`
    for (const table of [outages, unreadableItems]) await tx.delete(table).where(sql`${table.sourceId} = ${id} and ${isEmpty}`)
    await tx.delete(sources).where(sql`${sources.id} = ${id} and ${isEmpty}`)
  })
}

/** Keeps what was pasted for as long as adding it takes, and lets go of what is older. Returns its id. */
export async function keepPasted(text: string, now: Date): Promise<string> {
  await db()
    .delete(pasted)
    .where(lt(pasted.at, new Date(now.getTime() - PASTED_MS)))
  const [row] = await db().insert(pasted).values({ text, at: now }).returning({ id: pasted.id })
  if (!row) throw new Error('An insert returns its row')
  return row.id
}

const PASTED_MS = 3_600_000
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** What was pasted under this id in the last hour; null where there is nothing (any more). */
export async function pastedUnder(id: string, now: Date): Promise<string | null> {
  if (!UUID.test(id)) return null
  const [row] = await db()
    .select({ text: pasted.text })
    .from(pasted)
    .where(and(eq(pasted.id, id), sql`${pasted.at} > ${new Date(now.getTime() - PASTED_MS).toISOString()}::timestamptz`))
  return row?.text ?? null
}
