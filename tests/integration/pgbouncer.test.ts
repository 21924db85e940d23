import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { hear } from '#db/announce'
import { connect, type Database, db } from '#db/client'
import { saveBatch } from '#db/save-batch'
import { searchPosts } from '#db/search'
import { getTimeline } from '#db/timeline'
import { hasPgBouncer, startPgBouncer } from '#tests/support/pgbouncer'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { TEMPLATE } from '#tests/support/postgres'
import { serve } from '#tests/support/server'

/** Fewer connections to Postgres than there are transactions at a time: each transaction may meet another one. */
const CONNECTIONS = 3

const name = `bounced_${process.pid}`
const direct = inject('postgresUrl').replace(/[^/]*$/, name)
let server: Database
let bouncer: Awaited<ReturnType<typeof startPgBouncer>>

// Without PgBouncer there is nothing to see here: Debian has it as `pgbouncer`.
describe.skipIf(!hasPgBouncer)('behind PgBouncer in transaction mode', () => {
  beforeAll(async () => {
    server = connect(inject('postgresUrl'), { max: 1 })
    await server.$client.unsafe(`create database ${name} template ${TEMPLATE}`)
    bouncer = await startPgBouncer(direct, CONNECTIONS)
    Object.assign(process.env, { DATABASE_URL: bouncer.url, DATABASE_DIRECT_URL: direct })
  })
  afterAll(async () => {
    await db().$client.end({ timeout: 1 })
    await bouncer.stop()
    await server.$client.unsafe(`drop database ${name} with (force)`)
    await server.$client.end()
  })

  test('posts are saved, read and searched by many at once', async () => {
    const held = await Promise.all(Array.from({ length: 12 }, (_, nth) => heldSource(`Blog ${nth}`, { firstReadAt: new Date(0) })))
    const now = new Date()
    await Promise.all(
      held.map(({ source, holder }, nth) =>
        saveBatch(source, holder, aBatch([aPost(`p${nth}`, { publishedAt: now, text: 'Slurm in the fabric' })]), now),
      ),
    )
    const pages = await Promise.all(Array.from({ length: 30 }, () => getTimeline({ role: 'owner' })))
    for (const { entries } of pages) expect(entries.flatMap(({ posts }) => posts)).toHaveLength(12)
    const search = { all: [], from: null, until: null }
    // Nothing is indexed yet; each search sets how it is planned for its own transaction only.
    expect(await Promise.all(Array.from({ length: 12 }, () => searchPosts({ role: 'owner' }, search)))).toHaveLength(12)
  })

  test('what is saved is heard over DATABASE_DIRECT_URL, and that nothing is heard through PgBouncer is noticed', async () => {
    const told = Promise.withResolvers<Date>()
    const [heard, unheard] = [hear(direct, (at) => at && told.resolve(at)), hear(bouncer.url, () => {})]
    expect([await heard.check(), await unheard.check()]).toEqual([true, false])
    const { source, holder } = await heldSource('A blog', { firstReadAt: new Date(0) })
    const now = new Date()
    await saveBatch(source, holder, aBatch([aPost('news', { publishedAt: now })]), now)
    expect((await told.promise).getTime()).toBe(now.getTime())
    await Promise.all([heard.stop(), unheard.stop()])
  })

  test('a worker reads its sources', async () => {
    const item = `<item><guid isPermaLink="false">through-the-bouncer</guid><title>Through</title><link>https://blog.example.org/1</link><pubDate>${new Date().toUTCString()}</pubDate></item>`
    await using blog = await serve({
      '/feed.xml': {
        headers: { 'content-type': 'application/rss+xml' },
        body: `<rss version="2.0"><channel><title>Blog</title><link>https://blog.example.org/</link>${item}</channel></rss>`,
      },
    })
    const file = join(mkdtempSync(join(tmpdir(), 'backplane-bouncer-')), 'sources.yaml')
    writeFileSync(file, `- feed: { url: "${blog.origin}/feed.xml" }\n`)
    const worker = fork(join(import.meta.dirname, '../../lib/worker.ts'), {
      env: { ...process.env, NODE_ENV: 'production', SOURCES: file, TRUSTED_HOSTS: '127.0.0.1' },
    })
    const count = async () => (await db().execute(sql`select 1 from posts where external_id like '%through-the-bouncer'`)).length
    await expect.poll(count, { timeout: 25_000 }).toBe(1)
    const gone = once(worker, 'exit')
    worker.kill('SIGTERM')
    await gone
  })
})
