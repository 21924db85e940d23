import { parseAtomFeed, parseJsonFeed, parseRssFeed } from 'feedsmith'
import { beforeAll, describe, expect, test } from 'vitest'
import { fromHtml } from '#connectors/html'
import { heartbeats } from '#db/running-schema'
import { saveBatch } from '#db/save-batch'
import { markReader } from '#lib/server/reader'
import { testDatabase } from '#tests/support/database'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { GET as getGaps } from '../../app/api/gaps/route.ts'
import { GET as getHealth } from '../../app/api/health/route.ts'
import { GET as getPosts } from '../../app/api/posts/route.ts'
import { GET as getSources } from '../../app/api/sources/route.ts'
import { GET as getAtom } from '../../app/atom.xml/route.ts'
import { GET as getJsonFeed } from '../../app/feed.json/route.ts'
import { GET as getRss } from '../../app/rss.xml/route.ts'

const database = testDatabase()
const NOW = new Date('2026-11-22T12:00:00.000Z')
const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000)
const origin = 'http://127.0.0.1:3000'

type Route = (request: Request) => Promise<Response>
const ask = (route: Route, path: string, headers: Record<string, string> = {}) =>
  route(new Request(origin + path, { headers: { host: '127.0.0.1:3000', ...headers } }))
const asOwner = () => {
  const headers: Record<string, string> = {}
  markReader(headers, { role: 'owner' })
  return headers
}
const feeds = [
  ['/feed.json', getJsonFeed, 'application/feed+json'],
  ['/rss.xml', getRss, 'application/rss+xml'],
  ['/atom.xml', getAtom, 'application/atom+xml'],
] as const

/** 30 public posts an hour apart, the newest an hour old; then one for members and one not to be indexed. */
beforeAll(async () => {
  const { source, holder } = await heldSource('A blog', { platform: 'feed' })
  const plain = Array.from({ length: 30 }, (_, index) => aPost(`p${index}`, { publishedAt: hoursAgo(index + 1) }))
  const strange = aPost('strange \u{1F980}', {
    text: 'Control \b\u000B and ]]> and <b>\uFFFE 🦀',
    publishedAt: hoursAgo(100),
    tags: ['hpc'],
    media: [
      {
        kind: 'audio',
        url: 'https://media.example/episode.mp3',
        preview: null,
        alt: null,
        width: null,
        height: null,
        mimeType: 'audio/mpeg',
        durationSeconds: 60,
        bytes: 1234,
        title: 'Episode 1',
        captions: [],
      },
    ],
  })
  const titled = aPost('titled', { title: 'A title', html: fromHtml('<p>Body</p>'), text: 'Body', publishedAt: hoursAgo(99) })
  const members = aPost('members', { audience: 'members', publishedAt: hoursAgo(0.5) })
  const unindexed = aPost('unindexed', { audience: 'unindexed', publishedAt: hoursAgo(0.4) })
  await saveBatch(source, holder, aBatch([...plain, strange, titled, members, unindexed]), NOW)
})

describe('GET /api/posts', () => {
  test('has the documented names and no other', async () => {
    const { posts, ...rest } = await (await ask(getPosts, '/api/posts?limit=1')).json()
    expect(Object.keys(rest)).toEqual(['next', 'previous'])
    expect(posts).toHaveLength(1)
    expect(Object.keys(posts[0])).toEqual(
      'id entry platform sources url author title html text publishedAt firstSeenAt sortAt editedAt late replyTo quote media card poll contentWarning language'.split(
        ' ',
      ),
    )
    expect(Object.keys(posts[0].author)).toEqual(['name', 'handle', 'url', 'avatar'])
    expect(posts[0]).toMatchObject({ sources: ['A blog'], text: 'Post p0', sortAt: '2026-11-22T11:00:00.000Z' })
  })

  test('an anonymous program gets public posts only, and the owner everything', async () => {
    const texts = async (headers: Record<string, string>) => {
      const { posts } = await (await ask(getPosts, '/api/posts?limit=200', headers)).json()
      return posts.map(({ text }: { text: string }) => text)
    }
    const anonymous = await texts({})
    expect(anonymous).toHaveLength(32)
    expect(anonymous).not.toContain('Post members')
    expect(anonymous).not.toContain('Post unindexed')
    expect(await texts({ 'x-backplane-reader': 'owner' })).toHaveLength(32)
    expect(await texts(asOwner())).toHaveLength(34)
  })

  test('next leads through every post once, and previous back to the first page', async () => {
    const seen: string[] = []
    const pages: string[] = []
    let url: string | null = `${origin}/api/posts?limit=7`
    while (url) {
      pages.push(url)
      const page: { posts: { text: string }[]; next: string | null; previous: string | null } = await (
        await ask(getPosts, url.slice(origin.length))
      ).json()
      seen.push(...page.posts.map(({ text }) => text))
      expect(page.previous === null).toBe(pages.length === 1)
      url = page.next
    }
    expect(pages).toHaveLength(5)
    expect(new Set(seen).size).toBe(32)
    expect(seen).toHaveLength(32)

    const second = await (await ask(getPosts, String(pages[1]).slice(origin.length))).json()
    const first = await (await ask(getPosts, second.previous.slice(origin.length))).json()
    expect(first.posts.map(({ text }: { text: string }) => text)).toEqual(seen.slice(0, 7))
  })

  test.each([
    'limit=0',
    'limit=-3',
    'limit=1e3',
    'limit=zz',
    'before=x',
    'after=1-',
    'before=99999999999999-1&limit=',
    'platform=%00',
    'before=-99999999999999-1',
  ])('nonsense is ignored: %s', async (query) => {
    const response = await ask(getPosts, `/api/posts?${query}`)
    expect(response.status).toBe(200)
    const { posts } = await response.json()
    expect([0, 32]).toContain(posts.length)
  })

  test('links are whole: on PUBLIC_URL’s host or the one that was asked', async () => {
    const { next } = await (await ask(getPosts, '/api/posts?limit=2', { host: 'localhost:4000' })).json()
    expect(next).toMatch(/^http:\/\/localhost:4000\/api\/posts\?before=\d+-\d+&limit=2$/)
  })
})

describe.each(feeds)('%s', (path, route, type) => {
  const itemsOf = async (response: Response) => {
    const body = await response.text()
    if (path === '/feed.json') return parseJsonFeed(body)?.items ?? []
    return (path === '/rss.xml' ? parseRssFeed(body).items : parseAtomFeed(body).entries) ?? []
  }

  test('is of its type, and lists the public posts, newest first', async () => {
    const response = await ask(route, `${path}?limit=200`)
    expect(response.headers.get('content-type')).toBe(`${type}; charset=utf-8`)
    const items = await itemsOf(response)
    expect(items).toHaveLength(32)
    const titles = items.map(({ title }) => (typeof title === 'object' ? title.value : title))
    expect(titles.slice(0, 2)).toEqual(['Ada Example: Post p0', 'Ada Example: Post p1'])
    expect(titles.at(-2)).toBe('A title')
  })

  test('answers 304 to whom has it, by tag or by date, and 200 once something changed', async () => {
    const first = await ask(route, path)
    const etag = String(first.headers.get('etag'))
    const modified = String(first.headers.get('last-modified'))
    expect(modified).toBe(NOW.toUTCString())
    const holds: Record<string, string>[] = [
      { 'if-none-match': etag },
      { 'if-none-match': `"x", ${etag}` },
      { 'if-modified-since': modified },
    ]
    for (const held of holds) {
      const again = await ask(route, path, held)
      expect(again.status).toBe(304)
      expect(await again.text()).toBe('')
      expect(again.headers.get('etag')).toBe(etag)
    }
    const stale = { 'if-none-match': '"other"', 'if-modified-since': modified }
    expect((await ask(route, path, stale)).status).toBe(200)
    expect((await ask(route, path, { 'if-modified-since': hoursAgo(1).toUTCString() })).status).toBe(200)
    expect((await ask(route, path, { 'if-modified-since': 'garbage' })).status).toBe(200)
  })

  test('names the page of older posts', async () => {
    const body = await (await ask(route, `${path}?limit=3`)).text()
    expect(body).toMatch(/http:\/\/127\.0\.0\.1:3000\/[a-z.]+\?before=\d+-\d+(&|&amp;)limit=3/)
  })

  test('what a person typed cannot break the format', async () => {
    const response = await ask(route, `${path}?limit=200`)
    // XML 1.0 holds no such character, not even escaped; JSON escapes them.
    expect(await response.clone().text()).not.toMatch(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/)
    const last = JSON.stringify((await itemsOf(response)).at(-1))
    expect(last).toContain('and ]]> and <b>')
    expect(last).toContain('🦀')
  })

  test('an episode can be played', async () => {
    const items = await itemsOf(await ask(route, `${path}?limit=200`))
    expect(JSON.stringify(items.at(-1))).toContain('https://media.example/episode.mp3')
  })
})

test('GET /api/sources has the documented names, and how each source fares', async () => {
  const { sources } = await (await ask(getSources, '/api/sources')).json()
  expect(Object.keys(sources[0])).toEqual('id name platform mode state lastSuccessAt nextRunAt posts failures error'.split(' '))
  expect(sources[0]).toMatchObject({
    name: 'A blog',
    platform: 'feed',
    mode: 'polled',
    state: 'waiting',
    // All but the one for members, of which not even the number is told.
    posts: 33,
    failures: 0,
    error: null,
  })
  const owners = await (await ask(getSources, '/api/sources', asOwner())).json()
  expect(owners.sources[0]).toMatchObject({ posts: 34 })
})

test('GET /api/health is 200 only with a worker that beat within 30 s, and ?part=web whenever the database answers', async () => {
  const health = (query = '') => getHealth(new Request(`http://localhost/api/health${query}`))
  const dead = await health()
  expect(dead.status).toBe(503)
  expect(await dead.json()).toEqual({ ok: false, database: true, worker: false, missing: ['worker'] })
  const web = await health('?part=web')
  expect([web.status, await web.json()]).toEqual([200, { ok: true, database: true, worker: false, missing: ['worker'] }])

  const id = crypto.randomUUID()
  const beatAt = (secondsAgo: number) => new Date(Date.now() - secondsAgo * 1000)
  await database.db.insert(heartbeats).values({ id, role: 'worker', startedAt: beatAt(100), beatAt: beatAt(31) })
  expect((await health()).status).toBe(503)
  await database.db.update(heartbeats).set({ beatAt: beatAt(20) })
  const alive = await health()
  expect(alive.status).toBe(200)
  expect(await alive.json()).toEqual({ ok: true, database: true, worker: true, missing: [] })
})

describe('GET /api/gaps', () => {
  const gapsOf = async (query: string, headers: Record<string, string> = {}): Promise<{ sources: string[] }[]> =>
    (await (await ask(getGaps, `/api/gaps?${query}`, headers)).json()).gaps
  const day = 'from=2026-11-22T00:00:00Z&to=2026-11-22T12:00:00Z'

  beforeAll(async () => {
    const read = async (name: string, audience: 'members' | null, spans: [number, number][]) => {
      const { source, holder } = await heldSource(name, { platform: 'feed', audience })
      for (const [from, to] of spans)
        await saveBatch(source, holder, aBatch([], { covered: { from: hoursAgo(from), to: hoursAgo(to) } }), NOW)
    }
    await read('An open channel', null, [
      [11, 8],
      [7, 1],
    ])
    await read('A private room', 'members', [
      [11, 6],
      [3, 1],
    ])
  })

  test('has the documented names and no other', async () => {
    const [gap] = await gapsOf(day)
    expect(Object.keys(gap ?? {})).toEqual(['from', 'to', 'open', 'sources', 'platforms', 'off', 'reason', 'tries'])
    expect(gap).toMatchObject({ from: '2026-11-22T04:00:00.000Z', to: '2026-11-22T05:00:00.000Z', sources: ['An open channel'] })
  })

  test('tells who is not a member nothing of a members’ source', async () => {
    const sources = async (headers: Record<string, string> = {}) => (await gapsOf(day, headers)).flatMap((gap) => gap.sources).toSorted()
    expect(await sources()).toEqual(['An open channel'])
    expect(await sources(asOwner())).toEqual(['A private room', 'An open channel'])
  })

  test('covers the span that was asked for; nonsense is ignored', async () => {
    expect(await gapsOf('from=2026-11-22T06:00:00Z&to=2026-11-22T12:00:00Z')).toEqual([])
    expect(await gapsOf('from=2026-11-23&to=2026-11-22')).toEqual([])
    for (const query of ['from=x', 'to=', 'from=%00&to=99999-01-01', 'from=-270000-01-01T00:00:00Z'])
      expect(await gapsOf(query)).toBeInstanceOf(Array)
  })
})

describe('filters', () => {
  test('feeds and API take every filter of the timeline, keep it in their links, and say it in their title', async () => {
    const { source, holder } = await heldSource('A tagged blog', { platform: 'feed' })
    const tagged = [1, 2, 3].map((nth) => aPost(`tagged ${nth}`, { tags: ['filtered'], badges: ['Career'], publishedAt: hoursAgo(nth) }))
    await saveBatch(source, holder, aBatch(tagged), NOW)
    const query = `?source=${source.id}&tag=filtered&flair=Career&reposts=none`
    const { posts, next } = await (await ask(getPosts, `/api/posts${query}&limit=2`)).json()
    expect(posts.map(({ text }: { text: string }) => text)).toEqual(['Post tagged 1', 'Post tagged 2'])
    expect(next).toContain(query)
    const feed = parseJsonFeed(await (await ask(getJsonFeed, `/feed.json${query}`)).json())
    expect(feed.items).toHaveLength(3)
    expect(feed.title).toBe('Backplane: A tagged blog, #filtered, Career, no reposts')
  })
})
