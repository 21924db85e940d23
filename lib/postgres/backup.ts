import { createWriteStream, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type postgres from 'postgres'
import type { Database } from '#db/client'

const KEPT = 5
/**
 * The search index and the keys of copies: whoever reads posts in makes them by that. Who asked how often is nobody's to
 * keep; and what was signed out or used up since must not sign anybody in again.
 */
const MADE_ANEW = ['indexed_posts', 'unindexed_posts', 'copy_keys', 'rate_limits', 'sessions', 'proofs']

/**
 * Writes every table of the program into one file, `folder/<time>.sql.gz`, and keeps the newest five. Returns its path, or
 * null when there is nothing to keep yet. The file is SQL as pg_dump's `--data-only` writes it, so that one can look
 * into it and `psql` can read it: a comment that names the schema's version, `COPY … FROM stdin` with the rows of each
 * table as of one instant, referenced tables first, then where each sequence stands. Jobs, the search index, the keys
 * of copies and who is signed in are not in it: they are made anew.
 * Throws what the disk or the database throws; nothing half written is left behind.
 */
export async function backUp(database: Database, folder: string, now = new Date()): Promise<string | null> {
  const file = join(folder, `${now.toISOString().replaceAll(':', '-')}.sql.gz`)
  if (!(await writeBackup(database, file, now))) return null
  // Names sort by time.
  const backups = readdirSync(folder)
    .filter((name) => name.endsWith('.sql.gz'))
    .sort()
  for (const old of backups.slice(0, -KEPT)) rmSync(join(folder, old))
  return file
}

/** Writes one such file, in a folder that is made where it is not there; in constant memory. False when there is nothing to keep. */
export async function writeBackup(database: Database, file: string, now: Date): Promise<boolean> {
  const folder = dirname(file)
  const draft = `${file}.part`
  const written = await database.$client.begin('isolation level repeatable read read only', async (sql) => {
    const tables = await tablesOf(sql)
    if (tables.length === 0) return false
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    for (const left of readdirSync(folder)) if (left.endsWith('.sql.gz.part')) rmSync(join(folder, left))
    try {
      await pipeline(Readable.from(dump(sql, tables, now)), createGzip(), createWriteStream(draft, { mode: 0o600, flush: true }))
    } catch (error) {
      rmSync(draft, { force: true })
      throw error
    }
    return true
  })
  if (written) renameSync(draft, file)
  return written
}

type Table = { name: string; columns: string[]; needs: string[] }

/** Those that others refer to come first. */
async function tablesOf(sql: postgres.TransactionSql): Promise<Table[]> {
  const tables = await sql<Table[]>`
    select quote_ident(c.relname) as name,
      array(
        select quote_ident(attname) from pg_attribute
        where attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = '' order by attnum
      ) as columns,
      array(
        select distinct confrelid::regclass::text from pg_constraint
        where conrelid = c.oid and contype = 'f' and confrelid <> c.oid
      ) as needs
    from pg_class c
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.relname <> all(${MADE_ANEW})
    order by 1`
  const ordered: Table[] = []
  while (ordered.length < tables.length) {
    const ready = tables.filter(
      (table) => !ordered.includes(table) && table.needs.every((need) => ordered.some(({ name }) => name === need)),
    )
    if (ready.length === 0) throw new Error('Tables refer to each other in a circle: a backup of them could not be read in')
    ordered.push(...ready)
  }
  return ordered
}

async function* dump(sql: postgres.TransactionSql, tables: Table[], now: Date): AsyncGenerator<string | Buffer> {
  const [migrations] = await sql`select to_regclass('drizzle.__drizzle_migrations') is not null as there`
  const [last] = migrations?.there ? await sql`select max(created_at) as at from drizzle.__drizzle_migrations` : []
  yield `-- Backplane backup of ${now.toISOString()}\n-- Schema: ${last?.at ?? 'none'}\n`
  for (const { name, columns } of tables) {
    const list = columns.join(', ')
    yield `\nCOPY public.${name} (${list}) FROM stdin;\n`
    const rows = await sql.unsafe(`copy public.${name} (${list}) to stdout`).readable()
    yield* rows
    // Where the end came together with more rows than it takes at once, postgres.js has stopped listening to its connection and
    // nothing would ever be heard there again: asked for more, it listens.
    rows._read(0)
    yield '\\.\n'
  }
  const sequences =
    await sql`select quote_ident(sequencename) as name, last_value from pg_sequences where schemaname = 'public' and last_value is not null`
  yield '\n'
  for (const { name, last_value } of sequences) yield `SELECT pg_catalog.setval('public.${name}', ${last_value}, true);\n`
}
