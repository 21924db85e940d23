import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterEach, expect, test, vi } from 'vitest'
import { testDatabase } from '#tests/support/database'
import { serve } from '#tests/support/server'

const database = testDatabase()
const ITEMS = 3000
let worker: ChildProcess | null = null

afterEach(async () => {
  if (!worker || worker.exitCode !== null) return
  const gone = once(worker, 'exit')
  worker.kill('SIGTERM')
  await gone
})

/** The real worker process, as main starts it. */
function startWorker(sourcesFile: string): ChildProcess {
  return fork(join(import.meta.dirname, '../../lib/worker.ts'), {
    env: { ...process.env, NODE_ENV: 'production', DATABASE_URL: database.url, SOURCES: sourcesFile, TRUSTED_HOSTS: '127.0.0.1' },
  })
}

async function stored(): Promise<number> {
  const [row] = await database.db.execute<{ count: number }>(sql`select count(*)::int as count from posts`)
  return row?.count ?? 0
}

test('a worker that is killed in the middle of a read skips nothing and doubles nothing: another one goes on', async () => {
  const now = Date.now()
  const items = Array.from(
    { length: ITEMS },
    (_, index) =>
      `<item><guid isPermaLink="false">crash-${index}-of-many</guid><title>Item ${index}</title><link>https://blog.example.org/${index}</link><pubDate>${new Date(now - index * 60_000).toUTCString()}</pubDate><description>Text of ${index}</description></item>`,
  )
  await using blog = await serve({
    '/feed.xml': {
      headers: { 'content-type': 'application/rss+xml' },
      body: `<rss version="2.0"><channel><title>Much</title><link>https://blog.example.org/</link>${items.join('')}</channel></rss>`,
    },
  })
  const file = join(mkdtempSync(join(tmpdir(), 'backplane-crash-')), 'sources.yaml')
  writeFileSync(file, `- feed: { url: "${blog.origin}/feed.xml", every: 1h, backfill: { days: 30, posts: ${ITEMS} } }\n`)

  worker = startWorker(file)
  await vi.waitFor(async () => expect(await stored()).toBeGreaterThan(0), { timeout: 20_000, interval: 5 })
  const gone = once(worker, 'exit')
  worker.kill('SIGKILL')
  await gone
  expect(await stored()).toBeLessThan(ITEMS)

  worker = startWorker(file)
  await vi.waitFor(async () => expect(await stored()).toBe(ITEMS), { timeout: 40_000, interval: 100 })
  const [row] = await database.db.execute<{ ids: number; entries: number }>(
    sql`select count(distinct external_id)::int as ids, (select count(*)::int from entries) as entries from posts`,
  )
  expect(row).toEqual({ ids: ITEMS, entries: ITEMS })
}, 90_000)
