import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type postgres from 'postgres'
import type { Database } from '#db/client'
import { knownMigrations, migrate } from '#db/migrate'

/** Why a file cannot be restored, as a sentence to the owner. */
export class RestoreError extends Error {}

const HEAD = /^-- Backplane backup of (\S+)\n-- Schema: (\d+)\n/
/** Nothing of a file is run but what `backup.ts` writes: rows into tables of ours, and where sequences stand. */
const COPY = /^COPY public\.(?:\w+|"[^"]+") \((?:(?:\w+|"[^"]+")(?:, )?)+\) FROM stdin;$/
const SEQUENCE = /^SELECT pg_catalog\.setval\('public\.(?:\w+|"[^"]+")', \d+, true\);$/
const END = Buffer.from('\n\\.\n')

/** When the backup was made and at which migration, once the whole file has been read and is sound. Throws RestoreError. */
export async function checkBackup(file: string): Promise<{ madeAt: string; schema: number }> {
  let head = ''
  try {
    for await (const chunk of unzipped(file)) if (head.length < 200) head += String(chunk).slice(0, 200)
  } catch (error) {
    throw new RestoreError(`${file} cannot be read as a backup: ${error instanceof Error ? error.message : error}.`)
  }
  const [, madeAt, schema] = HEAD.exec(head) ?? []
  if (!madeAt || !schema) throw new RestoreError(`${file} is no backup of Backplane.`)
  if (!knownMigrations().includes(Number(schema)))
    throw new RestoreError(`${file} was made by a newer version of Backplane: update this one first (git pull).`)
  return { madeAt, schema: Number(schema) }
}

/** Whether there is anything in the database that a restored backup would replace. */
export async function isEmpty({ $client: sql }: Database): Promise<boolean> {
  const [sources] = await sql`select to_regclass('public.sources') is not null as there`
  if (!sources?.there) return true
  const [found] = await sql`select exists (select from sources) or exists (select from posts) as any`
  return !found?.any
}

/**
 * Makes the database what it was when `file` was written, and then what this version works with. All that was in it goes,
 * jobs included, which are planned anew. Reads the file as it comes, in constant memory. Throws what the database throws; then
 * the database is left without rows.
 */
export async function restore(database: Database, file: string): Promise<void> {
  const { schema } = await checkBackup(file)
  await emptyOut(database.$client)
  await migrate(database, schema)
  await database.$client.begin((sql) => load(sql, unzipped(file)))
  await migrate(database)
}

/** The file as it comes; whoever reads it hears of its faults. */
function unzipped(file: string): AsyncIterable<Buffer> {
  const unzip = createGunzip()
  pipeline(createReadStream(file), unzip).catch(() => {})
  return unzip
}

/** Everything of this program goes; what extensions brought stays. */
async function emptyOut(sql: postgres.Sql): Promise<void> {
  await sql.begin(async (tx) => {
    await tx.unsafe('drop schema if exists drizzle cascade; drop schema if exists pgboss cascade')
    const ours = await tx<{ drop: string }[]>`
      select format('drop table %I.%I cascade', n.nspname, c.relname) as drop
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'public' and c.relkind in ('r', 'p')
        and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
      union all
      select format('drop function %s cascade', p.oid::regprocedure) from pg_proc p
      where p.pronamespace = 'public'::regnamespace and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')`
    for (const { drop } of ours) await tx.unsafe(drop)
  })
}

/** Feeds each block of rows to its table, and runs the other statements, as they come. */
async function load(sql: postgres.TransactionSql, dump: AsyncIterable<Buffer>): Promise<void> {
  const chunks = dump[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)
  let ended = false
  const more = async () => {
    const { value, done } = await chunks.next()
    ended = done ?? false
    if (value) rest = rest.length > 0 ? Buffer.concat([rest, value]) : value
  }

  /** The next line without its end; null when there is none. */
  async function line(): Promise<string | null> {
    let at = rest.indexOf(10)
    while (at < 0 && !ended) {
      await more()
      at = rest.indexOf(10)
    }
    if (at < 0) return null
    const text = rest.toString('utf8', 0, at)
    rest = rest.subarray(at + 1)
    return text
  }

  /** Bytes up to the line that ends a block. */
  async function* rows(): AsyncGenerator<Buffer> {
    // An empty block ends at once: as if a line had ended before it.
    rest = Buffer.concat([Buffer.from('\n'), rest])
    let skip = 1
    for (;;) {
      const end = rest.indexOf(END)
      if (end >= 0) {
        if (end + 1 > skip) yield rest.subarray(skip, end + 1)
        rest = rest.subarray(end + END.length)
        return
      }
      if (ended) throw new RestoreError('The backup ends in the middle of a table.')
      // The end of a block may stand across two chunks.
      const safe = rest.length - END.length
      if (safe > skip) {
        yield rest.subarray(skip, safe)
        rest = rest.subarray(safe)
        skip = 0
      }
      await more()
    }
  }

  for (let text = await line(); text !== null; text = await line()) {
    if (COPY.test(text)) await pipeline(Readable.from(rows(), { objectMode: false }), await sql.unsafe(text.slice(0, -1)).writable())
    else if (SEQUENCE.test(text)) await sql.unsafe(text)
    else if (text && !text.startsWith('-- ')) throw new RestoreError(`The backup has a line that no backup has: ${text.slice(0, 60)}`)
  }
}
