import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createHttp } from '#connectors/http'
import { declareSources, sourceById } from '#db/sources'
import { outages, sources } from '#db/sources-schema'
import { getTimeline } from '#db/timeline'
import { ingest } from '#lib/collecting/ingest'
import { secondsUntilNext } from '#lib/collecting/next-read'
import { startSchedule } from '#lib/collecting/schedule'
import { healthOf } from '#lib/sources/source-health'
import { parseSourcesFile } from '#lib/sources/sources-file'
import { testDatabase } from '#tests/support/database'
import { serveIrc } from '#tests/support/irc-server'
import { serve } from '#tests/support/server'
import { serveSlack } from '#tests/support/slack-server'

const database = testDatabase()
const http = createHttp({ userAgent: 'Backplane/test (tests; contact nobody@example.org)', trustedHosts: ['127.0.0.1'] })
const reach = { http, signal: new AbortController().signal }
let blog: Awaited<ReturnType<typeof serve>>
beforeAll(async () => {
  blog = await serve({})
})
afterAll(() => blog.close())

const item = (id: string, change = '') =>
  `<item><guid isPermaLink="false">${id}</guid><title>Item ${id}</title><link>https://blog.example.org/${id}</link><pubDate>${new Date(Date.now() - 3_600_000).toUTCString()}</pubDate><description>About ${id} ${change}</description></item>`
const feed = (...items: string[]) => ({
  headers: { 'content-type': 'application/rss+xml' },
  body: `<?xml version="1.0"?><rss version="2.0"><channel><title>The example blog</title><link>https://blog.example.org/</link>${items.join('')}</channel></rss>`,
})

/** Declares one feed at this path beside what is declared already, as the file would, and returns its id. */
function declared(path: string, options = 'every: 1h'): Promise<number> {
  return declaredAs(`- feed: { url: "${blog.origin}${path}", ${options} }`)
}

async function declaredAs(entry: string): Promise<number> {
  const { sources: found, problems } = parseSourcesFile(entry)
  expect(problems).toEqual([])
  const before = await database.db.select().from(sources)
  await declareSources([...before.map(({ id: _, createdAt: __, ...source }) => source), ...found], new Date())
  const [row] = await database.db
    .select()
    .from(sources)
    .where(eq(sources.key, found[0]?.key ?? ''))
  if (!row) throw new Error('not declared')
  return row.id
}

async function shown(): Promise<(string | null)[]> {
  const { entries } = await getTimeline({ role: 'anonymous' }, { limit: 200 })
  return entries.flatMap(({ posts }) => posts.map(({ title }) => title))
}

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  for (const end = Date.now() + 20_000; !(await holds()); ) {
    if (Date.now() > end) throw new Error('it did not come to pass within 20 s')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

test('bytes on a server become posts in the timeline, and the source says how it fares', async () => {
  blog.routes['/one.xml'] = feed(item('one'), item('two'))
  const id = await declared('/one.xml')
  expect(await ingest(id, reach)).toMatchObject({ added: 2, error: null })
  expect(await shown()).toEqual(expect.arrayContaining(['Item one', 'Item two']))
  expect(await sourceById(id)).toMatchObject({
    failures: 0,
    trouble: null,
    postsSeen: 2,
    mode: 'polled',
    firstReadAt: expect.any(Date),
    lastSuccessAt: expect.any(Date),
  })
  expect(blog.asked[0]?.headers['user-agent']).toContain('contact nobody@example.org')
})

test('reading again asks with the validators that were given, and stores nothing twice', async () => {
  blog.routes['/again.xml'] = ({ headers }) =>
    headers['if-none-match'] === '"v1"'
      ? { status: 304 }
      : { ...feed(item('again')), headers: { etag: '"v1"', 'content-type': 'application/rss+xml' } }
  const id = await declared('/again.xml')
  expect(await ingest(id, reach)).toMatchObject({ added: 1 })
  expect(await ingest(id, reach)).toMatchObject({ added: 0, error: null })
  expect((await shown()).filter((title) => title === 'Item again')).toHaveLength(1)
})

test('an edit and what is new come with the next reading; what is no longer listed stays', async () => {
  blog.routes['/edit.xml'] = feed(item('edit-1'), item('edit-2'))
  const id = await declared('/edit.xml')
  await ingest(id, reach)
  blog.routes['/edit.xml'] = feed(item('edit-3'), item('edit-2', 'mended'))
  expect(await ingest(id, reach)).toMatchObject({ added: 1, changed: 1, removed: 0 })
  expect(await shown()).toEqual(expect.arrayContaining(['Item edit-1', 'Item edit-2', 'Item edit-3']))
})

test('a failure is written down in words, keeps what was saved, and is forgotten at the next success', async () => {
  blog.routes['/fails.xml'] = feed(item('kept'))
  const id = await declared('/fails.xml')
  await ingest(id, reach)
  blog.routes['/fails.xml'] = { status: 429, headers: { 'retry-after': '120' } }
  const report = await ingest(id, reach)
  expect(report?.error).toMatchObject({ trouble: 'rate-limited', retryAfterSeconds: 120 })
  await ingest(id, reach)
  expect(await sourceById(id)).toMatchObject({ failures: 2, trouble: 'rate-limited', error: expect.stringContaining('429') })
  expect(await shown()).toContain('Item kept')
  blog.routes['/fails.xml'] = feed(item('kept'))
  await ingest(id, reach)
  expect(await sourceById(id)).toMatchObject({ failures: 0, trouble: null, error: null })
})

test.each([
  ['a page that is HTML', { headers: { 'content-type': 'text/html' }, body: '<html><body>Please log in</body></html>' }, 'malformed'],
  ['503', { status: 503 }, 'unavailable'],
  ['403', { status: 403 }, 'refused'],
  ['a redirect to a private address', { status: 302, headers: { location: 'http://169.254.169.254/latest/meta-data/' } }, 'refused'],
] as const)('%s instead of a feed is a trouble of its own kind', async (name, answer, trouble) => {
  const path = `/${encodeURIComponent(name)}.xml`
  blog.routes[path] = feed(item(`before ${name}`))
  blog.routes[decodeURIComponent(path)] = blog.routes[path]
  const id = await declared(path)
  await ingest(id, reach)
  blog.routes[path] = answer
  blog.routes[decodeURIComponent(path)] = answer
  expect((await ingest(id, reach))?.error).toMatchObject({ trouble })
})

test('a Slack token that is revoked while its source runs stops that source, with what its owner can do; the others go on', async () => {
  const workspace = await serveSlack()
  process.env.TEST_SLACK_TOKEN = 'xoxb-right'
  try {
    const said = { type: 'message', user: 'UADA', ts: `${Math.floor(Date.now() / 1000) - 60}.000100`, text: 'said before' }
    workspace.channel('general').messages.push(said)
    const permission = 'permission: { by: owners, on: 2026-11-01 }'
    const id = await declaredAs(`- slack: { token: env:TEST_SLACK_TOKEN, channels: [general], api: "${workspace.api}", ${permission} }`)
    expect(await ingest(id, reach)).toMatchObject({ added: 1, error: null })
    workspace.state.failing = 'token_revoked'
    const report = await ingest(id, reach)
    expect(report?.error).toMatchObject({ trouble: 'refused' })
    expect(secondsUntilNext(120, 1, report?.error ?? null)).toBeGreaterThanOrEqual(48 * 60)
    const row = await sourceById(id)
    expect(row).toMatchObject({ trouble: 'refused', error: expect.stringMatching(/does not accept the token.*install it again/) })
    expect(JSON.stringify(row)).not.toContain('xoxb-right')
    blog.routes['/goes-on.xml'] = feed(item('goes-on'))
    expect(await ingest(await declared('/goes-on.xml'), reach)).toMatchObject({ added: 1, error: null })
  } finally {
    delete process.env.TEST_SLACK_TOKEN
    await workspace.close()
  }
})

test('what the rules of a source keep out is not stored, and the rule that let a post in can be asked for', async () => {
  blog.routes['/rules.xml'] = feed(item('slurm-news'), item('gardening'))
  await ingest(await declared('/rules.xml', 'include: [slurm-news]'), reach)
  const { entries } = await getTimeline({ role: 'owner' }, { limit: 200 })
  const posts = entries.flatMap((entry) => entry.posts)
  expect(posts.find(({ title }) => title === 'Item slurm-news')?.sightings[0]?.rule).toBe('include slurm-news')
  expect(posts.some(({ title }) => title === 'Item gardening')).toBe(false)
})

test('an entry that is taken out of the file pauses its source and keeps its posts', async () => {
  blog.routes['/paused.xml'] = feed(item('stays'))
  const id = await declared('/paused.xml')
  await ingest(id, reach)
  const others = (await database.db.select().from(sources)).filter((source) => source.id !== id)
  await declareSources(
    others.map(({ id: _, createdAt: __, ...source }) => source),
    new Date(),
  )
  expect(await ingest(id, reach)).toBeNull()
  expect(await shown()).toContain('Item stays')
})

test('what was looked up for a source is kept from start to start, and looked up again when somebody asks to be left out', async () => {
  const source = (optOut: string[]) => {
    const text = `- irc: { server: irc.example.org, channel: "#hpc", nick: reader, optOut: ${JSON.stringify(optOut)} }`
    return parseSourcesFile(text).sources
  }
  const stored = async () => (await database.db.select().from(sources)).find(({ platform }) => platform === 'irc')
  await declareSources(source([]), new Date())
  await database.db
    .update(sources)
    .set({ resolved: { looked: 'up' } })
    .where(eq(sources.platform, 'irc'))
  await declareSources(source([]), new Date())
  expect((await stored())?.resolved).toEqual({ looked: 'up' })
  await declareSources(source(['ada']), new Date())
  expect(await stored()).toMatchObject({ resolved: null, settings: { optOut: ['ada'] } })
})

test('an entry that never brought anything leaves nothing behind when it is taken out', async () => {
  const id = await declared('/mistyped.xml')
  expect((await ingest(id, reach))?.error).toMatchObject({ trouble: 'refused' })
  const others = (await database.db.select().from(sources)).filter((source) => source.id !== id)
  await declareSources(
    others.map(({ id: _, createdAt: __, ...source }) => source),
    new Date(),
  )
  expect(await sourceById(id)).toBeNull()
})

test('one that is taken out while its first posts are saved keeps them, and is paused', async () => {
  const id = await declared('/taken-out.xml')
  const others = (await database.db.select().from(sources)).filter((source) => source.id !== id)
  const [saving, save] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const saved = database.db.transaction(async (tx) => {
    await tx.update(sources).set({ firstReadAt: new Date(), postsSeen: 1 }).where(eq(sources.id, id))
    await tx.insert(outages).values({ sourceId: id, startedAt: new Date(), reason: 'It was away.' })
    saving.resolve()
    await save.promise
  })
  await saving.promise
  const takenOut = declareSources(
    others.map(({ id: _, createdAt: __, ...source }) => source),
    new Date(),
  )
  await expect
    .poll(
      async () =>
        (await database.db.execute(sql`select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`))
          .length,
    )
    .toBeGreaterThan(0)
  save.resolve()
  await Promise.all([saved, takenOut])
  expect(await sourceById(id)).toMatchObject({ postsSeen: 1, pausedAt: expect.any(Date) })
})

test('two workers read one source in turn, never twice at once, and stop within their time', async () => {
  let inFlight = 0
  let most = 0
  let polls = 0
  blog.routes['/turns.xml'] = async () => {
    most = Math.max(most, ++inFlight)
    polls++
    // Slower than its interval, so that an overlap would show.
    await new Promise((resolve) => setTimeout(resolve, 300))
    inFlight--
    return feed(item(`turn ${polls}`))
  }
  await declareSources([], new Date())
  await declared('/turns.xml', 'every: 1s')
  const all = await database.db.select().from(sources)
  await declareSources(
    all.filter(({ settings }) => String(settings.url).endsWith('/turns.xml')).map(({ id: _, createdAt: __, ...source }) => source),
    new Date(),
  )
  const workers = await Promise.all([startSchedule(database.url, { http }), startSchedule(database.url, { http })])
  await until(() => polls >= 4)
  const startedAt = Date.now()
  await Promise.all(workers.map((worker) => worker.stop(5)))
  expect(Date.now() - startedAt).toBeLessThan(7000)
  expect(most).toBe(1)
  expect(await shown()).toContain('Item turn 3')
})

test('a channel whose connection is lost is away, not polled, and live as soon as it is back, however long that took', async () => {
  const server = await serveIrc()
  const id = await declaredAs(`- irc: { server: 127.0.0.1, port: ${server.port}, tls: false, channel: '#hpc', nick: backplane }`)
  const told: string[] = []
  const stop = new AbortController()
  const changed = async () => {
    const source = await sourceById(id)
    if (!source) return
    const { state, words } = healthOf(source, new Date())
    told.push(`${state}: ${words}`)
    // As if it had been away for long.
    if (source.mode === 'away')
      await database.db
        .update(sources)
        .set({ lastSuccessAt: new Date(Date.now() - 300_000) })
        .where(eq(sources.id, id))
  }
  const reading = ingest(id, { http, signal: stop.signal, changed })
  await until(() => told.includes('live: live'))
  const before = told.length
  server.cut()
  await until(() => told.slice(before).includes('live: live'))
  stop.abort()
  await reading
  await server.close()
  expect(told[before]).toMatch(/^blocked: not connected, trying again: .*; last heard \d+ s ago$/)
  expect(new Set(told.slice(before + 1))).toEqual(new Set(['live: live']))
})
