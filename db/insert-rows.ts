import { getTableColumns, getTableName, type SQL, sql } from 'drizzle-orm'
import { toSnakeCase } from 'drizzle-orm/casing'
import type { PgTable } from 'drizzle-orm/pg-core'

/**
 * An insert of many whole rows as JSON, which Postgres takes apart: building a statement with a parameter for each of
 * 500 × 40 values costs three times what storing them does (measured: 2,500 against 6,000 posts/s). What is null is not
 * sent, and what is the same in every row is sent once, since taking apart is most of what is left: of posts half of it.
 * Rows hold every column; what follows (`on conflict`, `returning`) is the caller's to append.
 */
export function insertRows<Row extends object>(table: PgTable, rows: Row[]): SQL {
  const present = columnsOf(table).filter(([key]) => key in (rows[0] ?? {}))
  const columns = sql.raw(present.map(([, column]) => `"${column}"`).join(', '))
  const name = sql.identifier(getTableName(table))
  const shared: { [column: string]: unknown } = {}
  const own: typeof present = []
  for (const [key, column] of present) {
    const value = cellOf(rows[0], key)
    if (rows.every((row) => isSame(cellOf(row, key), value))) shared[column] = value
    else own.push([key, column])
  }
  const told = rows.map((row) => {
    const values: { [column: string]: unknown } = {}
    for (const [key, column] of own) {
      const value = cellOf(row, key)
      if (value !== null) values[column] = value
    }
    return values
  })
  const base = sql`jsonb_populate_record(null::${name}, ${storableJson(shared)}::jsonb)`
  return sql`insert into ${name} (${columns}) select ${columns} from jsonb_populate_recordset(${base}, ${storableJson(told)}::jsonb)`
}

function cellOf<Row extends object>(row: Row | undefined, key: string): unknown {
  return row?.[key as keyof Row] ?? null
}

/** Seen cheaply: of lists only that nothing is in them. A column of which one row has nothing, and another something, is each row's own. */
function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (one instanceof Date && other instanceof Date) return one.getTime() === other.getTime()
  return Array.isArray(one) && Array.isArray(other) && one.length + other.length === 0
}

/** The same without what Postgres cannot store in a text; dates become ISO strings. */
export function storable<Row extends object>(row: Row): Row {
  return JSON.parse(storableJson(row))
}

/** How JSON writes NUL and half of a surrogate pair. */
const UNSTORABLE = /\\u(?:0000|d[89a-f])/

/** Postgres stores no NUL and no half of a surrogate pair; strangers send both, seldom enough to be looked for first. */
export function storableJson(value: object): string {
  const json = JSON.stringify(value)
  return UNSTORABLE.test(json) ? JSON.stringify(value, storableText) : json
}

function storableText(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '').toWellFormed() : value
}

const columnsOfTables = new Map<PgTable, [key: string, column: string][]>()

function columnsOf(table: PgTable): [key: string, column: string][] {
  const columns = columnsOfTables.get(table) ?? Object.keys(getTableColumns(table)).map((key): [string, string] => [key, toSnakeCase(key)])
  columnsOfTables.set(table, columns)
  return columns
}

/** Rows that travel in one statement. */
const CHUNK = 1000

/** The items in parts of 1,000: a statement that stays small. */
export function* chunks<T>(items: T[]): Generator<T[]> {
  for (let start = 0; start < items.length; start += CHUNK) yield items.slice(start, start + CHUNK)
}

/** `column = any(…)`: one parameter however many values, where each of a list would be planned and bound on its own. */
export function isAnyOf(column: Parameters<typeof sql.param>[0] | SQL, values: string[]): SQL {
  return sql`${column} = any(${sql.param(values)}::text[])`
}

/** The same for ids. */
export function isAnyId(column: Parameters<typeof sql.param>[0] | SQL, ids: number[]): SQL {
  return sql`${column} = any(${`{${ids.join(',')}}`}::bigint[])`
}
