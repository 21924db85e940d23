import { type SQL, sql } from 'drizzle-orm'
import type { Queryable } from '#db/client'
import { db } from '#db/client'
import { SPAN_MS } from './fill.ts'

/** What is filled in has smaller ids. */
const IDS = 100_000_000
/** Tables that are read, with the columns of each that are ids or times of a copy's own. */
const TABLES: { [table: string]: { ids: string[]; times: string[]; keys?: string } } = {
  posts: { ids: ['id', 'entry_id'], times: ['sort_at', 'published_at', 'first_seen_at'], keys: 'external_id' },
  entries: { ids: ['id'], times: ['sort_at', 'last_at'] },
  entry_lanes: { ids: ['entry_id'], times: ['sort_at'] },
  sightings: { ids: ['post_id'], times: [] },
  indexed_posts: { ids: ['post_id'], times: ['sort_at'] },
}

/**
 * Makes `times` as many posts of `count` that are filled in and findable, within the same three years: each copy a few
 * seconds earlier, on the same day, with ids of its own. Within Postgres, without triggers, and with the indexes built
 * afterwards: ten million in minutes. What folding looks at is not multiplied: this is an archive to read.
 */
export async function multiply(count: number, times: number): Promise<void> {
  const tables = sql.raw(
    Object.keys(TABLES)
      .map((table) => `'${table}'`)
      .join(', '),
  )
  await db().transaction(async (tx) => {
    await tx.execute(sql`set local synchronous_commit = off`)
    await tx.execute(sql`set local maintenance_work_mem = '1GB'`)
    const indexes = await tx.execute<{ name: string; definition: string }>(sql`
      select indexname as name, indexdef as definition from pg_indexes
      where schemaname = 'public' and tablename in (${tables}) and indexname not in (select conname from pg_constraint)`)
    const [key] = await tx.execute<{ name: string; definition: string }>(sql`
      select conname as name, pg_get_constraintdef(oid) as definition from pg_constraint where conrelid = 'entry_lanes'::regclass and contype = 'p'`)
    for (const { name } of indexes) await tx.execute(sql`drop index ${sql.identifier(name)}`)
    if (key) await tx.execute(sql`alter table entry_lanes drop constraint ${sql.identifier(key.name)}`)
    for (const table of ['posts', 'sightings']) await tx.execute(sql`alter table ${sql.identifier(table)} disable trigger user`)
    for (let copy = 1; copy < times; copy++)
      for (const table of Object.keys(TABLES)) await copyRows(tx, table, copy, Math.round((SPAN_MS / count / times) * copy))
    for (const table of ['posts', 'sightings']) await tx.execute(sql`alter table ${sql.identifier(table)} enable trigger user`)
    if (key) await tx.execute(sql`alter table entry_lanes add constraint ${sql.identifier(key.name)} ${sql.raw(key.definition)}`)
    for (const { definition } of indexes) await tx.execute(sql.raw(definition))
  })
}

async function copyRows(tx: Queryable, table: string, copy: number, earlierMs: number): Promise<void> {
  const { ids = [], times = [], keys } = TABLES[table] ?? {}
  const columns = await tx.execute<{ name: string }>(
    sql`select column_name as name from information_schema.columns where table_schema = 'public' and table_name = ${table} order by ordinal_position`,
  )
  const value = (name: string): SQL => {
    const column = sql.identifier(name)
    if (ids.includes(name)) return sql`${column} + ${copy}::bigint * ${IDS}`
    // The words of a post name its day.
    if (times.includes(name)) return sql`greatest(${column} - ${earlierMs} * interval '1 millisecond', date_trunc('day', ${column}, 'UTC'))`
    return name === keys ? sql`${column} || ${` copy ${copy}`}` : sql`${column}`
  }
  const names = columns.map(({ name }) => name)
  const listed = sql.join(
    names.map((name) => sql.identifier(name)),
    sql`, `,
  )
  await tx.execute(sql`
    insert into ${sql.identifier(table)} (${listed}) select ${sql.join(names.map(value), sql`, `)}
    from ${sql.identifier(table)} where ${sql.identifier(ids[0] ?? '')} < ${IDS}`)
}
