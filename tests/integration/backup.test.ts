import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import { afterAll, expect, inject, test } from 'vitest'
import { accounts, proofs, sessions } from '#db/account-schema'
import { connect, db } from '#db/client'
import { indexPosts } from '#db/index-posts'
import { heartbeats } from '#db/running-schema'
import { saveBatch } from '#db/save-batch'
import { copyKeys, entries, indexedPosts, posts, sightings, unindexedPosts } from '#db/schema'
import { sources, unreadableItems } from '#db/sources-schema'
import { backUp, writeBackup } from '#lib/postgres/backup'
import { testDatabase } from '../support/database.ts'
import { aBatch, aPost, heldSource } from '../support/post.ts'
import { TEMPLATE } from '../support/postgres.ts'

const database = testDatabase()
const folder = mkdtempSync(join(tmpdir(), 'backplane-backups-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** As `psql` would: a block of rows after each COPY, every other line a statement. */
async function readIn(url: string, dump: string): Promise<void> {
  const into = postgres(url, { max: 1 })
  const [statements = '', ...blocks] = dump.split(/^(?=COPY )/m)
  expect(statements).toMatch(/^-- Backplane backup of /)
  for (const block of blocks) {
    const [, copy = '', rows = '', rest = ''] = /^(COPY .*?;)\n(.*?)^\\\.\n(.*)$/ms.exec(block) ?? []
    const to = await into.unsafe(copy.replace(/;$/, '')).writable()
    to.end(rows)
    await new Promise((resolve, reject) => to.on('finish', resolve).on('error', reject))
    if (rest.trim()) await into.unsafe(rest)
  }
  await into.end()
}

test('a backup can be read into an empty database of the same schema, and nothing is missing', async () => {
  const settings = { text: 'a tab \t, a line\nand a \\. backslash', ключ: 'value' }
  const rules = { include: [], exclude: [], languages: [], replies: 'all', reposts: 'all', backfill: { days: 7, posts: 500 } } as const
  const source = {
    key: 'made-up',
    platform: 'none',
    name: 'Made up',
    settings,
    everySeconds: 60,
    rules: { ...rules, include: [], exclude: [], languages: [] },
  }
  const [saved] = await db().insert(sources).values(source).returning()
  const at = new Date('2026-11-22T10:00:00.123Z')
  await db()
    .insert(unreadableItems)
    .values({ sourceId: saved?.id ?? 0, at, reason: 'made up', payload: '\\.\n\\N\r\n' })
  await db().insert(heartbeats).values({ id: crypto.randomUUID(), role: 'worker', startedAt: at, beatAt: at })

  const { source: held, holder } = await heldSource('posts')
  await saveBatch(held, holder, aBatch([aPost('found again', { text: 'wiedergefunden' }), aPost('not indexed yet')]), at)
  await indexPosts()
  await saveBatch(held, holder, aBatch([aPost('later')]), at)

  const file = await backUp(database.db, folder)
  expect(statSync(file ?? '').mode & 0o777).toBe(0o600)
  const name = `restored_${process.pid}`
  const server = connect(inject('postgresUrl'), { max: 1 })
  await server.$client.unsafe(`create database ${name} template ${TEMPLATE}`)
  const url = inject('postgresUrl').replace(/[^/]*$/, name)
  await readIn(url, gunzipSync(readFileSync(file ?? '')).toString())

  const restored = connect(url, { max: 1 })
  for (const table of [sources, unreadableItems, heartbeats, entries, posts, sightings])
    expect(await restored.select().from(table)).toEqual(await database.db.select().from(table))
  const [next] = await restored
    .insert(sources)
    .values({ ...source, key: 'another' })
    .returning()
  expect(next?.id).toBe(Math.max(saved?.id ?? 0, held.id) + 1)
  // Search begins anew, with every post.
  expect(await restored.select().from(copyKeys).orderBy(copyKeys.key)).toEqual(await db().select().from(copyKeys).orderBy(copyKeys.key))
  expect(await restored.select().from(indexedPosts)).toEqual([])
  expect(await restored.select({ postId: unindexedPosts.postId }).from(unindexedPosts)).toHaveLength(3)
  await restored.$client.end()
  await server.$client.unsafe(`drop database ${name} with (force)`)
  await server.$client.end()
})

test('who is signed in is in no backup: who finds one can be nobody', async () => {
  await db().insert(accounts).values({ id: 'ada', email: 'ada@lab.example' })
  const expiresAt = new Date('2030-01-01T00:00:00Z')
  await db().insert(sessions).values({ id: 'session', accountId: 'ada', token: 'a-token-of-a-session', expiresAt })
  await db().insert(proofs).values({ id: 'proof', identifier: 'a-token-of-a-link', value: 'ada@lab.example', expiresAt })
  const file = join(folder, 'accounts', 'accounts.sql.gz')
  await writeBackup(database.db, file, new Date())
  const dump = gunzipSync(readFileSync(file)).toString()
  expect(dump).toContain('ada@lab.example')
  expect(dump).not.toMatch(/a-token-of-a/)
  await db().delete(accounts)
  await db().delete(proofs)
  rmSync(join(folder, 'accounts'), { recursive: true })
})

test('of rows larger than the connection takes at once, too, and of the tables after them', { timeout: 60_000 }, async () => {
  const { source } = await heldSource('large')
  const large = { sourceId: source.id, at: new Date(), reason: 'large', payload: 'x'.repeat(3_000_000) }
  for (let row = 0; row < 4; row++) await db().insert(unreadableItems).values(large)
  const file = join(folder, 'large', 'large.sql.gz')
  await writeBackup(database.db, file, new Date())
  expect(
    gunzipSync(readFileSync(file))
      .toString()
      .match(/x{3000000}$|x{3000000}\n/gm),
  ).toHaveLength(4)
  await db().delete(unreadableItems)
  rmSync(join(folder, 'large'), { recursive: true })
})

test('the newest five backups are kept, and no half of one', async () => {
  for (let day = 1; day <= 7; day++) await backUp(database.db, folder, new Date(Date.UTC(2030, 0, day)))
  const expected = [3, 4, 5, 6, 7].map((day) => `2030-01-0${day}T00-00-00.000Z.sql.gz`)
  expect(readdirSync(folder).sort()).toEqual(expected)
})

test('an empty database has nothing to keep', async () => {
  const name = `empty_${process.pid}`
  const server = connect(inject('postgresUrl'), { max: 1 })
  await server.$client.unsafe(`create database ${name}`)
  const empty = connect(inject('postgresUrl').replace(/[^/]*$/, name), { max: 1 })
  expect(await backUp(empty, join(folder, 'none'))).toBeNull()
  expect(readdirSync(folder)).not.toContain('none')
  await empty.$client.end()
  await server.execute(sql.raw(`drop database ${name}`))
  await server.$client.end()
})
