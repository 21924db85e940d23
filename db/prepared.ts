import type { SQL } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import type { Database } from './client.ts'

const dialect = new PgDialect({ casing: 'snake_case' })

/**
 * Runs a query as a statement that each connection prepares once: one way to the server and back instead of two, and no
 * planning once Postgres knows a plan that does for all. Drizzle asks without,
 * which takes longer than reading a page of the timeline. For queries of few forms: every other text is a statement more.
 * Through PgBouncer nothing is prepared, as `connect` says.
 */
export function prepared<Row extends object>(database: Database, query: SQL): Promise<Row[]> {
  const { sql: text, params } = dialect.sqlToQuery(query)
  return database.$client.unsafe<Row[]>(text, params.map(String), { prepare: true })
}
