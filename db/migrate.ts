import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { migrate as runMigrations } from 'drizzle-orm/postgres-js/migrator'
import type { Database } from './client.ts'

const folder = join(import.meta.dirname, 'migrations')
/** Any number will do, so long as every process asks for the same one. */
const MIGRATION_LOCK = 7_241_122

/** How many migrations the database has yet to see; all of them for an empty one. */
export async function pendingMigrations(database: Database): Promise<number> {
  const journal: { entries: { when: number }[] } = JSON.parse(readFileSync(join(folder, 'meta', '_journal.json'), 'utf8'))
  const [known] = await database.execute<{ known: string | null }>(sql`select to_regclass('drizzle.__drizzle_migrations') as known`)
  if (!known?.known) return journal.entries.length
  const [last] = await database.execute<{ at: string | null }>(sql`select max(created_at) as at from drizzle.__drizzle_migrations`)
  return journal.entries.filter(({ when }) => when > Number(last?.at ?? 0)).length
}

/** Brings the schema up to date. Safe to call from many starting processes: one migrates, the others wait for it. */
export async function migrate(database: Database): Promise<void> {
  const connection = await database.$client.reserve()
  try {
    await connection`select pg_advisory_lock(${MIGRATION_LOCK})`
    await runMigrations(database, { migrationsFolder: folder })
  } finally {
    await connection`select pg_advisory_unlock(${MIGRATION_LOCK})`
    connection.release()
  }
}
