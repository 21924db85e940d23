import type { ExtractTablesWithRelations } from 'drizzle-orm'
import { drizzle, type PostgresJsDatabase, type PostgresJsTransaction } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'

export type Database = PostgresJsDatabase & { $client: postgres.Sql }
/** The database, or a transaction of it: what a query needs. */
export type Queryable = Database | PostgresJsTransaction<Record<string, never>, ExtractTablesWithRelations<Record<string, never>>>

/** Connects to `url`; the pool opens connections as they are needed. `$client.end()` closes it. */
export function connect(url: string, { max = 10 }: { max?: number } = {}): Database {
  const client = postgres(url, {
    max,
    // A notice ("relation already exists, skipping") is nobody's news.
    onnotice: () => {},
    connection: { application_name: 'backplane' },
    // PgBouncer in transaction mode keeps no prepared statements between transactions.
    prepare: !new URL(url).searchParams.has('pgbouncer'),
  })
  return drizzle(client, { casing: 'snake_case' })
}

// Kept on the process, not the module: Next bundles this file beside the copy that the web process itself loads.
const held = globalThis as typeof globalThis & { backplaneDatabase?: Database }

/** This process's database, at DATABASE_URL; connected lazily, so that a build needs none. */
export function db(): Database {
  if (!held.backplaneDatabase) {
    const url = process.env.DATABASE_URL
    if (!url) throw new Error('DATABASE_URL is not set: start the program with `npm start`, which starts a database of its own')
    held.backplaneDatabase = connect(url)
  }
  return held.backplaneDatabase
}
