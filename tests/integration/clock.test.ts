import { sql } from 'drizzle-orm'
import { afterEach, expect, test, vi } from 'vitest'
import { createHttp } from '#connectors/http'
import { setClock, sharedNow } from '#db/clock'
import { sources } from '#db/sources-schema'
import { ingest } from '#lib/collecting/ingest'
import { takeOver } from '#lib/consent/leave-out'
import { parseSourcesFile } from '#lib/sources/sources-file'
import { testDatabase } from '#tests/support/database'
import { serve } from '#tests/support/server'

const database = testDatabase()
const CLOSE_MS = 2000
const TEN_MINUTES = 600_000

afterEach(async () => {
  vi.useRealTimers()
  await setClock()
})

/** By a clock that nobody sets. */
const trueNow = () => performance.timeOrigin + performance.now()

test.each([TEN_MINUTES, -TEN_MINUTES])('a clock that is wrong by %i ms is noticed, and the database’s is gone by', async (wrongMs) => {
  vi.useFakeTimers({ toFake: ['Date'], now: trueNow() + wrongMs })
  expect(Math.abs((await setClock()) - wrongMs)).toBeLessThan(CLOSE_MS)
  expect(Math.abs(sharedNow().getTime() - trueNow())).toBeLessThan(CLOSE_MS)
})

test('a clock that is right is left alone', async () => {
  expect(await setClock()).toBe(0)
})

test.each([TEN_MINUTES, -TEN_MINUTES])(
  'with a clock wrong by %i ms posts take their right places, and nothing that is to come is said to be seen',
  async (wrongMs) => {
    const said = new Date(Math.floor(trueNow() / 1000) * 1000 - 60_000)
    const item = `<item><guid isPermaLink="false">clock-${wrongMs}</guid><title>Clock</title><link>https://blog.example.org/${wrongMs}</link><pubDate>${said.toUTCString()}</pubDate></item>`
    await using blog = await serve({
      '/feed.xml': {
        headers: { 'content-type': 'application/rss+xml' },
        body: `<rss version="2.0"><channel><title>Blog</title><link>https://blog.example.org/</link>${item}</channel></rss>`,
      },
    })
    await takeOver(parseSourcesFile(`- feed: { url: "${blog.origin}/feed.xml" }`).sources, new Date())
    const [source] = (await database.db.select().from(sources)).filter(({ pausedAt }) => pausedAt === null).slice(-1)
    vi.useFakeTimers({ toFake: ['Date'], now: trueNow() + wrongMs })
    await setClock()
    const http = createHttp({ userAgent: 'Backplane/test', trustedHosts: ['127.0.0.1'] })
    await ingest(source?.id ?? 0, { http, signal: new AbortController().signal })
    const [post] = await database.db.execute<{ sort_at: string; seen: string }>(
      sql`select sort_at, first_seen_at as seen from posts where external_id like ${`%clock-${wrongMs}`}`,
    )
    expect(new Date(post?.sort_at ?? 0)).toEqual(said)
    expect(Math.abs(Date.parse(post?.seen ?? '') - trueNow())).toBeLessThan(10_000)
    const [to] = await database.db.execute<{ ahead: boolean }>(
      sql`select coalesce(upper(covered) > now() + interval '2 seconds', false) as ahead from sources where id = ${source?.id}`,
    )
    expect(to?.ahead).toBe(false)
  },
)
