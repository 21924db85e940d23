import type { ExtractTablesWithRelations } from 'drizzle-orm'
import { drizzle, type PostgresJsDatabase, type PostgresJsTransaction } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'

export type Database = PostgresJsDatabase & { $client: postgres.Sql }
/** The database, or a transaction of it: what a query needs. */
export type Queryable = Database | PostgresJsTransaction<Record<string, never>, ExtractTablesWithRelations<Record<string, never>>>

/**
 * Connects to `url`; the pool opens connections as they are needed. `$client.end()` closes it. `pooled`: it leads through
 * PgBouncer in transaction mode, which keeps no prepared statements between transactions.
 */
export function connect(url: string, { max = 10, pooled = false }: { max?: number; pooled?: boolean } = {}): Database {
  const client = postgres(url, {
    max,
    // A notice ("relation already exists, skipping") is nobody's news.
    onnotice: () => {},
    connection: { application_name: 'backplane' },
    prepare: !pooled,
    // The library's own waits grow to 20 s: pages would fail long after the database is back.
    backoff: (tries: number) => Math.min(0.05 * 2 ** tries, 1),
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
    // Where another address leads to Postgres itself, this one does not.
    const pooled = Boolean(process.env.DATABASE_DIRECT_URL || process.env.DATABASE_DIRECT_URL_FILE)
    held.backplaneDatabase = connect(url, { pooled })
  }
  return held.backplaneDatabase
}
