import type { GetColumnData, SQL } from 'drizzle-orm'
import { sql } from 'drizzle-orm'
import { type PgColumn, PgDialect } from 'drizzle-orm/pg-core'
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

/** What is sent to Postgres: `$1` is the first of the parameters. */
export type Question = { text: string; params: string[] }

/** The same of a text that is not put together by Drizzle, which takes as long as a lane is read; `prepare`: whether it is of few forms. */
export function preparedText<Row extends object>(database: Database, { text, params }: Question, prepare: boolean): Promise<Row[]> {
  return database.$client.unsafe<Row[]>(text, params, { prepare })
}

type Columns = { [name: string]: PgColumn }
type RowOf<Fields extends Columns> = { [Name in keyof Fields]: GetColumnData<Fields[Name]> }

/**
 * What a `select` of drizzle gives of these columns, none of them of an outer join, prepared as above; `rest` begins with
 * `from`. Drizzle puts such a statement together anew for every page and asks of each value of each row what kind of
 * column it came from: of the time that a page of the timeline takes, that was a tenth.
 */
export async function preparedRows<Fields extends Columns>(database: Database, fields: Fields, rest: SQL): Promise<RowOf<Fields>[]> {
  const { list, columns } = listOf(fields)
  const { sql: text, params } = dialect.sqlToQuery(sql`select ${list} ${rest}`)
  const rows = await database.$client.unsafe(text, params.map(String), { prepare: true }).values()
  return rows.map((values) => {
    const row: Record<string, unknown> = {}
    for (const [nth, [name, column]] of columns.entries()) {
      const value = values[nth]
      row[name] = value === null ? null : column.mapFromDriverValue(value)
    }
    return row as RowOf<Fields>
  })
}

type Listed = { list: SQL; columns: [name: string, column: PgColumn][] }
const lists = new WeakMap<Columns, Listed>()

/** The columns as a statement names them, put together once. */
function listOf(fields: Columns): Listed {
  const known = lists.get(fields)
  if (known) return known
  const columns = Object.entries(fields)
  const named = columns.map(([, column]) => sql`${column}`)
  const listed = { list: sql.raw(dialect.sqlToQuery(sql.join(named, sql`, `)).sql), columns }
  lists.set(fields, listed)
  return listed
}
