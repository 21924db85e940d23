import type { ExtractTablesWithRelations } from 'drizzle-orm'
import { drizzle, type PostgresJsDatabase, type PostgresJsTransaction } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'

export type Database = PostgresJsDatabase & { $client: postgres.Sql }
/** The database, or a transaction of it: what a query needs. */
export type Queryable = Database | PostgresJsTransaction<Record<string, never>, ExtractTablesWithRelations<Record<string, never>>>

type Options = {
  max?: number
  pooled?: boolean
  /** Hears when a connection is closed, for whatever reason, of a pool that once had one. */
  lost?: () => unknown
}

/** What goes on over a pool that is given up, such as a long transaction over another of its connections, may take so long. */
const FINISH_SECONDS = 60

/** A server that takes longer to let somebody in is not there; so long, too, waits what the library hangs over a connection it lost. */
const CONNECT_SECONDS = 5

/**
 * Connects to `url`; the pool opens connections as they are needed. `$client.end()` closes it. `pooled`: it leads through
 * PgBouncer in transaction mode, which keeps no prepared statements between transactions.
 */
export function connect(url: string, { max = 10, pooled = false, lost }: Options = {}): Database {
  // While there is no database, each try to connect ends as a lost connection does: what a connected server says first tells them apart.
  let connected = false
  const client = postgres(url, {
    max,
    // A notice ("relation already exists, skipping") is nobody's news.
    onnotice: () => {},
    ...(lost && { onparameter: () => (connected = true), onclose: () => connected && lost() }),
    connect_timeout: CONNECT_SECONDS,
    connection: { application_name: 'backplane' },
    prepare: !pooled,
    // The library's own waits grow to 20 s: pages would fail long after the database is back.
    backoff: (tries: number) => Math.min(0.05 * 2 ** tries, 1),
  })
  return drizzle(client, { casing: 'snake_case' })
}

/**
 * Connects to `url`, and says when the pool lost a connection and another is to be used from then on. postgres.js 3.4.9 may
 * keep of such a connection that something waits to be written, and then writes nothing over it ever again, once it is
 * connected anew: whatever is asked over it hangs (https://github.com/porsager/postgres/issues/1154, /1208).
 */
export function connectUntilLost(url: string, options: Options, lost: (database: Database) => void): Database {
  const database = connect(url, { ...options, lost: () => lost(database) })
  return database
}

/** Ends a pool that is used no more, once what goes on over it is done. */
export function retire({ $client }: Database): void {
  $client.end({ timeout: FINISH_SECONDS }).catch(() => {})
}

// Kept on the process, not the module: Next bundles this file beside the copy that the web process itself loads.
const held = globalThis as typeof globalThis & { backplaneDatabase?: Database }

/** This process's database, at DATABASE_URL; connected lazily, so that a build needs none. Another pool after a connection was lost. */
export function db(): Database {
  if (!held.backplaneDatabase) {
    const url = process.env.DATABASE_URL
    if (!url) throw new Error('DATABASE_URL is not set: start the program with `npm start`, which starts a database of its own')
    // Where another address leads to Postgres itself, this one does not.
    const pooled = Boolean(process.env.DATABASE_DIRECT_URL || process.env.DATABASE_DIRECT_URL_FILE)
    held.backplaneDatabase = connectUntilLost(url, { pooled }, (lost) => {
      if (held.backplaneDatabase !== lost) return
      delete held.backplaneDatabase
      retire(lost)
    })
  }
  return held.backplaneDatabase
}

/** `db()` for a library that keeps what it is given: whatever it asks goes to the pool of the moment. */
export const lastingDb = new Proxy({} as Database, {
  get(_, name) {
    const now = db()
    const member = Reflect.get(now, name, now)
    return typeof member === 'function' ? member.bind(now) : member
  },
})
