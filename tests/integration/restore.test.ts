import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { connect, db } from '#db/client'
import { tombstones, withholdings } from '#db/consent-schema'
import { indexPosts } from '#db/index-posts'
import { migrate } from '#db/migrate'
import { rateLimits } from '#db/running-schema'
import { saveBatch } from '#db/save-batch'
import { entries, posts, sightings } from '#db/schema'
import { sources } from '#db/sources-schema'
import { letBackIn, withhold } from '#db/withholdings'
import { writeBackup } from '#lib/postgres/backup'
import { applyJournal, followDeletions, journalFile, keepJournal } from '#lib/postgres/deletions-journal'
import { checkBackup, isEmpty, RestoreError, restore } from '#lib/postgres/restore'
import { testDatabase } from '#tests/support/database'
import { eventually } from '#tests/support/eventually'
import { aBatch, ada, aPost, heldSource } from '#tests/support/post'

const database = testDatabase()
const folder = mkdtempSync(join(tmpdir(), 'backplane-restore-'))
afterAll(() => rmSync(folder, { recursive: true }))

let file: string
let dataDir: string
let number = 0
let mastodon: Awaited<ReturnType<typeof heldSource>>

beforeAll(() => migrate(db()))
beforeEach(async () => {
  number++
  file = join(folder, `${number}.sql.gz`)
  dataDir = join(folder, `data-${number}`)
  await db().execute(
    sql`truncate entries, entry_lanes, posts, sightings, copy_keys, tombstones, author_states, withholdings, sources cascade`,
  )
  mastodon = await heldSource('A server', { platform: 'mastodon' })
})

const save = (ids: string[], change = {}) =>
  saveBatch(
    mastodon.source,
    mastodon.holder,
    aBatch(
      ids.map((id) => aPost(id, { author: { ...ada, id: `id:${id}` } })),
      change,
    ),
    new Date(),
  )
const shown = async () =>
  (await db().select({ externalId: posts.externalId, text: posts.text, deletedAt: posts.deletedAt }).from(posts)).flatMap((post) =>
    post.deletedAt === null ? [post.externalId] : [],
  )

test('a backup is restored into what is there, whole, and works on', async () => {
  await save(['one', 'two', 'a\ttab \\. and a\nline'])
  await indexPosts()
  await db().insert(rateLimits).values({ key: 'somebody', points: 1, expire: 1 })
  const before = await Promise.all([sources, posts, entries, sightings].map((table) => db().select().from(table)))
  expect(await writeBackup(database.db, file, new Date())).toBe(true)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  await save(['later'])
  await db().execute(sql`create table of_others (x int)`)
  await restore(database.db, file)

  const after = await Promise.all([sources, posts, entries, sightings].map((table) => db().select().from(table)))
  expect(after).toEqual(before)
  expect(await db().select().from(rateLimits)).toEqual([])
  // Ids go on, search begins anew, and what is read next is saved.
  await save(['next'])
  expect((await shown()).toSorted()).toEqual(['a\ttab \\. and a\nline', 'next', 'one', 'two'])
  expect(await indexPosts()).toBe(4)
})

test('a backup of an older version is brought up to date', async () => {
  const name = `older_${process.pid}`
  await db().$client.unsafe(`create database ${name}`)
  const old = connect(database.url.replace(/[^/]*$/, name), { max: 2 })
  const [, , third = 0] = (await import('#db/migrate')).knownMigrations()
  await migrate(old, third)
  await old.$client.unsafe(
    `insert into sources (key, platform, name, settings, rules, every_seconds) values ('k', 'feed', 'Old', '{}', '{}', 60)`,
  )
  await writeBackup(old, file, new Date())
  await old.$client.end()
  await db().$client.unsafe(`drop database ${name}`)
  expect(gunzipSync(readFileSync(file)).toString()).toContain(`-- Schema: ${third}\n`)
  await restore(database.db, file)
  expect((await db().select().from(sources)).map((source) => source.name)).toEqual(['Old'])
  expect(await shown()).toEqual([])
})

test.each([
  ['is cut off', () => writeFileSync(file, readFileSync(file).subarray(0, 300)), /cannot be read as a backup/],
  ['is no backup', () => writeFileSync(file, gzipSync('select 1;\n')), /is no backup of Backplane/],
  ['is from a newer version', () => rewrite((dump) => dump.replace(/-- Schema: \d+/, '-- Schema: 9999999999999')), /newer version/],
  ['is not there', () => rmSync(file), /cannot be read as a backup/],
])('a file that %s is refused before anything is touched', async (_what, spoil, said) => {
  await save(['one'])
  await writeBackup(database.db, file, new Date())
  spoil()
  await expect(checkBackup(file)).rejects.toThrow(said)
  await expect(restore(database.db, file)).rejects.toThrow(RestoreError)
  expect(await shown()).toEqual(['one'])
})

test('nothing of a file is run but what a backup consists of', async () => {
  await writeBackup(database.db, file, new Date())
  for (const line of [
    'drop table sources;',
    'COPY pg_catalog.pg_authid (rolname) FROM stdin;',
    "COPY public.posts (id) FROM PROGRAM 'id';",
  ]) {
    rewrite((dump) => `${dump}${line}\n`)
    await expect(restore(database.db, file)).rejects.toThrow(/line that no backup has/)
  }
})

const rewrite = (change: (dump: string) => string) => writeFileSync(file, gzipSync(change(gunzipSync(readFileSync(file)).toString())))

test('what was deleted or left out since the backup stays so, and nothing of it comes back', async () => {
  await save(['deleted', 'of a gone account', 'asked to be left out', 'withheld', 'withheld for a while', 'stays'])
  await writeBackup(database.db, file, new Date())
  const follow = await followDeletions(dataDir)
  await save([], { deleted: ['deleted', 'never seen'], authors: [{ authorId: 'id:of a gone account', change: 'deleted' }] })
  const author = { kind: 'author', platform: 'mastodon', key: 'id:asked to be left out', address: null } as const
  await withhold(author, 'asked', new Date())
  await withhold({ kind: 'post', platform: 'mastodon', key: 'withheld', address: null }, 'decided', new Date())
  const awhile = { kind: 'post', platform: 'mastodon', key: 'withheld for a while', address: null } as const
  await withhold(awhile, 'decided', new Date())
  expect(await follow()).toBeGreaterThan(0)
  await letBackIn(awhile)
  expect(await follow()).toBe(1)
  expect(await follow()).toBe(0)

  await restore(database.db, file)
  expect(await shown()).toHaveLength(6)
  expect(await applyJournal(dataDir)).toBe(4)
  expect((await shown()).toSorted()).toEqual(['stays', 'withheld for a while'])
  expect(await db().select().from(withholdings)).toHaveLength(2)
  expect(await db().select().from(tombstones).where(eq(tombstones.externalId, 'never seen'))).toHaveLength(1)
  mastodon = await heldSource('A server', { platform: 'mastodon' })
  await save(['deleted', 'of a gone account', 'asked to be left out', 'withheld', 'never seen'])
  expect((await shown()).toSorted()).toEqual(['stays', 'withheld for a while'])
  // And a journal that is kept on does not write it all down again.
  expect(await (await followDeletions(dataDir))()).toBe(0)
})

test('of a journal of many deletions the first are done again as the last are', async () => {
  await save(['first', 'last', 'stays'])
  mkdirSync(dataDir)
  const line = (key: string) => JSON.stringify({ deleted: 'post', platform: 'mastodon', key, at: new Date().toISOString() })
  const others = Array.from({ length: 1200 }, (_, index) => line(`never here ${index}`))
  writeFileSync(journalFile(dataDir), [line('first'), ...others, line('last'), ''].join('\n'))
  expect(await applyJournal(dataDir)).toBe(2)
  expect(await shown()).toEqual(['stays'])
})

test('the journal holds ids only, for its owner’s eyes, and survives half a line', async () => {
  await save(['gone', 'gone too'])
  const follow = await followDeletions(dataDir)
  await save([], { deleted: ['gone'] })
  await follow()
  const journal = journalFile(dataDir)
  expect(statSync(journal).mode & 0o777).toBe(0o600)
  expect(readFileSync(journal, 'utf8')).not.toMatch(/Post gone|Ada/)
  appendFileSync(journal, '{"deleted":"post","platf')
  await save([], { deleted: ['gone too'] })
  await (await followDeletions(dataDir))()
  await db().delete(tombstones)
  await db().update(posts).set({ deletedAt: null })
  expect(await applyJournal(dataDir)).toBe(2)
})

test('a worker keeps the journal by itself, and to the end', async () => {
  await save(['gone', 'gone at last'])
  const end = keepJournal(dataDir)
  await save([], { deleted: ['gone'] })
  await eventually(() => expect(existsSync(journalFile(dataDir)) && readFileSync(journalFile(dataDir), 'utf8')).toContain('"gone"'))
  await save([], { deleted: ['gone at last'] })
  await end()
  expect(readFileSync(journalFile(dataDir), 'utf8')).toContain('"gone at last"')
})

test('a database with sources or posts is not empty, one that was only prepared is', async () => {
  expect(await isEmpty(database.db)).toBe(false)
  await db().delete(sources)
  expect(await isEmpty(database.db)).toBe(true)
})
