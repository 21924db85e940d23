import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createHttp, type Http } from '#connectors/http'
import { unlinkAccount } from '#db/account-links'
import { accountLinks, accountProfiles, keptApart, people } from '#db/people-schema'
import { personCalled } from '#db/person-accounts'
import { saveBatch } from '#db/save-batch'
import { provePeople } from '#lib/accounts/prove-people'
import { testDatabase } from '#tests/support/database'
import { aBatch, ada, aPost, heldSource } from '#tests/support/post'
import { type Answer, type Asked, serve } from '#tests/support/server'

const database = testDatabase()
const anonymous = { role: 'anonymous' } as const
const toot = 'mastodon:ada@social.example'
const skeet = 'bluesky:did:plc:aaaabbbbccccddddeeeeffff'

/** What the two profiles say; each test says what of it. */
let field: { value: string; verified_at: string | null }
let description: string
let handle: string
let isDown: boolean

/** Stands for social.example and for Bluesky's public AppView, told apart by the host that was asked for. */
const server = await serve({ '*': answer })
afterAll(() => server.close())

function answer({ url, headers }: Asked): Answer {
  if (isDown) return { status: 503, body: 'down' }
  const host = headers['x-meant-for']
  if (host === 'social.example') {
    if (url.pathname === '/api/v2/instance') return { body: { domain: 'social.example', version: '4.5.0', configuration: { urls: {} } } }
    if (url.pathname === '/api/v1/accounts/lookup' && url.searchParams.get('acct') !== 'ada')
      return { status: 404, body: { error: 'Record not found' } }
    const account = { id: '7', acct: 'ada', url: 'https://social.example/@ada', note: '<p>HPC</p>', fields: [{ name: 'Web', ...field }] }
    if (/^\/api\/v1\/accounts\/(lookup|7)$/.test(url.pathname)) return { body: account }
  }
  if (host === 'public.api.bsky.app' && url.pathname === '/xrpc/app.bsky.actor.getProfile')
    return { body: { did: 'did:plc:aaaabbbbccccddddeeeeffff', handle, description, indexedAt: '2026-11-20T10:00:00.000Z' } }
  return { status: 404, body: { error: 'NotFound', message: 'not here' } }
}

/** The way out, with every host being our stand-in, which is told whom it stands for. */
function leadingHere(): Http {
  const real = createHttp({ userAgent: 'Backplane/test (tests; contact nobody@example.org)', trustedHosts: ['127.0.0.1'] })
  const here = (asked: string) => {
    const { host, pathname, search } = new URL(asked)
    return { url: `${server.origin}${pathname}${search}`, host }
  }
  const http: Http = {
    ...real,
    named: () => http,
    async fetch(input, init) {
      const request = new Request(input, { ...init, signal: null })
      const { url, host } = here(request.url)
      const headers = new Headers(request.headers)
      headers.set('x-meant-for', host)
      return real.fetch(url, { ...init, method: request.method, headers })
    },
    async get(asked) {
      const { url, host } = here(asked)
      const response = await real.fetch(url, { headers: { 'x-meant-for': host } })
      return { body: new Uint8Array(await response.arrayBuffer()), url: asked, movedTo: null, headers: response.headers }
    },
  }
  return http
}

const reach = { http: leadingHere(), signal: new AbortController().signal }
const prove = (now = new Date()) => provePeople(reach, now)

beforeAll(async () => {
  for (const [platform, id, name] of [
    ['mastodon', 'ada@social.example', '@ada@social.example'],
    ['bluesky', 'did:plc:aaaabbbbccccddddeeeeffff', '@ada.example.org'],
  ] as const) {
    const { source, holder } = await heldSource(`a place on ${platform}`, { platform, firstReadAt: new Date(0) })
    const author = { ...ada, id, name: 'Ada', handle: name }
    await saveBatch(source, holder, aBatch([aPost(`${platform}:1`, { author, publishedAt: new Date(Date.now() - 60_000) })]), new Date())
  }
})
beforeEach(async () => {
  await database.db.delete(people)
  await database.db.delete(keptApart)
  await database.db.delete(accountLinks)
  await database.db.delete(accountProfiles)
  server.asked.length = 0
  isDown = false
  handle = 'ada.example.org'
  description = 'HPC'
  field = { value: '<a href="https://ada.example.org" rel="me">ada.example.org</a>', verified_at: '2026-11-01T00:00:00.000+00:00' }
})

test('a domain that the one server verified and the other network has as a name proves it, and both have one page', async () => {
  expect(await prove()).toBe(1)
  const person = await personCalled(anonymous, 'ada')
  expect(person?.accounts.map(({ key }) => key).sort()).toEqual([skeet, toot])
  expect(person?.accounts[0]?.proof).toMatchObject({ kind: 'domain', seenAt: 'https://social.example/@ada' })
})

test('links in both directions prove it; a link that nothing leads back from does not', async () => {
  handle = 'ada.bsky.social'
  field = { value: '<a href="https://bsky.app/profile/ada.bsky.social">me</a>', verified_at: null }
  expect(await prove()).toBe(0)
  await database.db.delete(accountProfiles)
  description = 'Also https://social.example/@ada'
  expect(await prove()).toBe(1)
  expect((await personCalled(anonymous, 'ada'))?.accounts[0]?.proof.kind).toBe('mutual-links')
})

test('a name that leads to another account by now proves nothing of this one', async () => {
  await database.db.execute(`update posts set author = jsonb_set(author, '{id}', '"did:plc:another"') where platform = 'bluesky'`)
  try {
    expect(await prove()).toBe(0)
  } finally {
    await database.db.execute(
      `update posts set author = jsonb_set(author, '{id}', '"did:plc:aaaabbbbccccddddeeeeffff"') where platform = 'bluesky'`,
    )
  }
})

test('each is asked once in thirty days, also who could not be asked', async () => {
  isDown = true
  expect(await prove()).toBe(0)
  expect(server.asked.length).toBeGreaterThan(0)
  isDown = false
  server.asked.length = 0
  await prove()
  expect(server.asked).toHaveLength(0)
  expect(await prove(new Date(Date.now() + 31 * 86_400_000))).toBe(1)
})

test('who was taken apart by hand stays apart, whatever the profiles say', async () => {
  await prove()
  await unlinkAccount(toot)
  await database.db.delete(accountProfiles)
  expect(await prove()).toBe(0)
  expect(await personCalled(anonymous, 'ada')).toBeNull()
})
