import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect, type Database, db } from '#db/client'
import { indexPosts } from '#db/index-posts'
import { saveBatch } from '#db/save-batch'
import { entries, posts, sightings } from '#db/schema'
import { sources } from '#db/sources-schema'
import { writeBackup } from '#lib/postgres/backup'
import { postgresUser } from '#lib/postgres/postgres-user'
import { restore } from '#lib/postgres/restore'
import { testDatabase } from '#tests/support/database'
import { eventually } from '#tests/support/eventually'
import { aBatch, aPost, heldSource } from '#tests/support/post'

/** Where Debian's packages have the programs of each major version: those but the embedded 18 that this computer has. */
const installed = existsSync('/usr/lib/postgresql')
  ? readdirSync('/usr/lib/postgresql').filter((major) => major !== '18' && existsSync(`/usr/lib/postgresql/${major}/bin/initdb`))
  : []
const database = testDatabase()

test.skipIf(installed.length > 0)('no other major version of Postgres is installed here, so that none is tried', () => {})

describe.each(installed)('a backup of Postgres 18, in Postgres %s', (major) => {
  const folder = mkdtempSync(join(tmpdir(), 'backplane-other-postgres-'))
  const data = join(folder, 'data')
  const file = join(folder, 'backup.sql.gz')
  let server: ChildProcess
  let other: Database

  beforeAll(async () => {
    const user = postgresUser(data)
    chmodSync(folder, 0o755)
    mkdirSync(data, { mode: 0o700 })
    if (user) chownSync(data, user.uid, user.gid)
    const programs = `/usr/lib/postgresql/${major}/bin`
    const how = { ...user, cwd: data, env: { LC_ALL: 'C', NODE_ENV: 'production' as const }, stdio: 'ignore' as const }
    spawnSync(join(programs, 'initdb'), ['-D', data, '-U', 'postgres', '-E', 'UTF8', '--locale=C', '--no-sync'], how)
    const port = await freePort()
    const options = ['-D', data, '-p', `${port}`, '-h', '127.0.0.1', '-k', '', '-F']
    server = spawn(join(programs, 'postgres'), options, how)
    other = connect(`postgres://postgres@127.0.0.1:${port}/postgres`, { max: 2 })
    await eventually(async () => {
      const [{ version } = { version: '' }] = await other.execute<{ version: string }>(sql`show server_version`).then(
        (rows) => rows.map((row) => ({ version: String(Object.values(row)[0]) })),
        () => [],
      )
      expect(version).toMatch(new RegExp(`^${major}\\.`))
    })
  }, 60_000)
  afterAll(async () => {
    await other?.$client.end()
    server?.kill('SIGINT')
    if (server && server.exitCode === null) await once(server, 'exit')
    rmSync(folder, { recursive: true, force: true })
  })

  test('holds what was there, and is backed up into 18 again', async () => {
    const { source, holder } = await heldSource('A server', { platform: 'mastodon' })
    const some = ['one', 'a\ttab \\. and a\nline', 'ünïcode ✓'].map((text, at) => aPost(`post:${at}`, { text, tags: ['hpc'] }))
    await saveBatch(source, holder, aBatch(some), new Date())
    const whole = (of: Database) => Promise.all([sources, posts, entries, sightings].map((table) => of.select().from(table)))
    const before = await whole(db())
    expect(await writeBackup(database.db, file, new Date())).toBe(true)

    await restore(other, file)
    expect(await whole(other)).toEqual(before)
    const back = join(folder, 'back.sql.gz')
    expect(await writeBackup(other, back, new Date())).toBe(true)
    await restore(database.db, back)
    expect(await whole(db())).toEqual(before)
    expect(await indexPosts()).toBe(some.length)
  })
})

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  return typeof address === 'object' && address ? address.port : 0
}
