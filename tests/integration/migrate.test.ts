import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeEach, expect, inject, test } from 'vitest'
import { connect, type Database } from '#db/client'
import { knownMigrations, migrate, pendingMigrations } from '#db/migrate'

const server = connect(inject('postgresUrl'), { max: 1 })
const PROCESSES = 5
let nth = 0
let database: Database
let url: string

beforeEach(async () => {
  const name = `migrated_${process.pid}_${++nth}`
  url = inject('postgresUrl').replace(/[^/]*$/, name)
  await server.$client.unsafe(`create database ${name}`)
  database = connect(url, { max: 2 })
})
afterEach(async () => {
  await database.$client.end({ timeout: 1 })
  await server.$client.unsafe(`drop database ${new URL(url).pathname.slice(1)} with (force)`)
})
afterAll(() => server.$client.end())

function startOne(folder: string): { child: ChildProcess; ended: Promise<string> } {
  const child = fork(join(import.meta.dirname, '../support/migrate-process.ts'), [], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', DATABASE_URL: url, DATA_DIR: folder },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let said = ''
  child.stderr?.on('data', (chunk) => (said += chunk))
  return { child, ended: once(child, 'close').then(([code]) => `${code} ${said}`.trim()) }
}

const applied = async () =>
  (await database.execute<{ at: string }>(sql`select created_at as at from drizzle.__drizzle_migrations order by id`)).map(({ at }) =>
    Number(at),
  )

test('many processes that start at once on an empty database migrate it once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'backplane-migrate-'))
  const codes = await Promise.all(Array.from({ length: PROCESSES }, () => startOne(folder).ended))
  expect(codes).toEqual(Array.from({ length: PROCESSES }, () => '0'))
  expect(await applied()).toEqual(knownMigrations())
}, 90_000)

test('the same on one that an earlier version left, of which one makes a backup', async () => {
  const [first = 0] = knownMigrations()
  await migrate(database, first)
  const folder = mkdtempSync(join(tmpdir(), 'backplane-migrate-'))
  const codes = await Promise.all(Array.from({ length: PROCESSES }, () => startOne(folder).ended))
  expect(codes).toEqual(Array.from({ length: PROCESSES }, () => '0'))
  expect(await applied()).toEqual(knownMigrations())
  expect(readdirSync(join(folder, 'backups'))).toEqual([expect.stringMatching(/\.sql\.gz$/)])
}, 90_000)

test('one that is killed while it migrates leaves nothing half done, and the next does it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'backplane-migrate-'))
  const { child, ended } = startOne(folder)
  await expect
    .poll(async () => (await database.execute(sql`select 1 from pg_locks where locktype = 'advisory'`)).length, { interval: 2 })
    .toBe(1)
  child.kill('SIGKILL')
  await ended
  expect(await startOne(folder).ended).toBe('0')
  expect(await pendingMigrations(database)).toBe(0)
}, 90_000)
