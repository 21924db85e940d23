import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createHttp } from '#connectors/http'
import { FencedError, saveBatch } from '#db/save-batch'
import { delaysOf, forgetRuns, noteRun, runsByDay } from '#db/source-runs'
import { hurrySource, sourceById } from '#db/sources'
import { sources } from '#db/sources-schema'
import { ingest } from '#lib/collecting/ingest'
import { startSchedule } from '#lib/collecting/schedule'
import { testDatabase } from '#tests/support/database'
import { eventually } from '#tests/support/eventually'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { serve } from '#tests/support/server'

const database = testDatabase()
const owner = { role: 'owner' } as const
const anonymous = { role: 'anonymous' } as const
const now = new Date('2026-11-22T12:30:00Z')
const before = (seconds: number) => new Date(now.getTime() - seconds * 1000)
const shown = { zone: 'UTC', now }

let blog: Awaited<ReturnType<typeof serve>>
beforeAll(async () => {
  blog = await serve({})
})
afterAll(() => blog.close())
const http = createHttp({ userAgent: 'Backplane/test (tests; contact nobody@example.org)', trustedHosts: ['127.0.0.1'] })
const reach = { http, signal: new AbortController().signal }
const feed = (...ids: string[]) => ({
  headers: { 'content-type': 'application/rss+xml' },
  body: `<?xml version="1.0"?><rss version="2.0"><channel><title>Blog</title><link>https://blog.example.org/</link>${ids
    .map((id) => `<item><guid isPermaLink="false">${id}</guid><title>${id}</title><description>About ${id}</description></item>`)
    .join('')}</channel></rss>`,
})

test('what a batch brings is counted in the transaction that saves it: told, new, and how long it took to get here', async () => {
  const { source, holder } = await heldSource('counted', { firstReadAt: before(86_400) })
  const said = (seconds: number) => aPost(`counted:${seconds}`, { publishedAt: before(seconds) })
  await saveBatch(source, holder, aBatch([said(10), said(20), said(600), said(90_000)]), now)
  // Known ones are told again, and new no more.
  await saveBatch(source, holder, aBatch([said(10)]), now)
  expect(await runsByDay(owner, source.id, shown)).toEqual([
    { day: '2026-11-22', runs: 0, failures: 0, posts: 4, delayMedian: 20, delayMost: 600, secondsEach: null },
  ])
  // What was said before the first read tells nothing of how fast news gets here.
  expect((await delaysOf([source.id], now)).get(source.id)).toEqual({ median: 20, most: 600 })
})

test('a late sleeper, who holds the source no more, counts nothing', async () => {
  const { source } = await heldSource('fenced', { firstReadAt: before(86_400) })
  const late = saveBatch(source, crypto.randomUUID(), aBatch([aPost('fenced:1', { publishedAt: before(5) })]), now)
  await expect(late).rejects.toThrow(FencedError)
  expect(await runsByDay(owner, source.id, shown)).toEqual([])
})

test('an anonymous reader is told of no post that is not for everybody, not by a number and not by a delay', async () => {
  const { source, holder } = await heldSource('mixed', { firstReadAt: before(86_400) })
  const some = [
    aPost('mixed:open', { publishedAt: before(30) }),
    aPost('mixed:passing', { publishedAt: before(40), audience: 'unindexed' }),
    aPost('mixed:members', { publishedAt: before(5000), audience: 'members' }),
    aPost('mixed:withheld', { publishedAt: before(5000), audience: 'withheld' }),
  ]
  await saveBatch(source, holder, aBatch(some), now)
  expect(await runsByDay(anonymous, source.id, shown)).toMatchObject([{ posts: 2, delayMedian: 30, delayMost: 40, secondsEach: null }])
  expect(await runsByDay(owner, source.id, shown)).toMatchObject([{ posts: 4, delayMost: 40 }])
  // An hour with nothing but such posts is no hour at all.
  const { source: other, holder: held } = await heldSource('members only', { firstReadAt: before(86_400) })
  await saveBatch(other, held, aBatch([aPost('other:members', { publishedAt: before(9), audience: 'members' })]), now)
  expect(await runsByDay(anonymous, other.id, shown)).toEqual([])
})

test('each reading is counted, well or not, with how long it took; days are those of the reader', async () => {
  blog.routes['/counted.xml'] = feed('one')
  const { source } = await heldSource('a blog', { settings: { url: `${blog.origin}/counted.xml` } })
  await ingest(source.id, reach)
  await ingest(source.id, reach)
  blog.routes['/counted.xml'] = { status: 503 }
  await ingest(source.id, reach)
  const [today, ...more] = await runsByDay(owner, source.id, { zone: 'UTC', now: new Date() })
  expect(more).toEqual([])
  expect(today).toMatchObject({ runs: 3, failures: 1, posts: 1, secondsEach: expect.any(Number) })
  await noteRun(database.db, source.id, { runs: 1 }, new Date('2026-11-01T23:30:00Z'))
  const days = async (zone: string) => (await runsByDay(owner, source.id, { zone, now })).map(({ day }) => day)
  expect(await days('UTC')).toContain('2026-11-01')
  expect(await days('Europe/Berlin')).toContain('2026-11-02')
})

test('a row is an hour however often it is read, and goes after thirty days', async () => {
  const { source } = await heldSource('often')
  for (let count = 0; count < 40; count++) await noteRun(database.db, source.id, { runs: 1, delays: Array(10).fill(count) }, now)
  await noteRun(database.db, source.id, { runs: 1 }, before(31 * 86_400))
  const rows = () =>
    database.db.execute(sql`select runs, cardinality(delays) as delays from source_runs where source_id = ${source.id} order by hour`)
  expect(await rows()).toMatchObject([
    { runs: 1, delays: 0 },
    { runs: 40, delays: 300 },
  ])
  await forgetRuns(now)
  expect(await rows()).toHaveLength(1)
})

test('a source that its owner hurries is read within seconds, however long its interval; one that asked us to wait is not', async () => {
  blog.routes['/slow.xml'] = feed('slow-1')
  blog.routes['/waits.xml'] = feed('waits-1')
  await database.db.update(sources).set({ pausedAt: new Date() })
  const at = (path: string, name: string) =>
    heldSource(name, { settings: { url: `${blog.origin}${path}` }, everySeconds: 86_400 }).then(({ source }) => source.id)
  const [slow, waits] = [await at('/slow.xml', 'slow'), await at('/waits.xml', 'waits')]
  await database.db.update(sources).set({ lastAttemptAt: null })
  const schedule = await startSchedule(database.url, { http })
  try {
    await eventually(async () =>
      expect([await sourceById(slow), await sourceById(waits)]).toMatchObject([{ postsSeen: 1 }, { postsSeen: 1 }]),
    )
    blog.routes['/slow.xml'] = feed('slow-1', 'slow-2')
    blog.routes['/waits.xml'] = feed('waits-1', 'waits-2')
    await database.db.update(sources).set({ trouble: 'rate-limited' }).where(eq(sources.id, waits))
    expect([await hurrySource(slow, new Date()), await hurrySource(waits, new Date()), await hurrySource(999_999, new Date())]).toEqual([
      true,
      true,
      false,
    ])
    // Workers look every ten seconds.
    const read = async () => expect(await sourceById(slow)).toMatchObject({ postsSeen: 2, hurriedAt: null })
    await vi.waitFor(read, { timeout: 40_000, interval: 100 })
    expect(await sourceById(waits)).toMatchObject({ postsSeen: 1, hurriedAt: null })
  } finally {
    await schedule.stop(5)
  }
}, 90_000)
