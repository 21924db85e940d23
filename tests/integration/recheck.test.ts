import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createHttp } from '#connectors/http'
import { saveBatch } from '#db/save-batch'
import { posts } from '#db/schema'
import { claimSource, declareSources } from '#db/sources'
import { sources } from '#db/sources-schema'
import { getTimeline } from '#db/timeline'
import { bodyDays, forgetBodyDays, takeOldBodies, withoutOldBody } from '#lib/collecting/bodies'
import { ingest } from '#lib/collecting/ingest'
import { recheckSource } from '#lib/collecting/recheck'
import { startSchedule } from '#lib/collecting/schedule'
import { parseSourcesFile } from '#lib/sources/sources-file'
import { testDatabase } from '#tests/support/database'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { rawSubmission, serveReddit } from '#tests/support/reddit-server'
import { quoted } from '#tests/support/shapes'

const database = testDatabase()
const http = createHttp({ userAgent: 'Backplane/test (tests; contact nobody@example.org)', trustedHosts: ['127.0.0.1'] })
const reach = { http, signal: new AbortController().signal }
const secondsAgo = (n: number) => Math.floor(Date.now() / 1000) - 86_400 + n * 60
const submission = (n: number, change = {}) => rawSubmission(n, { created_utc: secondsAgo(n), ...change })
const nameOf = (n: number) => rawSubmission(n).name

let reddit: Awaited<ReturnType<typeof serveReddit>>
let sourceId: number
beforeAll(async () => {
  process.env.TEST_REDDIT_SECRET = 'the-secret'
  reddit = await serveReddit()
  const file = `- reddit: { subreddit: hpc, clientId: the-app, clientSecret: env:TEST_REDDIT_SECRET, username: ada_example, api: "${reddit.origin}" }`
  const { sources: found, problems } = parseSourcesFile(file)
  expect(problems).toEqual([])
  await declareSources(found, new Date())
  sourceId = (await database.db.select().from(sources))[0]?.id ?? 0
  reddit.add(...Array.from({ length: 250 }, (_, index) => submission(index + 1)))
  expect(await ingest(sourceId, reach)).toMatchObject({ added: 250, error: null })
})
beforeEach(() => {
  reddit.behaviour.instead = null
  reddit.asked.length = 0
})
afterAll(() => reddit.close())

async function stored(n: number) {
  const [row] = await database.db
    .select()
    .from(posts)
    .where(eq(posts.externalId, nameOf(n)))
  if (!row) throw new Error(`${n} is not stored`)
  return row
}

/** Everything is due for a while already. */
async function makeDue(): Promise<void> {
  await database.db.execute(sql`update posts set recheck_at = now() - interval '1 minute'`)
}

test('what was deleted, edited or lost its account since is so here, and nobody loses the source for it', async () => {
  reddit.change(nameOf(3), { removed_by_category: 'deleted', author: '[deleted]', selftext: '[deleted]' })
  const edited = secondsAgo(300)
  reddit.change(nameOf(4), { selftext_html: '<div class="md"><p>Better said</p></div>', edited })
  reddit.change(nameOf(5), { author: '[deleted]' })
  const before = await database.db.select().from(sources)
  const holder = crypto.randomUUID()
  const held = await claimSource(sourceId, holder, new Date())
  if (!held) throw new Error('not held')

  // Before it is their turn nobody is asked anything.
  expect(await recheckSource(sourceId, reach)).toBeGreaterThan(18 * 3600)
  expect(reddit.pagesAsked()).toHaveLength(0)
  await makeDue()
  const next = await recheckSource(sourceId, reach)
  expect(next).toBeGreaterThan(18 * 3600)
  expect(next).toBeLessThan(24 * 3600)
  expect(reddit.pagesAsked()).toHaveLength(3)

  expect(await stored(3)).toMatchObject({ title: null, text: '', author: { name: '' }, deletedAt: expect.any(Date) })
  expect(await stored(4)).toMatchObject({ text: 'Better said', editedAt: new Date(edited * 1000) })
  expect(await stored(5)).toMatchObject({ text: 'Text 5', author: { name: '[deleted]', url: null } })
  const { entries } = await getTimeline({ role: 'anonymous' }, { limit: 300 })
  expect(entries.flatMap((entry) => entry.posts.map(({ externalId }) => externalId))).not.toContain(nameOf(3))
  const [after] = await database.db.select().from(sources)
  expect(after).toMatchObject({ cursor: before[0]?.cursor, holder, postsSeen: before[0]?.postsSeen })
  await expect(saveBatch(held, holder, aBatch([], { cursor: held.cursor }), new Date())).resolves.toMatchObject({ added: 0 })
})

test('a run ends when its calls are used up, and the next goes on from there within the hour: the longest due first', async () => {
  await makeDue()
  await database.db.execute(sql`update posts set recheck_at = now() - interval '1 day' where external_id = ${nameOf(200)}`)
  expect(await recheckSource(sourceId, reach, 1)).toBeLessThanOrEqual(3600)
  const asked = () => reddit.pagesAsked().flatMap(({ url }) => (url.searchParams.get('id') ?? '').split(','))
  expect(asked()).toHaveLength(100)
  expect(asked()[0]).toBe(nameOf(200))
  expect(await recheckSource(sourceId, reach)).toBeGreaterThan(18 * 3600)
  // Each once, less the one that is gone for good.
  expect(new Set(asked()).size).toBe(249)
  expect(asked()).toHaveLength(249)
})

test('a platform that asks to wait is asked again when it says, about the same posts', async () => {
  await makeDue()
  reddit.behaviour.instead = { status: 429, headers: { 'retry-after': '7200' } }
  expect(await recheckSource(sourceId, reach)).toBe(7200)
  reddit.behaviour.instead = { status: 503 }
  expect(await recheckSource(sourceId, reach)).toBe(3600)
  reddit.behaviour.instead = null
  reddit.asked.length = 0
  await recheckSource(sourceId, reach)
  expect(reddit.pagesAsked()).toHaveLength(3)
})

test('what was first seen more than 30 days ago is asked about once in 30 days', async () => {
  await database.db
    .update(posts)
    .set({ firstSeenAt: new Date(Date.now() - 31 * 86_400_000) })
    .where(eq(posts.externalId, nameOf(7)))
  await makeDue()
  await recheckSource(sourceId, reach)
  expect(reddit.pagesAsked().some(({ path }) => path.includes(nameOf(7)))).toBe(true)
  const days = ((await stored(7)).recheckAt.getTime() - Date.now()) / 86_400_000
  expect(days).toBeGreaterThan(28)
  expect(days).toBeLessThan(30)
})

test('what a source told that is no longer read is asked about, too; one that cannot be asked is not', async () => {
  await makeDue()
  await database.db.update(sources).set({ pausedAt: new Date() }).where(eq(sources.id, sourceId))
  expect(await recheckSource(sourceId, reach)).toBeGreaterThan(18 * 3600)
  expect(reddit.pagesAsked()).toHaveLength(3)
  await database.db.update(sources).set({ pausedAt: null }).where(eq(sources.id, sourceId))
  expect(await recheckSource(sourceId + 1, reach)).toBeNull()
})

test('where a platform cannot be asked, bodies go after two days, and do not come back with a later reading', async () => {
  const { source, holder } = await heldSource('r/hpc by feed', { platform: 'reddit', settings: { subreddit: 'hpc' } })
  const days = (n: number) => new Date(Date.now() - n * 86_400_000)
  const quote = { ...quoted, text: 'quoted words' }
  const old = aPost('t3_old', { title: 'Old title', text: 'old words', publishedAt: days(3), quote })
  await saveBatch(
    source,
    holder,
    aBatch([old, aPost('t3_new', { title: 'New title', text: 'new words', publishedAt: days(1) })]),
    new Date(),
  )
  forgetBodyDays()
  expect(await takeOldBodies(new Date())).toBe(1)
  const [gone, kept] = await Promise.all(
    ['t3_old', 't3_new'].map(async (id) => (await database.db.select().from(posts).where(eq(posts.externalId, id)))[0]),
  )
  expect(gone).toMatchObject({ title: 'Old title', text: '', html: '', quote: null, deletedAt: null })
  expect(kept).toMatchObject({ text: 'new words' })
  expect(await takeOldBodies(new Date())).toBe(0)
  expect(withoutOldBody(old, await bodyDays(source, async () => [source]), new Date())).toMatchObject({
    title: 'Old title',
    text: '',
    quote: null,
  })
  // The app of the other source may ask as much as it needs.
  const [asking] = await database.db.select().from(sources).where(eq(sources.id, sourceId))
  if (!asking) throw new Error('it is there')
  expect(await bodyDays(asking, async () => [asking])).toBeNull()
  expect(await stored(9)).toMatchObject({ text: 'Text 9' })
})

test('every worker that starts leaves each source that can be asked with one job, within the hour', async () => {
  for (let start = 0; start < 2; start++) await (await startSchedule(database.url, { http })).stop(5)
  const jobs = await database.db.execute<{ data: object; wait: number }>(
    sql`select data, extract(epoch from start_after - now())::int as wait from pgboss.job where name = 'recheck' and state = 'created'`,
  )
  expect([...jobs].map(({ data }) => data)).toContainEqual({ sourceId })
  expect(jobs).toHaveLength((await database.db.select().from(sources)).length)
  expect(jobs[0]?.wait).toBeLessThanOrEqual(3600)
})
