import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createHttp } from '#connectors/http'
import { checkSources } from '#lib/sources/check-sources'
import { fetchList } from '#lib/sources/fetch-list'
import { lookAt, perDayOf } from '#lib/sources/look-at'
import { parseSourcesFile } from '#lib/sources/sources-file'
import { listIn, understand } from '#lib/sources/understand'
import { rawStatus, serveMastodon } from '#tests/support/mastodon-server'
import { type Asked, serve } from '#tests/support/server'

/** What is pasted is looked up and read on stand-ins for the platforms, on loopback. */
const MINUTE = 60_000
const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE)

let blog: Awaited<ReturnType<typeof serve>>
let mastodon: Awaited<ReturnType<typeof serveMastodon>>
beforeEach(async () => {
  const entry = (n: number) =>
    `<item><title>Post ${n}</title><link>https://blog.example.org/${n}</link><guid>post-${n}</guid><pubDate>${ago(n * 1440).toUTCString()}</pubDate><description>What ${n} says</description></item>`
  const feed = `<rss version="2.0"><channel><title>Ada writes</title>${Array.from({ length: 12 }, (_, n) => entry(n + 1)).join('')}</channel></rss>`
  blog = await serve({
    '/': {
      headers: { 'content-type': 'text/html' },
      body: '<!doctype html><link rel="alternate" type="application/rss+xml" href="/feed.xml">',
    },
    '/feed.xml': { headers: { 'content-type': 'application/rss+xml' }, body: feed },
    '/none': { headers: { 'content-type': 'text/html' }, body: '<!doctype html><p>Nothing here' },
    '/busy': { status: 503, body: 'later' },
    '/old.xml': { status: 301, headers: { location: '/feed.xml' } },
    '/list.opml': { body: '<opml version="2.0"><body><outline text="One" xmlUrl="https://one.example.org/feed"/></body></opml>' },
  })
  mastodon = await serveMastodon()
  mastodon.add(...[1, 2, 3].map((n) => rawStatus(n, { created_at: ago(60 * (4 - n)).toISOString() }, mastodon.origin)))
})
afterEach(() => Promise.all([blog.close(), mastodon.close()]))

const reach = () => ({
  http: createHttp({ userAgent: 'Backplane/0.1 (+mailto:owner@example.org)', trustedHosts: ['localhost'] }),
  signal: new AbortController().signal,
})

async function look(pasted: string, present: Parameters<typeof lookAt>[2] = []) {
  const understood = understand(pasted, present)
  if (understood.as !== 'source') throw new Error(`${pasted} was taken for ${JSON.stringify(understood)}`)
  return lookAt(understood.meanings, reach(), present)
}

describe('a look at what somebody pasted', () => {
  test('finds a page’s feed, tells how, and shows its newest five and how many to expect', async () => {
    const { look: found, tried } = await look(`${blog.origin}/`)
    expect(tried).toEqual([])
    expect(found?.steps).toEqual([`${blog.origin}/ is a page that names a feed`, `Its feed is ${blog.origin}/feed.xml, “Ada writes”`])
    expect(found?.yaml).toBe(`- feed: { url: ${blog.origin}/feed.xml, name: Ada writes }`)
    expect(found?.posts?.map(({ title }) => title)).toEqual(['Post 1', 'Post 2', 'Post 3', 'Post 4', 'Post 5'])
    expect(found?.perDay).toBeCloseTo(12 / 30)
    expect(found?.lacks.map(({ what }) => what).join()).toMatch(/deleted/)
  })

  test('reads a hashtag of a server, and says what a token would change', async () => {
    const { look: found } = await look(`${mastodon.origin}/tags/HPC`)
    expect(found).toMatchObject({
      yaml: `- mastodon: { server: ${mastodon.origin}, tag: hpc, name: '#hpc on ${mastodon.host}' }`,
      trouble: null,
    })
    expect(found?.posts).toHaveLength(3)
    expect(found?.lacks.at(-1)).toMatchObject({
      what: expect.stringContaining('not live'),
      steps: expect.arrayContaining([expect.stringContaining('token')]),
    })
  })

  test('goes on to what else it may mean where the first cannot be read, and tells why', async () => {
    // An address of a server with Mastodon's API, which is no page with a feed.
    const { look: found, tried } = await look(mastodon.origin)
    expect(tried[0]).toMatchObject({ meaning: { platform: 'feed' }, why: expect.stringMatching(/404|no feed/) })
    expect(found?.meaning).toMatchObject({ platform: 'mastodon', kind: 'the local timeline of a Mastodon server' })
    expect(found?.posts).toHaveLength(3)
  })

  test('does not visit those who are to be asked first, and has the letter that asks', async () => {
    const { look: found } = await look('#hpc on Libera')
    expect(found).toMatchObject({
      posts: null,
      perDay: null,
      steps: [],
      source: { off: expect.stringContaining('Ask the operators of #hpc') },
    })
    expect(found?.letter).toContain('Dear operators of #hpc on Libera.Chat')
    expect(found?.lacks.flatMap(({ steps }) => steps).join(' ')).toContain('NickServ')
  })

  test('says of each that fails why, in a sentence, and offers nothing', async () => {
    await using bare = await serve({ '/about': { headers: { 'content-type': 'text/html' }, body: '<!doctype html><p>Nothing here' } })
    const { look: found, tried } = await look(`${bare.origin}/about`)
    expect(found).toBeNull()
    expect(tried.map(({ why }) => why).join()).toMatch(/no feed was found/)
  })

  test('offers what is only down to be added all the same', async () => {
    const { look: found } = await look(`${blog.origin}/busy`)
    expect(found).toMatchObject({ posts: null, trouble: expect.stringContaining('503'), yaml: expect.stringContaining('/busy') })
  })

  test('reaches no private address that is not trusted', async () => {
    const untrusting = { ...reach(), http: createHttp({ userAgent: 'Backplane/0.1', trustedHosts: [] }) }
    const understood = understand(`${blog.origin}/`)
    const { look: found, tried } = await lookAt(understood.as === 'source' ? understood.meanings : [], untrusting, [])
    expect(found).toBeNull()
    expect(tried[0]?.why).toMatch(/private|not.*reached|loopback/i)
    expect(blog.asked).toEqual([])
  })

  test('keeps a secret out: one that stands in what was pasted is named, and not used', async () => {
    const { look: found, tried } = await look('https://www.reddit.com/r/hpc/new/.rss?feed=0123456789abcdef&user=ada')
    expect(found).toBeNull()
    expect(tried[0]?.why).toMatch(/feedToken stands here in clear/)
  })

  test('knows what is read already, by its page or by its feed', async () => {
    const { look: found } = await look(`${blog.origin}/`, [
      { platform: 'feed', name: 'Ada', settings: { url: `${blog.origin}/feed.xml` }, pausedAt: null },
    ])
    expect(found?.already).toBe('Ada')
    const { look: other } = await look(`${blog.origin}/feed.xml`, [
      {
        platform: 'feed',
        name: 'Ada',
        settings: { url: `${blog.origin}/` },
        resolved: { url: `${blog.origin}/feed.xml`, title: 'Ada writes' },
        pausedAt: null,
      },
    ])
    expect(other?.already).toBe('Ada')
  })

  test('expects as many posts as there were of late', () => {
    const at = (days: number) => ({ publishedAt: new Date(Date.now() - days * 86_400_000) })
    const now = new Date()
    expect(perDayOf([], now)).toBe(0)
    expect(perDayOf([at(400), at(500)], now)).toBe(0)
    expect(perDayOf([at(1), at(29), at(31)], now)).toBeCloseTo(2 / 30)
    // A page that goes back two days says nothing of the rest of the month.
    expect(
      perDayOf(
        Array.from({ length: 40 }, (_, n) => at((n + 1) / 20)),
        now,
      ),
    ).toBeCloseTo(20)
  })
})

test('a list is fetched and read; what is none is refused', async () => {
  expect(listIn(await fetchList(`${blog.origin}/list.opml`, reach()))).toMatchObject([{ meaning: { name: 'One' } }])
  await expect(fetchList(`${blog.origin}/none`, reach())).rejects.toMatchObject({
    trouble: 'refused',
    message: expect.stringContaining('lists no sources'),
  })
})

test('a check of the file tells what is alive, silent, moved, gone, off and paused, and which of it wants mending', async () => {
  blog.routes['/quiet.xml'] = ({ url }: Asked) => ({
    headers: { 'content-type': 'application/rss+xml' },
    body: `<rss version="2.0"><channel><title>${url.pathname}</title><item><title>Old</title><guid>1</guid><pubDate>${ago(200 * 1440).toUTCString()}</pubDate></item></channel></rss>`,
  })
  const { sources } = parseSourcesFile(`
- feed: { url: ${blog.origin}/feed.xml, name: Alive }
- feed: { url: ${blog.origin}/quiet.xml, name: Quiet }
- feed: { url: ${blog.origin}/old.xml, name: Moved }
- feed: { url: ${blog.origin}/nothing.xml, name: Gone }
- feed: { url: ${blog.origin}/busy, name: Down }
- feed: { url: ${blog.origin}/other.xml, name: Paused, paused: true }
- irc: { server: irc.example.org, channel: '#hpc', name: Asked first }
`)
  const checked = await checkSources(sources, reach(), new Date())
  expect(checked.map(({ source, state, wrong }) => `${source.name}: ${state}${wrong ? '!' : ''}`)).toEqual([
    'Alive: alive',
    'Quiet: silent',
    'Moved: moved!',
    'Gone: gone!',
    'Down: no answer!',
    'Paused: paused',
    'Asked first: off',
  ])
  expect(checked[2]?.words).toContain('/feed.xml')
})
