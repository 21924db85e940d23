import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { beat } from '#db/heartbeats'
import { saveBatch } from '#db/save-batch'
import { noteRun } from '#db/source-runs'
import { sourceById } from '#db/sources'
import { sources } from '#db/sources-schema'
import { builtPages } from '#tests/support/build'
import { testDatabase } from '#tests/support/database'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { get, startWeb, type Web } from '#tests/support/web'

const database = testDatabase()
const DAY = 86_400_000
const payload = JSON.stringify({
  id: 'x1',
  text: 'what somebody said',
  access_token: 'tok-abcdef123456',
  url: 'https://reader:hunter22@example.org/api?token=abcdef0123456',
  note: 'xoxb-1234567890-abcdef, Bearer abc.def.ghi-jkl, my-very-secret',
})
let web: Web
let owner: { [name: string]: string }
let blog: number
let room: number

beforeAll(async () => {
  await builtPages()
  const { source, holder } = await heldSource('A blog', {
    firstReadAt: new Date(Date.now() - 20 * DAY),
    settings: { token: 'env:BLOG_TOKEN' },
  })
  blog = source.id
  const unreadable = [{ payload, reason: 'title: expected a text' }]
  await saveBatch(source, holder, aBatch([aPost('new', { publishedAt: new Date(Date.now() - 240_000) })], { unreadable }), new Date())
  for (const days of [1, 2, 9])
    await noteRun(
      database.db,
      blog,
      { runs: 20, failures: days, tookMs: 4000, added: 3, addedShown: 3, delays: [90, 5400] },
      new Date(Date.now() - days * DAY),
    )
  await saveBatch(
    source,
    holder,
    aBatch([], { covered: { from: new Date(Date.now() - 5 * DAY), to: new Date(Date.now() - 4 * DAY) } }),
    new Date(),
  )
  await saveBatch(source, holder, aBatch([], { covered: { from: new Date(Date.now() - 3 * DAY), to: new Date() } }), new Date())
  await beat(randomUUID(), 'worker', new Date(Date.now() - 30 * DAY), new Date())
  room = (await heldSource('Geheim room', { audience: 'members', platform: 'slack', firstReadAt: new Date() })).source.id
  await database.db.execute(sql`update sources set last_success_at = now(), next_run_at = now() + interval '1 hour'`)
  web = await startWeb({ DATABASE_URL: database.url, BLOG_TOKEN: 'my-very-secret' })
  owner = { authorization: `Bearer ${readFileSync(join(web.dataDir, 'owner-key'), 'utf8').trim()}` }
}, 300_000)
afterAll(() => web?.stop())

const visible = (text: string) => text.replace(/<script\b.*?<\/script>/gs, '').replace(/ nonce="[^"]*"/g, '')

test('the page of a source tells how it fares, thirty days of it as charts and numbers, and where it is not whole', async () => {
  const { status, text } = await get(web.port, `/sources/${blog}`)
  expect(status).toBe(200)
  const page = visible(text)
  expect(page).toMatch(/<h1>A blog<\/h1>/)
  expect(page.match(/<svg[^>]*class="chart"/g)).toHaveLength(3)
  expect(page).toContain('half within 4 min, 95 of 100 within 2 h')
  expect(page).toMatch(/Gap on A blog/)
  expect(page).toMatch(
    /<th scope="row">\d{4}-\d\d-\d\d<\/th><td>3<\/td><td>20<\/td><td class="amber">9<\/td><td>2 min<\/td><td>2 h<\/td><\/tr>/,
  )
  // No style that the policy refuses.
  expect(page).not.toMatch(/<style| style=/)
})

test('what was not understood is its owner’s to see, as a report without secrets', async () => {
  expect((await get(web.port, `/sources/${blog}`)).text).not.toContain('what somebody said')
  const { text } = await get(web.port, `/sources/${blog}`, owner)
  const page = visible(text)
  expect(page).toContain('what somebody said')
  expect(page).toContain('title: expected a text')
  expect(text).not.toMatch(/tok-abcdef|hunter22|abcdef0123456|xoxb-1234|abc\.def\.ghi|my-very-secret/)
})

test('the owner has a source read now with a plain form; nobody else can', async () => {
  const post = (headers: { [name: string]: string }, body: string) =>
    get(
      web.port,
      '/sources/run',
      { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(body.length), ...headers },
      'POST',
      body,
    )
  expect((await get(web.port, `/sources/${blog}`)).text).not.toContain('Read it now')
  expect((await post({}, `source=${blog}`)).status).toBe(403)
  expect((await sourceById(blog))?.hurriedAt).toBeNull()
  expect((await get(web.port, `/sources/${blog}`, owner)).text).toContain('Read it now')
  expect(await post(owner, `source=${blog}`)).toMatchObject({ status: 303, headers: { location: `/sources/${blog}` } })
  expect((await sourceById(blog))?.hurriedAt).toBeInstanceOf(Date)
  expect(visible((await get(web.port, `/sources/${blog}`, owner)).text)).toContain('It is read within ten seconds')
  expect(await post(owner, 'source=nonsense')).toMatchObject({ status: 303, headers: { location: '/sources' } })
})

test('a source that is not for everybody, and one that is none, are no page to an anonymous reader', async () => {
  const [none, hidden] = [await get(web.port, '/sources/99999'), await get(web.port, `/sources/${room}`)]
  expect([none.status, hidden.status]).toEqual([404, 404])
  expect(visible(hidden.text)).toBe(visible(none.text))
  expect((await get(web.port, `/sources/${room}`, owner)).status).toBe(200)
  expect((await get(web.port, '/status.json')).text).not.toContain('Geheim')
  expect((await get(web.port, '/status.json', owner)).text).toContain('Geheim')
})

test('/status tells the same to people and to programs', async () => {
  const status = JSON.parse((await get(web.port, '/status.json')).text)
  expect(status).toMatchObject({
    sources: { read: 1, onTime: 1 },
    platforms: [{ platform: 'feed', read: 1, onTime: 1, delay: { median: 240, most: 5400 } }],
    each: [{ id: blog, state: 'polled', page: `/sources/${blog}` }],
  })
  const { text } = await get(web.port, '/status')
  expect(visible(text)).toContain('The one source is being read on time.')
  const [, etag = ''] = /(W\/"[^"]+")/.exec((await get(web.port, '/status.json')).headers.etag ?? '') ?? []
  expect(etag).not.toBe('')
  expect(await database.db.$count(sources)).toBe(2)
})

test('the list of sources is sent once, and not a second time as React’s description of it', async () => {
  const { text } = await get(web.port, '/sources')
  expect(text.match(new RegExp(`id="source-${blog}"`, 'g'))).toHaveLength(1)
  expect(text.match(/data-label/g)).toHaveLength(4)
})

test('of many sources a page shows fifty, the next ones the others, each once; what is in trouble comes first', async () => {
  const added = sql`
    insert into sources (key, platform, name, settings, rules, every_seconds, last_success_at, next_run_at, first_read_at, trouble, error)
    select 'feed:many ' || nth, 'feed', 'Many ' || nth, '{"url":"https://many.example.org/feed"}'::jsonb, rules, 300, now(), now() + interval '5 minutes', now(),
      case when nth > 227 then 'unavailable' end, case when nth > 227 then 'many.example.org: no answer' end
    from sources, generate_series(1, 250) nth where id = ${blog}`
  await database.db.execute(added)
  try {
    const pages = await Promise.all(
      ['', '?page=2', '?page=3', '?page=4', '?page=5', '?page=6', '?page=99', '?page=x'].map((query) =>
        get(web.port, `/sources${query}`, owner),
      ),
    )
    const rowsOf = (text: string) => [...visible(text).matchAll(/<tr id="source-(\d+)"/g)].map(([, id]) => Number(id))
    const rows = pages.map(({ text }) => rowsOf(text))
    expect(rows.map(({ length }) => length)).toEqual([50, 50, 50, 50, 50, 2, 2, 50])
    const all = rows.slice(0, 6).flat()
    expect([all.length, new Set(all).size]).toEqual([252, 252])
    expect([rows[6], rows[7]]).toEqual([rows[5], rows[0]])
    const start = visible(pages[0]?.text ?? '')
    expect(start).toContain('Sources 1 to 50 of 252')
    expect(start).toContain('and 3 more')
    expect(start).toMatch(/href="\/sources\?page=2"[^>]*>Those after/)
    // Of 23 that do not answer, all stand on the first page, and can be paused from it.
    expect(start.match(/<tr id="source-\d+" class="troubled"/g)).toHaveLength(23)
    expect(start.match(/<option /g)?.length).toBeLessThanOrEqual(50)
    expect(rowsOf((await get(web.port, '/sources?page=6')).text)).not.toContain(room)
  } finally {
    await database.db.execute(sql`delete from sources where key like 'feed:many %'`)
  }
})
