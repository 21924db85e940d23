import { expect, test } from 'vitest'
import { bluesky } from '#connectors/bluesky/bluesky'
import { feed } from '#connectors/feed/feed'
import { createHttp } from '#connectors/http'
import { mastodon } from '#connectors/mastodon/mastodon'
import { reddit } from '#connectors/reddit/reddit'
import { serve } from '#tests/support/server'

const http = createHttp({ userAgent: 'Backplane/test (tests)', trustedHosts: ['127.0.0.1'] })
const run = { http, signal: new AbortController().signal, settings: null }

test('each platform knows the profiles and posts that people would paste', () => {
  const did = 'did:plc:aaaabbbbccccddddeeeeffff'
  expect(bluesky.profiles?.whose('https://bsky.app/profile/ada.example')).toEqual({ who: 'ada.example', externalIds: [] })
  expect(bluesky.profiles?.whose('@ada.example')).toEqual({ who: 'ada.example', externalIds: [] })
  expect(bluesky.profiles?.whose(`https://bsky.app/profile/${did}/post/3kabc`)).toEqual({
    who: did,
    externalIds: [`at://${did}/app.bsky.feed.post/3kabc`],
  })
  expect(bluesky.profiles?.whose('https://example.org/')).toBeNull()
  expect(mastodon.profiles?.whose('@ada@social.example')).toEqual({ who: '@ada@social.example', externalIds: [] })
  expect(mastodon.profiles?.whose('https://social.example/@ada')).toEqual({ who: 'https://social.example/@ada', externalIds: [] })
  expect(mastodon.profiles?.whose('https://social.example/@ada/1100')).toEqual({
    who: 'https://social.example/@ada',
    externalIds: ['https://social.example/users/ada/statuses/1100'],
  })
  expect(mastodon.profiles?.whose('https://other.example/@ada@social.example/7')).toEqual({ who: '@ada@social.example', externalIds: [] })
  expect(reddit.profiles?.whose('u/ada')).toEqual({ who: 'u/ada', externalIds: [] })
  expect(reddit.profiles?.whose('https://old.reddit.com/user/ada/comments')).toEqual({ who: 'u/ada', externalIds: [] })
  expect(reddit.profiles?.whose('https://www.reddit.com/r/HPC/comments/1AbC/title')).toEqual({ who: null, externalIds: ['t3_1abc'] })
  expect(feed.profiles?.whose('ada.example/blog')).toEqual({
    who: 'https://ada.example/blog',
    externalIds: ['ada.example/blog', 'https://ada.example/blog'],
  })
})

test('a site is proved by the head of its page alone: not by what a reader wrote below, and not by where somebody sends us from', async () => {
  await using site = await serve({
    '/blog/': {
      headers: { 'content-type': 'text/html' },
      body: '<html><head><meta name="backplane-opt-out" content="the-code"></head><body>hello',
    },
    '/comments': {
      headers: { 'content-type': 'text/html' },
      body: '<html><head></head><body>the-code <html><head><meta name="backplane-opt-out" content="the-code"></head></html></body></html>',
    },
    '/away': { status: 302, headers: { location: '/blog/' } },
  })
  const key = `127.0.0.1:${site.port}/blog`
  expect(await feed.profiles?.read(`${site.origin}/blog/`, run)).toMatchObject({ key, words: 'the-code' })
  expect(await feed.profiles?.read(`${site.origin}/comments`, run)).toMatchObject({ words: '' })
  expect(await feed.profiles?.read(`${site.origin}/away`, run)).toMatchObject({ key })
})

test('a server speaks for its own people, and for nobody whose domain it only claims', async () => {
  const account = (url: string) => ({
    id: '7',
    acct: 'ada',
    url,
    note: '<p>the-<span>code</span></p>',
    fields: [{ name: 'me', value: 'x' }],
  })
  await using server = await serve({})
  const routes = (domain: string) => ({
    '/api/v2/instance': { body: { domain } },
    '/api/v1/accounts/lookup': { body: account(`${server.origin}/@ada`) },
    '/api/v1/accounts/7': { body: account(`${server.origin}/@ada`) },
  })
  Object.assign(server.routes, routes(server.host))
  const read = () => mastodon.profiles?.read(`${server.origin}/@ada`, run)
  expect(await read()).toMatchObject({
    key: `ada@${server.host}`,
    handle: `@ada@${server.host}`,
    words: expect.stringContaining('the-code'),
  })
  // The domain that it names is asked by WebFinger, and says otherwise, or nothing.
  Object.assign(server.routes, routes('127.0.0.1:9'))
  expect((await read())?.key).toBe(`ada@${server.host}`)
  server.routes['/api/v1/accounts/lookup'] = { status: 404, body: { error: 'Record not found' } }
  expect(await read()).toBeNull()
})

test('profiles of Bluesky and Reddit are read where everybody reads them', async () => {
  await using sky = await serve({
    '/xrpc/app.bsky.actor.getProfile': ({ url }) =>
      url.searchParams.get('actor') === 'ada.example'
        ? { body: { did: 'did:plc:ada', handle: 'ada.example', description: 'hello the-code' } }
        : { status: 400, body: { error: 'InvalidRequest', message: 'Profile not found' } },
  })
  const settings = bluesky.settings.parse({ author: 'ada.example', service: sky.origin })
  expect(await bluesky.profiles?.read('ada.example', { ...run, settings })).toMatchObject({ key: 'did:plc:ada', words: 'hello the-code' })
  expect(await bluesky.profiles?.read('nobody.example', { ...run, settings })).toBeNull()
  await using site = await serve({
    '/user/Ada/about.json': { body: { kind: 't2', data: { name: 'Ada', subreddit: { public_description: 'the-code' } } } },
    '/user/Eve/about.json': { body: { kind: 't2', data: { name: 'Ada', subreddit: { public_description: 'the-code' } } } },
  })
  const feeds = reddit.settings.parse({ subreddit: 'hpc', api: site.origin })
  expect(await reddit.profiles?.read('u/Ada', { ...run, settings: feeds })).toMatchObject({ key: 'u/ada', words: 'the-code' })
  expect(await reddit.profiles?.read('u/Eve', { ...run, settings: feeds })).toBeNull()
})
