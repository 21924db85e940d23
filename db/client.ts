import type { ExtractTablesWithRelations } from 'drizzle-orm'
import { drizzle, type PostgresJsDatabase, type PostgresJsTransaction } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'

export type Database = PostgresJsDatabase & { $client: postgres.Sql }
/** The database, or a transaction of it: what a query needs. */
export type Queryable = Database | PostgresJsTransaction<Record<string, never>, ExtractTablesWithRelations<Record<string, never>>>

type Options = {
  max?: number
  pooled?: boolean
  /** Hears when a connection is closed, for whatever reason. */
  lost?: () => unknown
}

/** What goes on over a pool that is given up, such as a long transaction over another of its connections, may take so long. */
const FINISH_SECONDS = 60

/**
 * Connects to `url`; the pool opens connections as they are needed. `$client.end()` closes it. `pooled`: it leads through
 * PgBouncer in transaction mode, which keeps no prepared statements between transactions.
 */
export function connect(url: string, { max = 10, pooled = false, lost }: Options = {}): Database {
  const client = postgres(url, {
    max,
    // A notice ("relation already exists, skipping") is nobody's news.
    onnotice: () => {},
    ...(lost && { onclose: lost }),
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
    const madeAt = performance.now()
    // While there is no database each try ends so: one pool a second will do.
    const lost = () => performance.now() - madeAt > 1000 && giveUp(database)
    const database = connect(url, { pooled, lost })
    held.backplaneDatabase = database
  }
  return held.backplaneDatabase
}

/**
 * A pool that lost a connection is used no more. postgres.js 3.4.9 may keep of such a connection that something waits to
 * be written, and then writes nothing over it ever again, once it is connected anew: whatever is asked over it hangs.
 */
function giveUp(database: Database): void {
  if (held.backplaneDatabase !== database) return
  delete held.backplaneDatabase
  database.$client.end({ timeout: FINISH_SECONDS }).catch(() => {})
}
