import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { bluesky } from '#connectors/bluesky/bluesky'
import type { Batch, Cursor } from '#connectors/contract'
import { createHttp } from '#connectors/http'
import { follow, readAll, runOf } from '#tests/support/run'
import { type Asked, serve } from '#tests/support/server'
import { serveWebSocket } from '#tests/support/web-socket-server'

const ALVA = 'did:plc:alvaaaaaaaaaaaaaaaaaaaaa'
const BJORN = 'did:plc:bjornaaaaaaaaaaaaaaaaaaa'
const FEED = `at://${ALVA}/app.bsky.feed.generator/hpc`
const LIST = `at://${ALVA}/app.bsky.graph.list/people`
const PACK = `at://${ALVA}/app.bsky.graph.starterpack/3lab`
const MINUTE = 60_000

const handles: Record<string, string> = { [ALVA]: 'alva.example.org', [BJORN]: 'bjorn.example.com' }
const person = (did: string) => ({ did, handle: handles[did] ?? 'handle.invalid', displayName: handles[did]?.split('.')[0] })
const uriOf = (key: string, did = ALVA) => `at://${did}/app.bsky.feed.post/${key}`
const cidOf = (key: string) => `bafyrei${key.replace(/[^a-z2-7]/g, '').padEnd(52, 'a')}`
const refOf = (key: string, did = ALVA) => ({ uri: uriOf(key, did), cid: cidOf(key) })

/** A post as the AppView shows it, said so many minutes ago. */
function view(key: string, minutesAgo: number, { did = ALVA, ...more }: { did?: string; record?: object; [key: string]: unknown } = {}) {
  const at = new Date(begin - minutesAgo * MINUTE).toISOString()
  const record = { $type: 'app.bsky.feed.post', text: `Post ${key}`, createdAt: at, ...more.record }
  return { uri: uriOf(key, did), cid: cidOf(key), author: person(did), indexedAt: at, ...more, record }
}

let begin: number
let appview: Awaited<ReturnType<typeof serve>>
/** What the AppView has, newest first. */
let posts: (ReturnType<typeof view> & { [key: string]: unknown })[]
let standing: Record<string, string>
/** What accounts write into their profiles. */
let bios: Record<string, string>

const page =
  (items: () => object[]) =>
  ({ url }: Asked) => {
    const from = Number(url.searchParams.get('cursor') ?? 0)
    const to = from + Number(url.searchParams.get('limit'))
    return { body: { feed: items().slice(from, to), ...(to < items().length && { cursor: String(to) }) } }
  }
const error = (status: number, name: string, message: string, headers = {}) => ({ status, headers, body: { error: name, message } })

beforeEach(async () => {
  begin = Date.now()
  posts = []
  standing = {}
  bios = {}
  const items = () => posts.map((post) => ({ post }))
  appview = await serve({
    '/xrpc/app.bsky.feed.getFeed': page(items),
    '/xrpc/app.bsky.feed.getAuthorFeed': page(items),
    '/xrpc/app.bsky.feed.getListFeed': page(items),
    '/xrpc/app.bsky.feed.getPosts': ({ url }) => {
      const uris = url.searchParams.getAll('uris')
      if (uris.length > 25) return error(400, 'InvalidRequest', 'Error: uris must not have more than 25 elements')
      return { body: { posts: posts.filter(({ uri }) => uris.includes(uri)) } }
    },
    '/xrpc/app.bsky.actor.getProfile': ({ url }) => {
      const actor = url.searchParams.get('actor') ?? ''
      const did = Object.keys(handles).find((did) => did === actor || handles[did] === actor)
      if (!did) return error(400, 'InvalidRequest', 'Profile not found')
      return standing[did] ? error(400, standing[did], 'Not for now') : { body: person(did) }
    },
    '/xrpc/app.bsky.actor.getProfiles': ({ url }) => {
      const actors = url.searchParams.getAll('actors')
      if (actors.length > 25) return error(400, 'InvalidRequest', 'Error: actors must not have more than 25 elements')
      const there = Object.keys(handles).filter((did) => actors.includes(did) && !standing[did])
      return { body: { profiles: there.map((did) => ({ ...person(did), description: bios[did] ?? 'hello' })) } }
    },
    '/xrpc/com.atproto.identity.resolveHandle': ({ url }) => {
      const did = Object.keys(handles).find((did) => handles[did] === url.searchParams.get('handle'))
      return did ? { body: { did } } : error(400, 'InvalidRequest', 'Unable to resolve handle')
    },
    '/xrpc/app.bsky.graph.getList': ({ url }) => ({
      body: {
        list: {
          uri: LIST,
          cid: cidOf('list'),
          creator: person(ALVA),
          name: 'HPC people',
          purpose: 'app.bsky.graph.defs#curatelist',
          indexedAt: new Date().toISOString(),
        },
        items:
          url.searchParams.get('limit') === '1'
            ? []
            : [ALVA, BJORN].map((did) => ({ uri: `at://${ALVA}/app.bsky.graph.listitem/${did.slice(8, 12)}`, subject: person(did) })),
      },
    }),
  })
})
afterEach(() => appview.close())

const settings = (given: object) => bluesky.settings.parse({ service: appview.origin, jetstream: 'ws://127.0.0.1:9/subscribe', ...given })

async function pollOnce(given: object, cursor: Cursor | null = null, more = {}): Promise<Batch> {
  const { run } = runOf(settings(given), { cursor, ...more })
  const [batch] = await readAll(bluesky.read(run))
  if (!batch) throw new Error('No batch came')
  return batch
}
const keysOf = (batch: Batch) => batch.posts.map(({ externalId }) => externalId.split('/').at(-1))
const many = (count: number) => Array.from({ length: count }, (_, index) => view(`p${count - index}`, index))

describe('what a person would paste', () => {
  test.for([
    ['https://bsky.app/profile/alva.example.org', { author: 'alva.example.org' }],
    [`https://bsky.app/profile/${ALVA}/`, { author: ALVA }],
    ['https://bsky.app/profile/alva.example.org/post/3n2w', { author: 'alva.example.org' }],
    ['https://bsky.app/profile/alva.example.org/feed/hpc', { feed: 'at://alva.example.org/app.bsky.feed.generator/hpc' }],
    [`https://bsky.app/profile/${ALVA}/lists/people`, { list: LIST }],
    [FEED, { feed: FEED }],
    [LIST, { list: LIST }],
    [uriOf('3n2w'), { author: ALVA }],
    [`at://${ALVA}`, { author: ALVA }],
    [ALVA, { author: ALVA }],
    ['@Alva.Example.org', { author: 'alva.example.org' }],
    ['name.bsky.social', { author: 'name.bsky.social' }],
    ['did:web:center.example.edu', { author: 'did:web:center.example.edu' }],
  ] as const)('%s is found', ([pasted, found]) => {
    expect(bluesky.locate(pasted)).toMatchObject(found)
  })

  test.for([
    'https://example.org/',
    'example.org',
    '@user@mastodon.example',
    'https://bsky.app/',
    'https://bsky.app/search?q=hpc',
    'https://evil.example/profile/alva.example.org',
    'https://bsky.app/profile/%E0%A4%A',
    'at://not a uri',
    '#hpc',
    '',
  ])('“%s” is not of Bluesky', (pasted) => {
    expect(bluesky.locate(pasted)).toBeNull()
  })

  test('settings say what is wrong with them', () => {
    const wrong = (given: object) => bluesky.settings.safeParse(given).error?.issues.map(({ message }) => message)
    expect(wrong({})).toEqual(['give exactly one of feed, author, list, starterPack, feedsBy'])
    expect(wrong({ author: 'a.example', feed: FEED })).toEqual(['give exactly one of feed, author, list, starterPack, feedsBy'])
    expect(wrong({ author: 'nobody' })?.[0]).toContain('a handle')
    expect(wrong({ feed: LIST })?.[0]).toContain('app.bsky.feed.generator')
    expect(wrong({ feedsBy: ALVA })?.[0]).toContain('feedsBy and named')
    expect(wrong({ author: ALVA, jetstream: 'https://example.org' })?.[0]).toContain('ws(s)')
  })

  test('the steps of a look-up are told to who waits for it', async () => {
    const told: string[] = []
    const { run } = runOf(null)
    const step = (words: string) => told.push(words)
    await bluesky.resolve?.(settings({ author: 'bjorn.example.com' }), { ...run, step })
    expect(told[0]).toBe(`@bjorn.example.com is ${BJORN}`)
    await bluesky.resolve?.(settings({ list: 'at://alva.example.org/app.bsky.graph.list/people' }), { ...run, step })
    expect(told.slice(-2)).toEqual([`@alva.example.org is ${ALVA}`, 'The list is “HPC people” of @alva.example.org'])
  })

  test('a short link to a starter pack is followed to its list', async () => {
    const http = createHttp({ userAgent: 'Backplane/0.1', trustedHosts: ['localhost'] })
    const short = {
      ...http,
      get: async () => ({
        body: Buffer.from('{"url":"https://bsky.app/start/alva.example.org/3lab"}'),
        url: '',
        movedTo: null,
        headers: new Headers(),
      }),
    }
    appview.routes['/xrpc/app.bsky.graph.getStarterPack'] = {
      body: { starterPack: { uri: PACK, creator: person(ALVA), record: { name: 'Start with HPC' }, list: { uri: LIST } } },
    }
    const { run } = runOf(null, { http: short })
    expect(await bluesky.resolve?.(settings({ starterPack: 'https://go.bsky.app/AbC12de' }), run)).toMatchObject({ list: LIST })
    expect(appview.asked.at(-1)?.url.searchParams.get('starterPack')).toBe(PACK)
  })

  test('names become DIDs, and what is shown has a name', async () => {
    const resolve = async (given: object) => {
      const resolved = await bluesky.resolve?.(settings(given), runOf(null).run)
      return { resolved, described: resolved && bluesky.describe(resolved) }
    }
    const feedView = {
      uri: FEED,
      cid: cidOf('feed'),
      did: 'did:web:feeds.example.org',
      creator: person(ALVA),
      displayName: 'HPC',
      indexedAt: new Date().toISOString(),
    }
    appview.routes['/xrpc/app.bsky.feed.getFeedGenerator'] = { body: { view: feedView, isOnline: true, isValid: true } }
    appview.routes['/xrpc/app.bsky.feed.getActorFeeds'] = {
      body: {
        feeds: [
          { ...feedView, uri: `${FEED}2`, displayName: 'Storage' },
          { ...feedView, displayName: ' HPC & AI ' },
        ],
      },
    }
    expect(await resolve({ author: '@bjorn.example.com' })).toMatchObject({ resolved: { author: BJORN }, described: '@bjorn.example.com' })
    expect(await resolve({ list: 'at://alva.example.org/app.bsky.graph.list/people' })).toMatchObject({
      resolved: { list: LIST },
      described: 'HPC people list',
    })
    expect(await resolve({ feed: 'at://alva.example.org/app.bsky.feed.generator/hpc' })).toMatchObject({
      resolved: { feed: FEED },
      described: 'HPC feed',
    })
    expect(appview.asked.at(-1)?.url.searchParams.get('feed')).toBe(FEED)
    expect(await resolve({ feedsBy: ALVA, named: 'hpc' })).toMatchObject({ resolved: { feed: FEED }, described: 'HPC & AI feed' })
    await expect(resolve({ feedsBy: ALVA, named: 'Weather' })).rejects.toMatchObject({
      trouble: 'refused',
      message: expect.stringContaining('“Storage”, “HPC & AI”'),
    })
    appview.routes['/xrpc/app.bsky.graph.getStarterPack'] = ({ url }) =>
      url.searchParams.get('starterPack') === PACK
        ? { body: { starterPack: { uri: PACK, creator: person(ALVA), record: { name: 'Start with HPC' }, list: { uri: LIST } } } }
        : error(400, 'InvalidRequest', 'Starter pack not found')
    expect(await resolve({ starterPack: 'at://alva.example.org/app.bsky.graph.starterpack/3lab' })).toMatchObject({
      resolved: { list: LIST },
      described: 'Start with HPC list',
    })
    await expect(resolve({ author: 'nobody.example' })).rejects.toMatchObject({
      trouble: 'refused',
      message: expect.stringContaining('Profile not found'),
    })
  })
})

/** Pages of feeds that were asked for, without what is looked up besides. */
const feedsAsked = () => appview.asked.filter(({ path }) => path.includes('getFeed'))

describe('a poll', () => {
  test('reads the first time as far back as it is told, and says who asks', async () => {
    posts = many(320)
    const batch = await pollOnce({ feed: FEED }, null, { backfill: { since: new Date(begin - 250.5 * MINUTE), posts: 500 } })
    expect(keysOf(batch)).toHaveLength(251)
    expect(feedsAsked().map(({ url }) => [url.searchParams.get('limit'), url.searchParams.get('cursor')])).toEqual([
      ['100', null],
      ['100', '100'],
      ['100', '200'],
      ['100', '300'],
    ])
    expect(appview.asked[0]?.headers['user-agent']).toContain('Backplane')
    expect(keysOf(await pollOnce({ feed: FEED }, null, { backfill: { since: new Date(0), posts: 120 } }))).toHaveLength(120)
  })

  test('stops later at what is known, but always reads the whole first page, where a late post may turn up', async () => {
    posts = many(60)
    const first = await pollOnce({ feed: FEED })
    posts.splice(30, 0, view('late', 29.5))
    posts.unshift(view('new', 0))
    appview.asked.length = 0
    const second = await pollOnce({ feed: FEED }, first.cursor)
    expect(keysOf(second)).toEqual(['new', 'late'])
    expect(feedsAsked().map(({ url }) => url.searchParams.get('cursor'))).toEqual([null, '50'])
    expect(keysOf(await pollOnce({ feed: FEED }, second.cursor))).toEqual([])
  })

  test('goes back only so far after a long silence, and proves no more than it read', async () => {
    posts = many(5)
    const first = await pollOnce({ feed: FEED })
    posts = many(2000).map((post) => ({ ...post, uri: post.uri.replace('/p', '/q') }))
    appview.asked.length = 0
    const second = await pollOnce({ feed: FEED }, first.cursor)
    expect(keysOf(second)).toHaveLength(950)
    expect(appview.asked.filter(({ url }) => url.pathname.endsWith('getFeed'))).toHaveLength(10)
    expect(second.covered).toBeNull()
  })

  test('passes on what changed, and nothing that did not', async () => {
    posts = many(3)
    const { cursor } = await pollOnce({ feed: FEED })
    const [first, ...rest] = posts
    posts = [{ ...view('p3', 0), indexedAt: first?.indexedAt ?? '', replyCount: 4 }, ...rest]
    expect(keysOf(await pollOnce({ feed: FEED }, cursor))).toEqual(['p3'])
  })

  test('notices what was deleted, and does not take what left a feed for deleted', async () => {
    posts = many(5)
    const { cursor } = await pollOnce({ feed: FEED })
    const all = posts
    appview.routes['/xrpc/app.bsky.feed.getFeed'] = page(() =>
      all.filter((_, index) => index !== 1 && index !== 2).map((post) => ({ post })),
    )
    posts = all.filter((_, index) => index !== 1)
    expect((await pollOnce({ feed: FEED }, cursor)).deleted).toEqual([uriOf('p4')])
  })

  test('hides whom the platform hides for now, and shows them again', async () => {
    posts = [view('a', 1), view('b', 2, { did: BJORN })]
    const { cursor } = await pollOnce({ feed: FEED })
    standing[BJORN] = 'AccountDeactivated'
    const [kept] = posts
    posts = kept ? [kept] : []
    const hidden = await pollOnce({ feed: FEED }, cursor)
    expect(hidden).toMatchObject({ deleted: [], authors: [{ authorId: BJORN, change: 'hidden' }] })
    standing = {}
    expect((await pollOnce({ feed: FEED }, hidden.cursor)).authors).toEqual([{ authorId: BJORN, change: 'shown' }])
  })

  test('never brings what is to be hidden, and takes it back where it was shown', async () => {
    const hide = { labels: [{ src: BJORN, uri: uriOf('a'), val: '!hide', cts: new Date().toISOString() }] }
    posts = [view('a', 1, hide), view('b', 2)]
    const first = await pollOnce({ feed: FEED })
    expect(keysOf(first)).toEqual(['b'])
    posts = [view('b', 2, { labels: [{ ...hide.labels[0], uri: uriOf('b') }] })]
    expect((await pollOnce({ feed: FEED }, first.cursor)).posts).toMatchObject([{ externalId: uriOf('b'), audience: 'withheld', text: '' }])
  })

  test('keeps aside what is no post, once, and goes on', async () => {
    posts = [view('a', 1), view('odd', 2, { record: { $type: 'org.example.recipe', text: 'x'.repeat(30_000) } }), view('c', 3)]
    const first = await pollOnce({ feed: FEED })
    expect(keysOf(first)).toEqual(['a', 'c'])
    expect(first.unreadable).toHaveLength(1)
    expect(first.unreadable[0]?.reason).toContain('app.bsky.feed.post')
    expect(first.unreadable[0]?.payload).toHaveLength(20_000)
    expect((await pollOnce({ feed: FEED }, first.cursor)).unreadable).toEqual([])
  })

  test('is not stopped by an item that is against the lexicon', async () => {
    posts = [
      view('a', 1),
      view('odd', 2, {
        embed: {
          $type: 'app.bsky.embed.images#view',
          images: [{ thumb: 'https://cdn.example/a', fullsize: 'https://cdn.example/b', alt: 'a', aspectRatio: { width: 0, height: 0 } }],
        },
      }),
    ]
    const batch = await pollOnce({ feed: FEED })
    expect(keysOf(batch)).toEqual(['a', 'odd'])
  })

  test('of a list or an author proves a span as far back as it went', async () => {
    posts = many(150)
    const since = new Date(begin - 100.5 * MINUTE)
    const list = bluesky.settings.parse({ list: LIST, service: appview.origin, jetstream: 'ws://127.0.0.1:9/' })
    const readOnce = async (cursor: Cursor | null) => {
      const { run, stop } = runOf(list, { cursor, backfill: { since, posts: 500 } })
      const batch = await follow(bluesky.read(run)).next()
      stop()
      return batch
    }
    const first = await readOnce(null)
    expect(first.covered?.from).toEqual(since)
    posts.unshift(view('new', 0))
    const second = await readOnce(first.cursor)
    expect(second.covered?.from).toEqual(first.covered?.to)
    posts = many(700).map((post) => ({ ...post, uri: post.uri.replace('/p', '/q') }))
    expect((await readOnce(second.cursor)).covered?.from).toEqual(second.covered?.to)
  })

  test('of a feed proves the time since the last where it reached what was known, in whatever order, and else leaves a hole', async () => {
    posts = many(60)
    const first = await pollOnce({ feed: FEED })
    expect(first.covered).toBeNull()
    const readTo = (batch: Batch) => new Date(String(batch.cursor?.readTo))
    posts.unshift(view('new', 0), view('old', 5000))
    const second = await pollOnce({ feed: FEED }, first.cursor)
    expect(second.covered).toEqual({ from: readTo(first), to: readTo(second) })
    posts = [view('new', 0), ...many(2000).map((post) => ({ ...post, uri: post.uri.replace('/p', '/q') }))]
    const third = await pollOnce({ feed: FEED }, second.cursor)
    expect(third.covered).toBeNull()
    const fourth = await pollOnce({ feed: FEED }, third.cursor)
    expect(fourth.covered).toEqual({ from: readTo(third), to: readTo(fourth) })
    expect(readTo(second) < readTo(third)).toBe(true)
  })
})

describe('an answer that is none', () => {
  const answered = (answer: object) => {
    appview.routes['/xrpc/app.bsky.feed.getFeed'] = answer
    return expect(pollOnce({ feed: FEED })).rejects
  }

  test('is unavailable where a generator fails, and passes', async () => {
    await answered(error(502, 'UpstreamFailure', 'feed unavailable')).toMatchObject({
      trouble: 'unavailable',
      message: expect.stringContaining('feed unavailable'),
    })
    await answered({ status: 503, headers: { 'content-type': 'text/html' }, body: '<h1>Sorry</h1>' }).toMatchObject({
      trouble: 'unavailable',
    })
  })

  test('is refused where the owner must act', async () => {
    await answered(error(400, 'UnknownFeed', 'could not find feed')).toMatchObject({
      trouble: 'refused',
      message: expect.stringContaining('could not find feed'),
    })
    await answered(error(400, 'BlockedActor', 'Requester has blocked actor')).toMatchObject({ trouble: 'refused' })
    await answered({ status: 403, headers: { 'content-type': 'text/html' }, body: '<h1>403</h1>' }).toMatchObject({ trouble: 'refused' })
  })

  test('is malformed where it is a page instead of data, or half of it', async () => {
    await answered({ headers: { 'content-type': 'text/html' }, body: '<h1>Hello</h1>' }).toMatchObject({ trouble: 'malformed' })
    await answered({ headers: { 'content-type': 'application/json' }, body: '{"feed":[' }).toMatchObject({ trouble: 'malformed' })
    await answered({ body: { posts: [] } }).toMatchObject({ trouble: 'malformed' })
  })

  test('is honoured where it says when to come back', async () => {
    const reset = Math.ceil(Date.now() / 1000) + 90
    const rejected = answered(error(429, 'RateLimitExceeded', 'Rate Limit Exceeded', { 'ratelimit-reset': String(reset) }))
    await rejected.toMatchObject({ trouble: 'rate-limited', retryAfterSeconds: expect.closeTo(90, -1) })
  })
})

describe('a look at what was stored', () => {
  test('who asks in the profile to be left alone by programs is not kept, nor what they pass on, and is gone from what is here', async () => {
    posts = [view('one', 1), view('two', 2, { did: BJORN })]
    bios[ALVA] = 'Storage and sails. #NoBot'
    const { run } = runOf(settings({ feed: FEED }))
    const batches = await readAll(bluesky.read(run))
    expect(batches.flatMap((batch) => batch.posts.map(({ author }) => author.id))).toEqual([BJORN])
    // Once a day is enough: what they changed meanwhile is found out later.
    bios[BJORN] = '#nobridge'
    expect((await bluesky.recheck?.([uriOf('one'), uriOf('two', BJORN)], run))?.deleted).toEqual([uriOf('one')])
    expect(appview.asked.filter(({ path }) => path.includes('getProfiles'))).toHaveLength(1)
    const later = runOf(settings({ feed: FEED })).run
    expect((await bluesky.recheck?.([uriOf('two', BJORN)], later))?.deleted).toEqual([uriOf('two', BJORN)])
  })

  test('tells what changed and what is gone, but nothing of accounts that are hidden for now', async () => {
    posts = [
      view('reply', 1, { record: { reply: { root: refOf('parent', BJORN), parent: refOf('parent', BJORN) } } }),
      view('parent', 2, { did: BJORN }),
    ]
    const { run } = runOf(settings({ feed: FEED }))
    const answer = await bluesky.recheck?.([uriOf('reply'), uriOf('gone')], run)
    expect(answer?.deleted).toEqual([uriOf('gone')])
    expect(answer?.posts).toMatchObject([{ externalId: uriOf('reply'), replyTo: { state: 'shown', text: 'Post parent' } }])
    standing[ALVA] = 'AccountTakedown'
    expect((await bluesky.recheck?.([uriOf('gone')], run))?.deleted).toEqual([])
  })
})

describe('a live source', () => {
  let jetstream: Awaited<ReturnType<typeof serveWebSocket>>
  let stopAll: (() => void)[]
  beforeEach(async () => {
    jetstream = await serveWebSocket()
    stopAll = []
  })
  afterEach(async () => {
    for (const stop of stopAll) stop()
    await jetstream.close()
  })

  const timeUs = () => Date.now() * 1000
  const commit = (operation: string, key: string, more: object = {}, did = ALVA, collection = 'app.bsky.feed.post') => ({
    did,
    time_us: timeUs(),
    kind: 'commit',
    commit: {
      rev: '3n2wdwjfakc2g',
      operation,
      collection,
      rkey: key,
      ...(operation !== 'delete' && {
        cid: cidOf(key),
        record: { $type: collection, text: '', createdAt: new Date().toISOString(), ...more },
      }),
    },
  })
  const account = (did: string, active: boolean, status?: string) => ({
    did,
    time_us: timeUs(),
    kind: 'account',
    account: { did, active, seq: 1, time: new Date().toISOString(), ...(status && { status }) },
  })

  function listen(given: object, cursor: Cursor | null = null) {
    const { run, modes, stop } = runOf(settings({ jetstream: `${jetstream.origin}/subscribe`, ...given }), { cursor })
    stopAll.push(stop)
    return { ...follow(bluesky.read(run)), modes, stop }
  }

  test('tells whom it wants and from when, and then reads what it missed', async () => {
    posts = [view('a', 1)]
    const live = listen({ author: ALVA }, { timeUs: 1_795_000_000_000_000, known: [], readTo: null, hidden: [] })
    const first = live.next()
    const peer = await jetstream.connected()
    expect(peer.url.pathname).toBe('/subscribe')
    expect(peer.url.searchParams.get('cursor')).toBe('1794999995000000')
    expect(peer.headers['user-agent']).toContain('Backplane')
    expect(JSON.parse(peer.received[0] ?? (await peer.sent()))).toEqual({
      type: 'options_update',
      payload: { wantedCollections: ['app.bsky.feed.post', 'app.bsky.feed.repost'], wantedDids: [ALVA] },
    })
    expect(keysOf(await first)).toEqual(['a'])
    expect(live.modes).toEqual(['live'])
    live.stop()
    await peer.closed
    await live.ended()
  })

  test('that was away for longer than the stream keeps its past is read up over REST, and what that does not reach is a hole', async () => {
    const readTo = new Date(begin - 5 * 86_400_000)
    const cursor = { timeUs: readTo.getTime() * 1000, known: [[uriOf('long ago'), 'hash']], readTo: readTo.toISOString(), hidden: [] }
    posts = many(2000)
    const live = listen({ author: ALVA }, cursor)
    const [first] = await Promise.all([live.next(), jetstream.connected()])
    const oldest = Math.min(...first.posts.map(({ publishedAt }) => publishedAt?.getTime() ?? 0))
    expect(first.covered?.from.getTime()).toBe(oldest)
    expect(oldest).toBeGreaterThan(readTo.getTime())
    posts = [...many(20), view('long ago', 8000)]
    const other = listen({ author: ALVA }, cursor)
    const [whole] = await Promise.all([other.next(), jetstream.connected()])
    expect(whole.covered?.from).toEqual(readTo)
  })

  test('asks the AppView for what it hears of, again where that is behind, and for the post that is answered', async () => {
    const live = listen({ author: ALVA })
    const [first, peer] = await Promise.all([live.next(), jetstream.connected()])
    expect(first.posts).toEqual([])
    const reply = { reply: { root: refOf('root'), parent: refOf('root') } }
    peer.send(commit('create', 'new', reply))
    const next = live.next()
    await vi.waitUntil(() => appview.asked.filter(({ url }) => url.pathname.endsWith('getPosts')).length === 2)
    posts = [view('new', 0, { record: reply, replyCount: 0 }), view('root', 5)]
    const batch = await next
    expect(batch.posts).toMatchObject([
      { externalId: uriOf('new'), author: { name: 'alva' }, replyTo: { state: 'shown', text: 'Post root' } },
    ])
    expect(batch.covered?.from).toEqual(first.covered?.to)
  })

  test('waits for the version that was announced', async () => {
    posts = [view('a', 1)]
    const live = listen({ author: ALVA })
    const [, peer] = await Promise.all([live.next(), jetstream.connected()])
    const event = commit('update', 'a')
    peer.send({ ...event, commit: { ...event.commit, cid: cidOf('edited') } })
    const next = live.next()
    await vi.waitUntil(() => appview.asked.filter(({ url }) => url.pathname.endsWith('getPosts')).length === 2)
    posts = [{ ...view('a', 1, { record: { text: 'Edited' } }), cid: cidOf('edited') }]
    expect((await next).posts).toMatchObject([{ text: 'Edited' }])
  })

  test('brings reposts with who and when, and hears of their end', async () => {
    posts = [view('said', 60, { did: BJORN })]
    const live = listen({ author: ALVA })
    // The author's own feed has no such post: it is only passed on.
    appview.routes['/xrpc/app.bsky.feed.getAuthorFeed'] = { body: { feed: [] } }
    const [, peer] = await Promise.all([live.next(), jetstream.connected()])
    const createdAt = new Date(begin - MINUTE).toISOString()
    peer.send(commit('create', 'passed', { subject: refOf('said', BJORN), createdAt }, ALVA, 'app.bsky.feed.repost'))
    const repost = `at://${ALVA}/app.bsky.feed.repost/passed`
    const batch = await live.next()
    expect(batch.posts).toMatchObject([
      {
        externalId: uriOf('said', BJORN),
        share: { externalId: repost, by: { name: 'alva' }, at: createdAt },
        publishedAt: new Date(createdAt),
        originalAt: new Date(begin - 60 * MINUTE),
      },
    ])
    peer.send(commit('delete', 'passed', {}, ALVA, 'app.bsky.feed.repost'))
    expect((await live.next()).deleted).toEqual([repost])
  })

  test('passes on deletions and what becomes of accounts, and nothing of strangers', async () => {
    const live = listen({ author: ALVA })
    const [, peer] = await Promise.all([live.next(), jetstream.connected()])
    peer.send(commit('delete', 'theirs', {}, BJORN))
    peer.send(commit('create', 'like', {}, ALVA, 'app.bsky.feed.like'))
    peer.send({
      did: ALVA,
      time_us: timeUs(),
      kind: 'identity',
      identity: { did: ALVA, handle: 'new.example.org', seq: 1, time: new Date().toISOString() },
    })
    peer.send(commit('delete', 'mine'))
    expect(await live.next()).toMatchObject({ deleted: [uriOf('mine')], posts: [] })
    for (const [active, status, change] of [
      [false, 'deactivated', 'hidden'],
      [false, 'takendown', 'hidden'],
      [true, undefined, 'shown'],
      [false, 'deleted', 'deleted'],
    ] as const) {
      peer.send(account(ALVA, active, status))
      expect((await live.next()).authors).toEqual([{ authorId: ALVA, change }])
    }
  })

  test('follows an author without answers to others, and a list without reposts, as a poll does', async () => {
    const author = listen({ author: ALVA })
    const [, peer] = await Promise.all([author.next(), jetstream.connected()])
    peer.send(commit('create', 'answer', { reply: { root: refOf('root', BJORN), parent: refOf('root', BJORN) } }))
    expect(await author.next()).toMatchObject({ posts: [] })
    expect(appview.asked.filter(({ url }) => url.pathname.endsWith('getPosts'))).toEqual([])
    author.stop()

    const list = listen({ list: LIST })
    const [, second] = await Promise.all([list.next(), jetstream.connected()])
    expect(JSON.parse(second.received[0] ?? (await second.sent())).payload.wantedDids).toEqual([ALVA, BJORN])
    posts = [view('answer', 0, { did: BJORN, record: { reply: { root: refOf('root'), parent: refOf('root') } } })]
    second.send(commit('create', 'passed', { subject: refOf('said') }, BJORN, 'app.bsky.feed.repost'))
    second.send(commit('create', 'answer', { reply: { root: refOf('root'), parent: refOf('root') } }, BJORN))
    expect(keysOf(await list.next(({ posts }) => posts.length > 0))).toEqual(['answer'])
  })

  test('of a list that nobody is on listens to nobody, and not to everybody', async () => {
    appview.routes['/xrpc/app.bsky.graph.getList'] = {
      body: {
        list: {
          uri: LIST,
          cid: cidOf('list'),
          creator: person(ALVA),
          name: 'Empty',
          purpose: 'app.bsky.graph.defs#curatelist',
          indexedAt: new Date().toISOString(),
        },
        items: [],
      },
    }
    const live = listen({ list: LIST })
    await live.next()
    expect(live.modes).toEqual(['polled: nobody is on the list'])
  })

  test('is polled when its stream is lost, garbled or refused, and says why', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.05)
    onTestFinished(() => void vi.restoreAllMocks())
    const lost = listen({ author: ALVA })
    const [, peer] = await Promise.all([lost.next(), jetstream.connected()])
    peer.cut()
    const [, again] = await Promise.all([lost.next(), jetstream.connected()])
    expect(lost.modes).toEqual(['live', expect.stringContaining('the connection was closed'), 'live'])
    again.send('this is no JSON')
    const [, third] = await Promise.all([lost.next(), jetstream.connected()])
    expect(lost.modes).toHaveLength(5)
    third.close(1001)
    jetstream.state.refuse = 503
    const pending = lost.ended()
    await vi.waitUntil(() => lost.modes.length > 6, 10_000)
    expect(lost.modes.slice(5)).toEqual([expect.stringContaining('1001'), expect.stringContaining('no connection')])
    lost.stop()
    await pending
  }, 20_000)

  test('at a private address is not listened to, but polled', async () => {
    const { run, modes, stop } = runOf(settings({ author: ALVA, jetstream: 'ws://10.0.0.1/subscribe' }))
    stopAll.push(stop)
    await follow(bluesky.read(run)).next()
    expect(modes).toEqual([expect.stringContaining('private address')])
  })
})

describe('an account that is live', () => {
  const record = { $type: 'app.bsky.actor.status', createdAt: '2026-11-22T18:00:00Z', durationMinutes: 60 }
  const badgesOf = (createdAt: string, status: object) => {
    const author = { ...person(ALVA), status: { status: 'app.bsky.actor.status#live', record, ...status } }
    const post = { ...view('live', 0, { author, record: { createdAt } }), indexedAt: createdAt }
    return bluesky.parse({ post }, undefined).author.badges
  }

  test('was so when it said something then, not before, after, or where it may not be', () => {
    expect(badgesOf('2026-11-22T18:20:00Z', {})).toContain('live at the time')
    expect(badgesOf('2026-11-22T17:59:00Z', {})).toEqual([])
    expect(badgesOf('2026-11-22T19:01:00Z', {})).toEqual([])
    expect(badgesOf('2026-11-22T18:20:00Z', { expiresAt: '2026-11-22T18:10:00Z' })).toEqual([])
    expect(badgesOf('2026-11-22T18:20:00Z', { isDisabled: true })).toEqual([])
    expect(badgesOf('2026-11-22T18:20:00Z', { status: 'app.bsky.actor.status#other' })).toEqual([])
  })
})
