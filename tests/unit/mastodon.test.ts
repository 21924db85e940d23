import { existsSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Batch, Run } from '#connectors/contract'
import { createHttp } from '#connectors/http'
import { mastodon } from '#connectors/mastodon/mastodon'
import type { Settings } from '#connectors/mastodon/settings'
import type { Post } from '#db/post'
import { type RawStatus, rawStatus, serveMastodon } from '#tests/support/mastodon-server'
import { serve } from '#tests/support/server'

type Server = Awaited<ReturnType<typeof serveMastodon>>

const http = createHttp({ userAgent: 'Backplane/test (+https://example.org)', trustedHosts: ['127.0.0.1'] })
const since = new Date(Date.UTC(2026, 10, 13))

let server: Server
let stopped: AbortController
beforeEach(async () => {
  server = await serveMastodon()
  stopped = new AbortController()
})
afterEach(async () => {
  stopped.abort()
  await server.close()
})

function runOf(settings: Partial<Settings> = { local: true }, change: Partial<Run<Settings>> = {}): Run<Settings> {
  return {
    http,
    signal: stopped.signal,
    settings: { server: server.origin, ...settings },
    permission: null,
    cursor: null,
    backfill: { since, posts: 500 },
    everySeconds: 180,
    mode: () => {},
    caughtUp: () => {},
    ...change,
  }
}

/** What somebody who saves every batch has after a poll. */
function store() {
  const posts = new Map<string, Post>()
  const batches: Batch[] = []
  let cursor: Batch['cursor'] = null
  return {
    posts,
    batches,
    ids: () => [...posts.keys()].map((uri) => uri.split('/').at(-1) ?? '').sort(),
    save(batch: Batch) {
      batches.push(batch)
      for (const post of batch.posts) posts.set(post.externalId, post)
      for (const uri of batch.deleted) posts.delete(uri)
      cursor = batch.cursor
    },
    /** Polls once; `batches` limits how many are saved before the process dies. */
    async poll(run = runOf(), most = Number.POSITIVE_INFINITY) {
      batches.length = 0
      for await (const batch of mastodon.read({ ...run, cursor })) {
        this.save(batch)
        if (batches.length >= most) return
      }
    },
  }
}

const add = (from: number, to: number) => {
  const more = Array.from({ length: to - from + 1 }, (_, index) => rawStatus(from + index))
  server.add(...more)
  return more.map(({ id }) => id)
}

describe('reading', () => {
  test('a first read goes back to its time, page by page, and ends there', async () => {
    server.add(...Array.from({ length: 200 }, (_, index) => rawStatus(-20 * 24 * 60 + index)))
    const ids = add(1, 95)
    const kept = store()
    await kept.poll()
    expect(kept.ids()).toEqual(ids.sort())
    expect(kept.batches[0]?.covered?.from).toEqual(since)
    // Three with posts that are new enough, and one that has none.
    expect(server.pagesAsked()).toHaveLength(4)
  })

  test('a first read stops at as many posts as it may take, and says how far back it saw', async () => {
    add(1, 200)
    const kept = store()
    await kept.poll(runOf({ local: true }, { backfill: { since, posts: 60 } }))
    expect(kept.posts.size).toBe(60)
    expect(kept.batches[0]?.covered?.from).toEqual(new Date(rawStatus(141).created_at))
  })

  test.each([10, 14, 15, 16, 20, 40])('nothing is skipped when 200 posts arrive between two polls, with pages of %i', async (cap) => {
    server.behaviour.cap = cap
    add(1, 50)
    const kept = store()
    await kept.poll(runOf({ local: true }, { backfill: { since, posts: 50 } }))
    add(51, 250)
    server.asked.length = 0
    await kept.poll()
    expect(kept.posts.size).toBe(250)
    for (const { url } of server.pagesAsked()) expect(url.searchParams.get('min_id')).not.toBeNull()
  })

  test('a quiet poll is one request', async () => {
    add(1, 100)
    const kept = store()
    await kept.poll()
    server.asked.length = 0
    await kept.poll()
    expect(server.asked).toHaveLength(1)
  })

  test('spans that were covered join each other', async () => {
    add(1, 100)
    const kept = store()
    await kept.poll()
    const first = kept.batches.map(({ covered }) => covered)
    // What is not the end of the timeline proves no more than it holds.
    expect(first[0]?.to).toEqual(new Date(rawStatus(40).created_at))
    add(101, 220)
    await kept.poll()
    const spans = [...first, ...kept.batches.map(({ covered }) => covered)]
    for (const [index, span] of spans.entries()) if (index > 0) expect(span?.from).toEqual(spans[index - 1]?.to)
    expect(Date.now() - Number(spans.at(-1)?.to)).toBeLessThan(5000)
  })

  test('a process that dies between two batches repeats and never skips', async () => {
    add(1, 130)
    const kept = store()
    await kept.poll(runOf(), 1)
    add(131, 260)
    await kept.poll(runOf(), 2)
    await kept.poll(runOf(), 1)
    await kept.poll()
    expect(kept.posts.size).toBe(260)
  })

  test('a post of another server that arrives late, with an id below the newest, is found; so is an edit', async () => {
    add(1, 60)
    const kept = store()
    await kept.poll()
    const between = String(115_000_000_000_000_000n + 55n * 65_536n + 9n)
    server.add(rawStatus(55, { id: between, content: '<p>Late</p>' }))
    server.change(rawStatus(58).id, { content: '<p>Corrected</p>', edited_at: '2026-11-21T00:00:00.000Z' })
    await kept.poll()
    const texts = [...kept.posts.values()].map(({ text }) => text)
    expect(texts).toContain('Late')
    expect(texts).toContain('Corrected')
  })

  test('nothing is skipped when what was newest was deleted', async () => {
    add(1, 60)
    const kept = store()
    await kept.poll()
    for (let n = 30; n <= 60; n++) server.remove(rawStatus(n).id)
    add(61, 130)
    await kept.poll()
    expect(kept.ids()).toEqual(expect.arrayContaining(Array.from({ length: 70 }, (_, index) => rawStatus(61 + index).id)))
    add(131, 132)
    await kept.poll()
    expect(kept.posts.has(rawStatus(132).uri)).toBe(true)
  })

  test.each(['since', 'ignored'] as const)('a server whose min_id is %s is read from the top to what is known', async (minId) => {
    server.behaviour.minId = minId
    server.behaviour.links = false
    add(1, 60)
    const kept = store()
    await kept.poll()
    add(61, 260)
    await kept.poll()
    expect(kept.posts.size).toBe(260)
    add(261, 265)
    await kept.poll()
    expect(kept.posts.size).toBe(265)
  })

  test('who was away for longer than a first read goes back starts from the top, and leaves a gap', async () => {
    add(1, 3)
    const cursor = {
      seen: [
        ['9', 'https://mast.example.org/9'],
        ['8', null],
      ],
      until: '2026-10-01T00:00:00.000Z',
      longest: 40,
    }
    const batches = await Array.fromAsync(mastodon.read(runOf({ local: true }, { cursor })))
    expect(server.pagesAsked()[0]?.url.searchParams.get('min_id')).toBeNull()
    expect(batches.map(({ posts, covered }) => [posts.length, covered?.from])).toEqual([[3, since]])
  })

  test('an item that is not understood is counted and kept aside, and the others are read', async () => {
    add(1, 3)
    server.add(rawStatus(4, { created_at: 'yesterday' }), rawStatus(5, { account: null }))
    const kept = store()
    await kept.poll()
    expect(kept.posts.size).toBe(3)
    const unreadable = kept.batches.flatMap((batch) => batch.unreadable)
    expect(unreadable).toHaveLength(2)
    expect(unreadable.find(({ payload }) => payload.includes('yesterday'))?.reason).toContain('not a time')
  })

  test.each([
    ['hpc', { tag: 'hpc' }, '/api/v1/timelines/tag/hpc?limit=40'],
    [
      'several hashtags',
      { tag: 'hpc', any: ['slurm', 'mpi'], none: ['jobs'] },
      '/api/v1/timelines/tag/hpc?limit=40&any[]=slurm&any[]=mpi&none[]=jobs',
    ],
    ['日本', { tag: '日本' }, '/api/v1/timelines/tag/%E6%97%A5%E6%9C%AC?limit=40'],
    ['the local timeline', { local: true as const }, '/api/v1/timelines/public?local=true&limit=40'],
    ['an account', { account: 'ada@mast.example.org', accountId: '17' }, '/api/v1/accounts/17/statuses?limit=40'],
  ])('asks for %s as documented', async (_, settings, path) => {
    await store().poll(runOf(settings))
    expect(server.pagesAsked()[0]?.path).toBe(path)
  })
})

describe('consent', () => {
  const shunned = [
    ['unlisted', { visibility: 'unlisted' }],
    ['private', { visibility: 'private' }],
    ['direct', { visibility: 'direct' }],
    ['#nobot in a bio', { account: { id: '2', acct: 'bea', note: '<p>Hi <a href="https://x.test">#<span>NoBot</span></a></p>' } }],
    ['#nobridge in a field', { account: { id: '2', acct: 'bea', note: '', fields: [{ name: 'asks', value: '#nobridge' }] } }],
    ['a boost of a private post', { reblog: rawStatus(9, { visibility: 'private' }) }],
    ['a private post that is no whole post', { visibility: 'private', created_at: 'nonsense' }],
  ] as const

  test.each(shunned)('%s leaves no trace', async (_, change) => {
    server.add(rawStatus(1), rawStatus(2, { ...change, content: '<p>secret words</p>' }))
    const kept = store()
    await kept.poll()
    await kept.poll()
    expect(kept.posts.size).toBe(1)
    expect(JSON.stringify(kept.batches)).not.toContain('secret words')
    expect(JSON.stringify(kept.batches)).not.toContain(rawStatus(2).uri)
    expect(kept.batches.flatMap(({ unreadable }) => unreadable)).toHaveLength(0)
  })

  test('what does not say that it is public is counted, and not kept for a look', async () => {
    server.add(rawStatus(1, { visibility: undefined, content: '<p>secret words</p>' }))
    const kept = store()
    await kept.poll()
    expect(kept.batches.flatMap(({ unreadable }) => unreadable)).toMatchObject([{ payload: JSON.stringify({ id: rawStatus(1).id }) }])
    expect(JSON.stringify(kept.batches)).not.toContain('secret words')
  })

  test('a bio that merely holds such a word keeps nobody out', async () => {
    server.add(rawStatus(1, { account: { id: '2', acct: 'bea', note: '<p>I write about #nobotany and nobot</p>' } }))
    const kept = store()
    await kept.poll()
    expect(kept.posts.size).toBe(1)
  })

  test('unlisted posts of an account that agreed are read, and of nobody else', async () => {
    server.add(
      rawStatus(1, { visibility: 'unlisted' }),
      rawStatus(2, { visibility: 'unlisted', account: { id: '2', acct: 'bea@other.test' } }),
    )
    const kept = store()
    const account = `ada@${new URL(server.origin).host}`
    await kept.poll(runOf({ account, accountId: '1', unlisted: true }))
    expect([...kept.posts.values()].map(({ author }) => author.id)).toEqual([account])
  })

  test('what was kept is taken away when its author asks to be left alone', async () => {
    server.add(rawStatus(1), rawStatus(2))
    const kept = store()
    await kept.poll()
    server.change(rawStatus(2).id, { account: { id: '1', acct: 'ada', note: '<p>#nobot</p>' } })
    await kept.poll()
    expect(kept.batches.flatMap(({ deleted }) => deleted)).toEqual([rawStatus(2).uri])
  })
})

describe('faults', () => {
  const failing = async (run = runOf()) => {
    try {
      await store().poll(run)
    } catch (error) {
      return error
    }
    throw new Error('It did not fail')
  }

  test('a server that wants a token says so, and how to get one', async () => {
    server.behaviour.token = 'right'
    expect(await failing()).toMatchObject({ trouble: 'refused', message: expect.stringContaining('token: env:NAME') })
    expect(await failing(runOf({ tag: 'hpc', any: ['mpi'], token: 'wrong' }))).toMatchObject({
      trouble: 'refused',
      message: expect.stringContaining('does not accept the token'),
    })
    await store().poll(runOf({ tag: 'hpc', any: ['mpi'], token: 'right' }))
  })

  test('every request says who asks, so that GoToSocial answers', async () => {
    add(1, 3)
    await store().poll()
    expect(server.asked.map(({ headers }) => headers['user-agent'])).toEqual(server.asked.map(() => http.userAgent))
    expect(
      await failing(runOf({ local: true }, { http: { ...http, fetch: (url) => fetch(String(url), { headers: { 'user-agent': '' } }) } })),
    ).toMatchObject({ trouble: 'refused', message: expect.stringContaining('418') })
  })

  test.each([
    ['x-ratelimit-reset in ISO 8601', () => ({ 'x-ratelimit-reset': new Date(Date.now() + 90_000).toISOString() }), 90],
    ['Retry-After', () => ({ 'retry-after': '17', 'x-ratelimit-reset': new Date(Date.now() + 90_000).toISOString() }), 17],
  ])('who asks too often waits as long as %s says', async (_, headers, seconds) => {
    server.routes['/api/v1/timelines/public'] = { status: 429, headers: headers(), body: { error: 'Too many requests' } }
    const error = await failing()
    expect(error).toMatchObject({ trouble: 'rate-limited' })
    expect(Math.abs(Number(Object(error).retryAfterSeconds) - seconds)).toBeLessThanOrEqual(1)
  })

  test.each([
    ['a page', { body: '<!doctype html><title>Hello</title>', headers: { 'content-type': 'text/html' } }, 'malformed'],
    ['half of a list', { body: '[{"id": "1"', headers: { 'content-type': 'application/json' } }, 'malformed'],
    ['something else than a list', { body: { statuses: [] } }, 'malformed'],
    ['a page that says that it is down', { status: 503, body: '<h1>Back soon</h1>' }, 'unavailable'],
    ['nothing, because it moved away', { status: 410, body: '' }, 'refused'],
  ])('a server that answers with %s is told from one that works', async (_, answer, trouble) => {
    server.routes['/api/v1/timelines/public'] = answer
    expect(await failing()).toMatchObject({ name: 'ConnectorError', trouble })
  })

  test.each([
    ['local', 'disabled', { liveFeeds: 'disabled' }, 'switched off its local timeline'],
    ['local', 'for members', { liveFeeds: 'authenticated' }, 'token: env:NAME'],
    ['tag', 'disabled', { hashtagFeeds: 'disabled' }, 'switched off its hashtag timelines'],
  ] as const)('an empty %s timeline that is %s is no quiet one, at once and later', async (what, _, feeds, sentence) => {
    const settings = what === 'local' ? { local: true as const } : { tag: 'hpc' }
    const of = (feed: string) => ({ local: feed, remote: feed })
    const access = {
      live_feeds: of('liveFeeds' in feeds ? feeds.liveFeeds : 'public'),
      hashtag_feeds: of('hashtagFeeds' in feeds ? feeds.hashtagFeeds : 'public'),
    }
    add(1, 5)
    const kept = store()
    await kept.poll(runOf(settings))
    server.behaviour.configuration = { timelines_access: access }
    for (let n = 1; n <= 5; n++) server.remove(rawStatus(n).id)
    const run = runOf(settings)
    for (const attempt of [() => kept.poll(run), () => store().poll(run), async () => mastodon.resolve?.(run.settings, run)])
      await expect(attempt()).rejects.toMatchObject({ trouble: 'refused', message: expect.stringContaining(sentence) })
  })

  test('an empty timeline that nobody hides is a quiet one', async () => {
    const kept = store()
    await kept.poll()
    expect(kept.batches).toHaveLength(1)
    add(1, 2)
    await kept.poll()
    expect(kept.posts.size).toBe(2)
  })
})

describe('what a person pastes', () => {
  test.each([
    ['https://mast.hpc.social/@ada', { server: 'https://mast.hpc.social', account: 'ada@mast.hpc.social' }],
    ['https://mast.hpc.social/@Ada/with_replies', { server: 'https://mast.hpc.social', account: 'ada@mast.hpc.social' }],
    ['https://mast.hpc.social/@ada@fosstodon.example', { account: 'ada@fosstodon.example' }],
    ['https://mast.hpc.social/@ada@threads.net', { server: 'https://mast.hpc.social', account: 'ada@threads.net' }],
    ['@ada@mast.hpc.social', { account: 'ada@mast.hpc.social' }],
    ['https://mast.hpc.social/tags/HPC', { server: 'https://mast.hpc.social', tag: 'hpc' }],
    ['https://mast.hpc.social/tags/%E6%97%A5%E6%9C%AC', { server: 'https://mast.hpc.social', tag: '日本' }],
    ['https://mast.hpc.social/public/local', { server: 'https://mast.hpc.social', local: true }],
  ])('%s is located, and its settings are whole', (input, settings) => {
    expect(mastodon.locate(input)).toEqual(settings)
    expect(mastodon.settings.parse(mastodon.locate(input))).toEqual(settings)
  })

  test.each([
    'https://mast.hpc.social',
    'https://mast.hpc.social/@ada.rss',
    'https://blog.example.org/tags/hpc/',
    'https://www.threads.net/@ada',
    'https://medium.com/@ada',
    'https://www.youtube.com/@ada',
    'https://bsky.app/profile/ada.test',
    '@ada',
    '@ada@threads.net',
    'ada@mast.hpc.social',
    'javascript:alert(1)',
    '',
  ])('“%s” is somebody else’s, or cannot be told', (input) => {
    expect(mastodon.locate(input)).toBeNull()
  })

  test.each([
    [{ server: 'mast.hpc.social', local: true }, 'local timeline of mast.hpc.social', 'mast.hpc.social'],
    [{ server: 'http://127.0.0.1:4301', tag: '#HPC', any: ['MPI'] }, '#hpc or #mpi on 127.0.0.1:4301', '127.0.0.1:4301'],
    [{ account: '@Ada@fosstodon.example' }, '@ada@fosstodon.example', 'fosstodon.example'],
    [{ server: 'https://fosstodon.example', account: 'ada' }, '@ada@fosstodon.example', 'fosstodon.example'],
  ])('%j is called as its community does', (given, name, host) => {
    const settings = mastodon.settings.parse(given)
    expect([mastodon.describe(settings), mastodon.host(settings)]).toEqual([name, host])
    expect(mastodon.settings.parse(settings), 'settings that were parsed stay as they are').toEqual(settings)
  })

  test.each([
    [{ server: 'https://a.example' }, 'needs one of local: true, tag: hpc or account: user@server'],
    [{ server: 'https://a.example', local: true, tag: 'hpc' }, 'needs one of'],
    [{ tag: 'hpc' }, 'needs server'],
    [{ server: 'https://a.example', tag: 'two words' }, 'must be a hashtag'],
    [{ server: 'https://a.example', tag: 'a', any: ['b', 'c', 'd', 'e', 'f'] }, 'at most 4'],
    [{ account: 'ada' }, 'must be written user@server'],
    [{ server: 'https://a.example', local: true, unlisted: true }, 'unlisted goes with account'],
  ])('%j is refused in a sentence', (given, sentence) => {
    expect(mastodon.settings.safeParse(given).error?.message).toContain(sentence)
  })
})

describe('resolving', () => {
  const reach = () => ({ http, signal: stopped.signal })

  test('a server tells what it calls itself and where it streams', async () => {
    server.behaviour.configuration = { urls: { streaming: 'wss://streaming.example.org' } }
    const settings = { server: server.origin, local: true as const }
    expect(await mastodon.resolve?.(settings, reach())).toEqual({
      ...settings,
      domain: server.host,
      streaming: 'wss://streaming.example.org',
    })
  })

  test('an account is looked up by its bare name on its own server, and by its address on others', async () => {
    const asked: string[] = []
    server.routes['/api/v1/accounts/lookup'] = ({ url }) => {
      asked.push(url.searchParams.get('acct') ?? '')
      return { body: { id: '42', acct: 'ada' } }
    }
    for (const account of [`ada@${server.host}`, 'ada@fosstodon.example'])
      expect(await mastodon.resolve?.({ server: server.origin, account }, reach())).toMatchObject({ accountId: '42', account })
    expect(asked).toEqual(['ada', 'ada@fosstodon.example'])
  })

  test('an account at a server whose people write another domain is called as they write it', async () => {
    server.routes['/api/v1/accounts/lookup'] = { body: { id: '42', acct: 'ada' } }
    server.routes['/api/v2/instance'] = { body: { domain: 'example.org' } }
    const settings = { server: server.origin, account: `ada@${server.host}`, unlisted: true as const }
    const resolved = await mastodon.resolve?.(settings, reach())
    expect(resolved).toMatchObject({ account: 'ada@example.org', accountId: '42' })
    server.add(rawStatus(1, { visibility: 'unlisted' }))
    const kept = store()
    await kept.poll(runOf(resolved))
    expect([...kept.posts.values()].map(({ author }) => author.handle)).toEqual(['@ada@example.org'])
  })

  test('an account that does not exist is said to be misspelt, and one behind a login to need a token', async () => {
    const settings = { server: server.origin, account: `ada@${server.host}` }
    const sentence = (text: string) => ({ trouble: 'refused', message: expect.stringContaining(text) })
    await expect(mastodon.resolve?.(settings, reach())).rejects.toMatchObject(sentence(`knows no account @ada@${server.host}`))
    server.behaviour.token = 'right'
    await expect(mastodon.resolve?.(settings, reach())).rejects.toMatchObject(sentence('token: env:NAME'))
  })

  test('an address whose host serves no accounts leads, by WebFinger, to the server that does', async () => {
    server.routes['/api/v1/accounts/lookup'] = { body: { id: '42', acct: 'ada' } }
    // The address is a made-up host: what is asked of it is answered here, all else by the server it names.
    const home: typeof http = {
      ...http,
      fetch: (url, init) =>
        String(url).startsWith('https://example.org') ? Promise.resolve(new Response('<p>A blog</p>')) : http.fetch(url, init),
      get: async (url) => {
        expect(url).toBe('https://example.org/.well-known/webfinger?resource=acct%3Aada%40example.org')
        const links = [{ rel: 'self', type: 'application/activity+json', href: `${server.origin}/users/ada` }]
        return { body: new TextEncoder().encode(JSON.stringify({ links })), url, movedTo: null, headers: new Headers() }
      },
    }
    expect(await mastodon.resolve?.({ account: 'ada@example.org' }, { ...reach(), http: home })).toMatchObject({
      server: server.origin,
      accountId: '42',
    })
  })
})

describe('rechecking', () => {
  const recheck = (uris: string[]) =>
    mastodon.recheck?.(uris, { http, signal: stopped.signal, settings: { server: server.origin, local: true } })
  const here = (n: number, change = {}) => rawStatus(n, change, server.origin)

  test('tells what changed and what is gone of its own posts and boosts', async () => {
    const boost = here(3, { uri: `${here(3).uri}/activity` })
    server.add(here(1, { content: '<p>Corrected</p>' }), here(5, { visibility: 'private' }), here(6, { uri: `${server.origin}/another` }))
    const found = await recheck([here(1).uri, here(2).uri, boost.uri, here(5).uri, here(6).uri, 'no uri'])
    expect(found?.posts.map(({ text }) => text)).toEqual(['Corrected'])
    expect(found?.deleted).toEqual([here(2).uri, boost.uri, here(5).uri])
  })

  test('asks other servers of Mastodon’s kind what is gone of theirs, without any token, and nothing where a server writes its addresses otherwise or does not answer', async () => {
    await using other = await serveMastodon({ token: null })
    await using busy = await serve({ '*': { status: 503 } })
    const there = (n: number) => rawStatus(n, {}, other.origin)
    other.add(there(1))
    const odd = [`${other.origin}/objects/1234`, `${other.origin}/users/ada/statuses/01J3ABCDEF`, rawStatus(9, {}, busy.origin).uri]
    const settings: Settings = { server: server.origin, local: true, token: 'the-secret' }
    const found = await mastodon.recheck?.([there(1).uri, there(2).uri, ...odd], { http, signal: stopped.signal, settings })
    expect(found).toEqual({ posts: [], deleted: [there(2).uri] })
    expect(JSON.stringify(other.asked)).not.toMatch(/the-secret|objects|01J3/)
  })

  test('goes one by one where several cannot be asked for at once', async () => {
    server.routes['/api/v1/statuses'] = { status: 405, body: { error: 'Method not allowed' } }
    server.add(here(1))
    expect(await recheck([here(1).uri, here(2).uri])).toMatchObject({ posts: [{ text: 'Post 1' }], deleted: [here(2).uri] })
  })

  test('takes nothing for gone when the server is down or wants a token', async () => {
    server.behaviour.token = 'right'
    expect(await recheck([here(1).uri])).toEqual({ posts: [], deleted: [] })
    server.routes['/api/v1/statuses'] = { status: 503 }
    await expect(recheck([here(1).uri])).rejects.toMatchObject({ trouble: 'unavailable' })
  })
})

describe('other servers', () => {
  const ulid = (n: number) => `01M82CAT${String(n).padStart(4, '0')}GXTD7EFQK1ZKKV`
  const uuid = (n: number) => `01a204c4-${String(n).padStart(4, '0')}-7cc2-8a6b-24681482f395`

  test.each([
    ['GoToSocial, with ULIDs', ulid, { links: true }],
    ['Hollo, with UUIDs and without Link headers', uuid, { links: false, configuration: null }],
    ['Hollo of old, whose min_id is since_id', uuid, { links: false, configuration: null, minId: 'since' as const }],
  ])('%s, is read as Mastodon is', async (_, idOf, behaviour) => {
    Object.assign(server.behaviour, behaviour)
    const some = (from: number, to: number) =>
      server.add(...Array.from({ length: to - from + 1 }, (_, index) => rawStatus(from + index, { id: idOf(from + index) })))
    some(1, 95)
    const kept = store()
    await kept.poll()
    expect(kept.posts.size).toBe(95)
    some(96, 300)
    await kept.poll()
    expect(kept.posts.size).toBe(300)
    some(301, 301)
    await kept.poll()
    expect(kept.posts.size).toBe(301)
  })

  const recordings = new URL('../../../shared/fixtures/mastodon/', import.meta.url)
  test.skipIf(!existsSync(recordings)).for(['gotosocial-0.20.0', 'hollo-0.6.20'])(
    '%s as recorded is understood whole (skipped without the recordings)',
    async (folder) => {
      const read = (file: string): RawStatus[] => JSON.parse(readFileSync(new URL(`${folder}/${file}.json`, recordings), 'utf8'))
      const statuses = new Map([...read('local'), ...read('tag'), ...read('account')].map((status) => [status.id, status]))
      server.add(...statuses.values())
      const kept = store()
      await kept.poll()
      expect(kept.batches.flatMap(({ unreadable }) => unreadable)).toEqual([])
      const public_ = [...statuses.values()].filter(({ visibility }) => visibility === 'public')
      expect(kept.batches.flatMap(({ posts }) => posts)).toHaveLength(public_.length)
    },
  )
})
