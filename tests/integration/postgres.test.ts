import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, afterEach, expect, test } from 'vitest'
import { connect, db } from '#db/client'
import { networkFileSystem } from '#lib/postgres/network-file-system'
import { type Postgres, PostgresError, startPostgres } from '#lib/postgres/postgres'
import { testDatabase } from '../support/database.ts'
import { smallDisk, temporaryFolder } from '../support/program.ts'

const database = testDatabase()
const isRoot = process.getuid?.() === 0
const folders: string[] = []
const running: Postgres[] = []

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop()
})
afterAll(() => {
  for (const made of folders) rmSync(made, { recursive: true, force: true })
})

function folder(): string {
  const made = temporaryFolder()
  folders.push(made)
  return made
}

async function start(dataDir: string): Promise<Postgres> {
  const server = await startPostgres(dataDir, { durable: false })
  running.push(server)
  return server
}

/** The sentence with which a start is refused. */
async function refusal(dataDir: string): Promise<string> {
  const error = await start(dataDir).then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(PostgresError)
  return error instanceof Error ? error.message : ''
}

test('a test file has a migrated, empty database of its own, which db() finds', async () => {
  expect(database.db).toBe(db())
  const [row] = await db().execute<{ count: string }>(sql`select count(*) from posts`)
  expect(row?.count).toBe('0')
})

test('it listens on loopback only, and lets nobody in without the password', async () => {
  const server = await start(folder())
  const own = connect(server.url, { max: 1 })
  const [row] = await own.execute<{ addresses: string; sockets: string }>(
    sql`select current_setting('listen_addresses') as addresses, current_setting('unix_socket_directories') as sockets`,
  )
  expect(row).toEqual({ addresses: '127.0.0.1', sockets: '' })
  await own.$client.end()

  const url = new URL(server.url)
  url.password = 'guessed'
  const stranger = connect(url.href, { max: 1 })
  await expect(stranger.$client`select 1`).rejects.toMatchObject({ code: '28P01' })
  await stranger.$client.end()
})

test.runIf(isRoot)('root keeps its data and its binaries in a folder that is closed to others, as under /root', async () => {
  const closed = join(folder(), 'closed')
  mkdirSync(closed, { mode: 0o700 })
  const dataDir = join(closed, '.data')
  const first = await start(dataDir)
  expect(statSync(join(dataDir, 'postgres')).uid).not.toBe(0)
  const own = connect(first.url, { max: 1 })
  await own.execute(sql`create table kept as select 1 as one`)
  await own.$client.end()
  await running.pop()?.stop()

  const second = await start(dataDir)
  const again = connect(second.url, { max: 1 })
  expect(await again.execute(sql`select one from kept`)).toHaveLength(1)
  await again.$client.end()
})

test('what a killed start left half made is cleared away, and the creation begins anew', async () => {
  const dataDir = folder()
  const dead = spawnSync(process.execPath, ['--eval', '']).pid
  mkdirSync(join(dataDir, `postgres.new-${dead}`))
  await start(dataDir)
  expect(readdirSync(dataDir).sort()).toEqual(['database-url', 'postgres', 'postgres.log'])
})

test('the data of another major version is refused with what to do, and not touched', async () => {
  const dataDir = folder()
  mkdirSync(join(dataDir, 'postgres'))
  writeFileSync(join(dataDir, 'postgres', 'PG_VERSION'), '15\n')
  expect(await refusal(dataDir)).toMatch(/was made by Postgres 15, and this program brings Postgres 18: .*DATA_DIR/)
  expect(readdirSync(join(dataDir, 'postgres'))).toEqual(['PG_VERSION'])
})

test('a server that cannot start is tried for 10 s, then its reason is said', async () => {
  const dataDir = folder()
  await (await startPostgres(dataDir, { durable: false })).stop()
  writeFileSync(join(dataDir, 'postgres', 'postgresql.conf'), 'nonsense = on\n')
  const startedAt = Date.now()
  expect(await refusal(dataDir)).toMatch(/^The database does not start: .* Its log is /)
  expect(Date.now() - startedAt).toBeGreaterThan(9_000)
})

test('network file systems are known by their numbers, also where these are signed', () => {
  expect(networkFileSystem('', 0x6969)).toBe('NFS')
  expect(networkFileSystem('', 0xff534d42)).toBe('CIFS')
  expect(networkFileSystem('', -11317950)).toBe('CIFS')
  expect(networkFileSystem('', 0x0bd00bd0)).toBe('Lustre')
  expect(networkFileSystem('', 0xef53)).toBeNull()
  expect(networkFileSystem(folder())).toBeNull()
})

test('a disk that is full is said in a sentence, and nothing is begun on it', async () => {
  const disk = smallDisk(16)
  // Not everybody may mount one: then there is nothing to try it on.
  if (!disk) return
  try {
    expect(await refusal(join(disk.place, 'data'))).toMatch(/^The disk of .* is full: make room and start again\./)
    expect(readdirSync(join(disk.place, 'data'))).toEqual([])
  } finally {
    disk.remove()
  }
})

test('the port is kept, so that the address stays the same', async () => {
  const dataDir = folder()
  const { url } = await start(dataDir)
  await running.pop()?.stop()
  expect((await start(dataDir)).url).toBe(url)
  expect(readFileSync(join(dataDir, 'database-url'), 'utf8').trim()).toBe(url)
})
