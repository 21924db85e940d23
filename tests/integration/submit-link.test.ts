import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { fromText } from '#connectors/html'
import { listDeeds } from '#db/audit-log'
import { tombstones } from '#db/consent-schema'
import { saveBatch } from '#db/save-batch'
import { entries, posts } from '#db/schema'
import { declareSources } from '#db/sources'
import { sources } from '#db/sources-schema'
import { getTimeline } from '#db/timeline'
import { journalFile, openJournal } from '#lib/postgres/deletions-journal'
import { submitLink, withdrawLink } from '#lib/reading/submit-link'
import { ownerKey } from '#lib/server/owner-key'
import { builtPages } from '#tests/support/build'
import { testDatabase } from '#tests/support/database'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { get, startWeb, type Web } from '#tests/support/web'

/** A link that a reader hands in stands in the timeline, once, until the owner takes it back. */
const database = testDatabase()
const owner = { role: 'owner' as const }
const member = { role: 'member' as const }
const now = new Date()
const when = { zone: 'Europe/Berlin', now }

const form = (change: Record<string, string> = {}) =>
  new URLSearchParams({ url: 'https://x.com/ada/status/1?s=20', title: 'About checkpoints', name: 'Bo', ...change })

beforeEach(async () => {
  for (const table of [posts, entries, tombstones, sources]) await database.db.delete(table)
})

test('a submitted link is there for everybody, with who submitted it and its own time as stated', async () => {
  const outcome = await submitLink(owner, form({ at: '2026-03-01T14:05', note: 'Worth it.' }), when)
  const page = await getTimeline({ role: 'anonymous' })
  const post = page.entries[0]?.posts[0]
  expect(outcome).toEqual({ post: post?.id })
  expect(post).toMatchObject({
    ...{ url: 'https://x.com/ada/status/1', text: 'Bo: “Worth it.”', sortAt: now, late: false, audience: 'public' },
    ...{ share: { by: { name: 'Bo' } }, originalAt: new Date('2026-03-01T13:05:00Z') },
    card: { title: 'About checkpoints', site: 'X' },
  })
})

test('the same page again, however it is written, is the same post with one more who submitted it', async () => {
  const first = await submitLink(owner, form(), when)
  const again = await submitLink(member, form({ url: 'mobile.twitter.com/ada/status/1', name: 'Cy' }), when)
  expect(again).toEqual(first)
  const { entries: found } = await getTimeline(owner)
  expect(found).toHaveLength(1)
  const passedOn = found[0]?.posts[0]?.sightings.map(({ share }) => share?.by.name)
  expect(new Set(passedOn)).toEqual(new Set(['Bo', 'Cy']))
})

test('who hands in what somebody else handed in adds to it, and overwrites nothing; who did so themselves mends it', async () => {
  const post = async () => (await getTimeline(owner)).entries[0]?.posts[0]
  await submitLink(owner, form({ title: 'Abut checkpoints', note: 'Worth it.' }), when)
  await submitLink(owner, form({ note: 'Worth it.' }), when)
  expect(await post()).toMatchObject({ card: { title: 'About checkpoints' }, text: 'Bo: “Worth it.”' })
  await submitLink(member, form({ title: 'Nonsense', author: 'Mallory', note: 'I disagree.', name: 'Cy' }), when)
  await submitLink(member, form({ title: 'Nonsense', note: 'I disagree.', name: 'Cy' }), when)
  expect(await post()).toMatchObject({ card: { title: 'About checkpoints' }, text: 'Bo: “Worth it.”\n\nCy: “I disagree.”' })
  expect((await post())?.author.name).not.toBe('Mallory')
})

test.each([
  ['first', 'article'],
  ['article', 'first'],
])('a link to what is here folds into it, in either order: %s', async (first) => {
  const { source, holder } = await heldSource('A blog', { platform: 'feed' })
  const url = 'https://blog.example/2026/checkpoints'
  const article = aPost('article', {
    url,
    title: 'Checkpoints',
    html: fromText('At length.'),
    publishedAt: new Date(now.getTime() - 60_000),
  })
  const told = () => saveBatch(source, holder, aBatch([article]), now)
  if (first === 'article') await told()
  await submitLink(owner, form({ url: `${url}?utm_source=x`, note: 'Read this.' }), when)
  if (first !== 'article') await told()
  const { entries: found } = await getTimeline(owner)
  expect(found.map((entry) => entry.posts.length)).toEqual([2])
})

test('what the owner withdrew is gone for good, and whoever submits it again is told', async () => {
  await submitLink(member, form(), when)
  const [row] = await database.db.select().from(posts)
  expect(await withdrawLink(member, row?.externalId ?? '', now)).toEqual({ problem: 'not-yours' })
  const dataDir = mkdtempSync(join(tmpdir(), 'backplane-withdrawn-'))
  openJournal(dataDir)
  expect(await withdrawLink(owner, row?.externalId ?? '', now)).toBeNull()
  // Before anybody is told that it is done.
  expect(readFileSync(journalFile(dataDir), 'utf8')).toContain(JSON.stringify(row?.externalId))
  rmSync(dataDir, { recursive: true })
  openJournal('/dev/null/none')
  const deeds = (await listDeeds(owner)).map(({ who, what, about }) => [who, what, about])
  expect(deeds).toEqual([['the owner’s key', 'withdrew a link', row?.externalId]])
  expect((await getTimeline(owner)).entries).toEqual([])
  const [blanked] = await database.db.select().from(posts)
  expect(blanked).toMatchObject({ url: null, card: null, text: '', share: null })
  expect(await submitLink(member, form({ name: 'Cy' }), when)).toEqual({ problem: 'withdrawn' })
  expect(await withdrawLink(owner, row?.externalId ?? '', now)).toEqual({ problem: 'gone' })
})

test('only what makes sense is taken, and from nobody anonymous', async () => {
  const problemOf = async (change: Record<string, string>, reader: Parameters<typeof submitLink>[0] = owner) => {
    const outcome = await submitLink(reader, form(change), when)
    return 'problem' in outcome ? outcome.problem : null
  }
  expect(await problemOf({}, { role: 'anonymous' })).toBe('not-yours')
  for (const url of ['', 'x', 'javascript:alert(1)', 'ftp://example.org/a', 'https://localhost/', 'https://a b.example/'])
    expect(await problemOf({ url })).toBe('link')
  expect(await problemOf({ title: 'x'.repeat(301) })).toBe('long')
  expect(await problemOf({ name: ' \0' })).toBe('name')
  for (const at of ['yesterday', '2026-02-30T10:00']) expect(await problemOf({ at })).toBe('time')
  expect(await problemOf({ at: '2999-01-01T10:00' })).toBe('future')
  expect(await database.db.select().from(posts)).toEqual([])
})

test('its source outlives a file of sources that does not declare it, and a worker that reads it meanwhile loses nothing', async () => {
  await submitLink(owner, form(), when)
  await declareSources([], now)
  const [source] = await database.db.select().from(sources)
  expect(source?.pausedAt).toBeNull()
  await database.db
    .update(sources)
    .set({ holder: crypto.randomUUID() })
    .where(eq(sources.id, source?.id ?? 0))
  expect(await submitLink(owner, form({ url: 'https://talks.example/1' }), when)).toMatchObject({ post: expect.any(Number) })
  expect(await database.db.select().from(sources)).toHaveLength(1)
})

let web: Web
beforeAll(async () => {
  await builtPages()
  web = await startWeb({ DATABASE_URL: database.url })
}, 400_000)
afterAll(() => web?.stop())

test('the form works as a plain POST: it leads to the post, or back with what was filled in and what is wrong', async () => {
  const key = ownerKey(web.dataDir)
  const send = (fields: URLSearchParams, headers: Record<string, string> = { authorization: `Bearer ${key}` }) => {
    const sent = fields.toString()
    const length = { 'content-length': String(Buffer.byteLength(sent)), 'content-type': 'application/x-www-form-urlencoded' }
    return get(web.port, '/submit/send', { host: 'localhost', ...length, ...headers }, 'POST', sent)
  }
  const taken = await send(form())
  expect(taken.status).toBe(303)
  expect(taken.headers.location).toMatch(/^\/p\/\d+$/)
  const shown = await get(web.port, taken.headers.location ?? '', { host: 'localhost' })
  expect(shown.text).toContain('About checkpoints')
  expect(shown.text).toMatch(/data-network="x"/)

  const wrong = await send(form({ url: 'nonsense' }))
  const back = new URL(wrong.headers.location ?? '', 'http://localhost')
  expect([back.pathname, back.searchParams.get('problem'), back.searchParams.get('title')]).toEqual([
    '/submit',
    'link',
    'About checkpoints',
  ])
  const page = await get(web.port, back.pathname + back.search, { host: 'localhost', authorization: `Bearer ${key}` })
  expect(page.text).toMatch(/role="alert"[^>]*>That is no link/)
  expect(page.text).toMatch(/name="title"[^>]*value="About checkpoints"|value="About checkpoints"[^>]*name="title"/)

  expect((await send(form(), {})).status).toBe(403)
  expect((await send(form(), { authorization: `Bearer ${key}`, 'sec-fetch-site': 'cross-site' })).status).toBe(403)
  const nothing = await get(web.port, '/submit', { host: 'localhost' })
  expect(nothing.text).not.toMatch(/<form[^>]*submit|Withdraw/)

  const gone = await send(new URLSearchParams({ withdraw: 'https://x.com/ada/status/1' }))
  expect(gone.headers.location).toBe('/submit?withdrawn=1')
  expect((await get(web.port, taken.headers.location ?? '', { host: 'localhost' })).text).not.toContain('About checkpoints')
})
