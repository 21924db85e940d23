import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { migrate as runMigrations } from 'drizzle-orm/postgres-js/migrator'
import type { Database } from './client.ts'

const folder = join(import.meta.dirname, 'migrations')
/** Any number will do, so long as every process asks for the same one. */
const MIGRATION_LOCK = 7_241_122

type Journal = { entries: { when: number }[] }

/** The migrations that this version knows, by when each was made: the number that the database remembers it by. */
export function knownMigrations(): number[] {
  return readJournal().entries.map(({ when }) => when)
}

/** How many migrations the database has yet to see; all of them for an empty one. */
export async function pendingMigrations(database: Database): Promise<number> {
  const all = knownMigrations()
  const [known] = await database.execute<{ known: string | null }>(sql`select to_regclass('drizzle.__drizzle_migrations') as known`)
  if (!known?.known) return all.length
  const [last] = await database.execute<{ at: string | null }>(sql`select max(created_at) as at from drizzle.__drizzle_migrations`)
  return all.filter((when) => when > Number(last?.at ?? 0)).length
}

/**
 * Brings the schema up to date, or up to the migration that was made at `upTo`. Safe to call from many starting processes:
 * one migrates, the others wait for it. `before` is done by that one, where there is something to change.
 */
export async function migrate(database: Database, upTo = Number.POSITIVE_INFINITY, before = async () => {}): Promise<void> {
  const connection = await database.$client.reserve()
  const part = upTo === Number.POSITIVE_INFINITY ? null : migrationsUpTo(upTo)
  try {
    await connection`select pg_advisory_lock(${MIGRATION_LOCK})`
    if ((await pendingMigrations(database)) > 0) await before()
    await runMigrations(database, { migrationsFolder: part ?? folder })
  } finally {
    await connection`select pg_advisory_unlock(${MIGRATION_LOCK})`
    connection.release()
    if (part) rmSync(part, { recursive: true })
  }
}

/** A folder of its own with the earlier migrations only: the library knows no other way to stop at one. */
function migrationsUpTo(when: number): string {
  const part = mkdtempSync(join(tmpdir(), 'backplane-migrations-'))
  cpSync(folder, part, { recursive: true })
  const journal = readJournal()
  const earlier = { ...journal, entries: journal.entries.filter((entry) => entry.when <= when) }
  writeFileSync(join(part, 'meta', '_journal.json'), JSON.stringify(earlier))
  return part
}

function readJournal(): Journal {
  return JSON.parse(readFileSync(join(folder, 'meta', '_journal.json'), 'utf8'))
}
