import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { saveBatch } from '#db/save-batch'
import { builtPages } from '#tests/support/build'
import { testDatabase } from '#tests/support/database'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { get, raw, spawnWeb, startWeb, type Web } from '#tests/support/web'

const database = testDatabase()
let web: Web
let key: string

beforeAll(async () => {
  const { source, holder } = await heldSource('A blog', { platform: 'feed' })
  const long = aPost('public', { text: 'Said to everybody. '.repeat(200), publishedAt: new Date('2026-11-22T10:00:00Z') })
  await saveBatch(source, holder, aBatch([long, aPost('members', { audience: 'members' })]), new Date('2026-11-22T12:00:00Z'))
  await builtPages()
  web = await startWeb({ DATABASE_URL: database.url })
  key = readFileSync(join(web.dataDir, 'owner-key'), 'utf8').trim()
}, 240_000)
afterAll(() => web?.stop())

const ask = (path: string, headers: Record<string, string> = {}, method?: string) => get(web.port, path, headers, method)

/** Whether the asker is taken for the owner: only the owner sees the post for members. */
async function isOwner(headers: Record<string, string> = {}): Promise<boolean> {
  const { status, text } = await ask('/api/posts', headers)
  expect(status).toBe(200)
  const seen: { posts: unknown[] } = JSON.parse(text)
  return seen.posts.length === 2
}

describe('only this computer may ask, directly', () => {
  test.each(['localhost', 'localhost:3000', 'LOCALHOST', '127.0.0.1', '127.0.0.1:1', '127.8.9.10', '[::1]', '[::1]:3000'])(
    'Host: %s is this computer',
    async (host) => {
      expect((await ask('/', { host })).status).toBe(200)
    },
  )

  test.each([
    ...[
      'rebound.example',
      '127.0.0.1.rebound.example',
      'localhost.example',
      '192.168.0.10',
      '10.0.0.1:3000',
      '0.0.0.0',
      '[::]',
      '[fe80::1]',
    ],
    ...['user@localhost', 'localhost:99999', 'localhost/', 'localhost,rebound.example', ' ', '[::ffff:192.168.0.1]'],
  ])('Host: %s is refused in words', async (host) => {
    const { status, text } = await ask('/', { host })
    expect(status).toBe(421)
    expect(text).toMatch(/answers only as localhost/)
  })

  test.each([
    ...['Forwarded', 'X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Proto', 'X-Forwarded-Prefix', 'X-Forwarded'],
    ...['X-Real-IP', 'Via', 'CF-Connecting-IP', 'True-Client-IP', 'X-Client-IP'],
  ])('%s is refused in words, with the owner’s key too', async (name) => {
    const { status, text } = await ask('/api/posts', { [name]: '127.0.0.1', authorization: `Bearer ${key}` })
    expect(status).toBe(403)
    expect(text).toContain(name.toLowerCase())
  })
})

describe('the owner is who showed the key', () => {
  test('the key becomes a cookie that scripts cannot read, and leaves the address', async () => {
    expect(await isOwner()).toBe(false)
    const { status, headers } = await ask(`/api/posts?limit=3&key=${key}&platform=feed`)
    expect(status).toBe(303)
    expect(headers.location).toBe('/api/posts?limit=3&platform=feed')
    const cookie = String(headers['set-cookie'])
    expect(cookie).toMatch(new RegExp(`^backplane-${web.port}=[\\w-]+; Path=/; Max-Age=\\d+; HttpOnly; SameSite=Lax$`))
    expect(cookie).not.toContain(key)
    const [pair = ''] = cookie.split(';')
    expect(await isOwner({ cookie: pair })).toBe(true)
    expect(await isOwner({ cookie: `zone=UTC; ${pair}; other=1` })).toBe(true)
    expect(await isOwner({ cookie: `${pair}x` })).toBe(false)
    expect(await isOwner({ cookie: pair.replace(/=.*/, `=${key}`) })).toBe(false)
  })

  test('a wrong key is said to be wrong', async () => {
    const { status, text, headers } = await ask(`/?key=${key}x`)
    expect(status).toBe(403)
    expect(text).toMatch(/not the owner’s key/)
    expect(headers['set-cookie']).toBeUndefined()
  })

  test('a script may send the key as a bearer token', async () => {
    expect(await isOwner({ authorization: `Bearer ${key}` })).toBe(true)
    const wrong = await ask('/api/posts', { authorization: 'Bearer guess' })
    expect([wrong.status, wrong.headers['www-authenticate']]).toEqual([401, 'Bearer'])
  })

  test.each<Record<string, string>>([
    { 'x-backplane-reader': 'owner' },
    { 'X-Backplane-Reader': 'owner undefined' },
    { 'x-middleware-override-headers': 'x-backplane-reader', 'x-middleware-request-x-backplane-reader': 'owner' },
    { connection: 'x-backplane-reader', 'x-backplane-reader': 'owner' },
  ])('nobody can tell the pages who they are: %o', async (headers) => {
    expect(await isOwner(headers)).toBe(false)
  })
})

describe('what makes no sense is answered with 4xx or ignored', () => {
  test.each([
    ...[
      '/%',
      '/%E0%A4%A',
      '/%00',
      '/%2e%2e/%2e%2e/package.json',
      '/..%2f..%2fpackage.json',
      '/_next/static/..%2f..%2fBUILD_ID',
      '//evil.example/x',
    ],
    ...[
      '/\\evil.example',
      '/_global-error',
      '/_global-error?x',
      '/_global-error/',
      '/_global%2Derror',
      '/%5fglobal-error',
      '/_next/image?url=http://127.0.0.1/&w=64&q=75',
      `/${'a'.repeat(9000)}`,
      '/nonsense',
    ],
  ])('GET %s', async (path) => {
    const { status, text } = await ask(path)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
    expect(text).not.toMatch(/\bat .*:\d+:\d+/)
  })

  test.each([
    ...['/?platform=%00&before=%zz&after=&limit=1e9', '/?a[b]=c&__proto__=1&constructor=2', '/?before=99999999999999-999999999999999'],
    ...[
      '/?before=-1-1',
      `/?platform=${'x,'.repeat(3000)}`,
      '/sources?x=%E0%A4%A',
      '/api/posts?limit=%F0',
      '/rss.xml?before=%00-1',
      '/?key=',
    ],
  ])('GET %s is the page without the nonsense', async (path) => {
    expect((await ask(path)).status).toBe(200)
  })

  test.each<Record<string, string>>([
    { rsc: '1', 'next-router-state-tree': 'garbage' },
    { rsc: '1', 'next-router-state-tree': '%5B%22a%22%2C7%5D' },
    { rsc: '1', 'next-router-prefetch': '9', 'next-router-segment-prefetch': '../../zz' },
    { 'next-action': 'abc', 'content-type': 'multipart/form-data' },
    { 'x-now-route-matches': '1', 'x-matched-path': '/api/posts', 'x-invoke-status': '500', 'x-invoke-error': '{}' },
    { 'if-none-match': '"', 'if-modified-since': 'never', range: 'bytes=9999999-', 'accept-encoding': ',,;q=x', cookie: '%%=;;=' },
    { accept: 'x'.repeat(8000) },
  ])('headers %o', async (headers) => {
    const first = await ask('/', headers)
    const second = first.headers.location ? await ask(first.headers.location, headers) : first
    expect(second.status).toBeLessThan(500)
  })

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'PROPFIND'])('%s is not answered', async (method) => {
    const { status, headers } = await ask('/', {}, method)
    expect([status, headers.allow]).toEqual([405, 'GET, HEAD'])
  })

  describe('a path that takes POST', () => {
    const nothingRead = JSON.stringify({ upTo: '0-0', sources: [], spans: [], exceptions: [], line: '0-0', since: 0, begun: 0 })
    const post = (headers: Record<string, string>, sent = nothingRead, path = '/api/unread') =>
      get(web.port, path, { 'content-type': 'application/json', 'content-length': String(sent.length), ...headers }, 'POST', sent)

    test.each<[string, Record<string, string>, number]>([
      ['a program', {}, 200],
      ['a page of ours', { 'sec-fetch-site': 'same-origin', origin: 'http://localhost' }, 200],
      ['a form of ours', { 'sec-fetch-site': 'same-origin', origin: 'null' }, 200],
      ['a page of ours in an older browser', { host: 'localhost', origin: 'http://localhost' }, 200],
      ['another site', { 'sec-fetch-site': 'cross-site' }, 403],
      ['another port', { 'sec-fetch-site': 'same-site', origin: 'http://localhost:1' }, 403],
      ['another site in an older browser', { host: 'localhost', origin: 'https://evil.example' }, 403],
      ['nobody knows who in an older browser', { host: 'localhost', origin: 'null' }, 403],
    ])('answers %s with what it may', async (_who, headers, status) => {
      expect((await post(headers)).status).toBe(status)
    })

    test('takes 256 KB and no more, and wants to know how much it will be', async () => {
      expect((await post({}, ' '.repeat(262_144))).status).toBe(400)
      expect((await post({}, ' '.repeat(262_145))).status).toBe(413)
      const chunked = 'POST /api/unread HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n'
      expect(await raw(web.port, chunked)).toMatch(/^HTTP\/1.1 411 /)
    })

    test('takes nothing else, and is nobody else’s', async () => {
      expect((await get(web.port, '/api/unread', {}, 'PUT')).headers.allow).toBe('GET, HEAD, POST')
      for (const path of ['/api/unread/', '/api//unread', '/', '/api/posts']) expect((await post({}, '{}', path)).status).toBe(405)
    })
  })

  test.each([
    ['no HTTP', 'blah\r\n\r\n', 400],
    ['no Host', 'GET / HTTP/1.0\r\n\r\n', 400],
    ['two Hosts', 'GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n', 400],
    ['another server’s address', 'GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 400],
    ['two lengths', 'GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
    ['a zero byte', 'GET / HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n', 400],
    ['bytes that are no text', Buffer.from('GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n', 'latin1'), 400],
    ['34 KB of headers', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(34_000)}\r\n\r\n`, 431],
    ['a WebSocket', 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n', 400],
  ])('%s', async (_what, bytes, status) => {
    expect(await raw(web.port, bytes)).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  })

  test('it goes on answering after all that, and logged no fault', async () => {
    expect((await ask('/')).status).toBe(200)
    expect(web.errors()).toBe('')
  })
})

test.each(['/', '/sources', '/nonsense', '/api/posts', '/rss.xml', '/%', '/?key=wrong'])(
  '%s carries the headers that protect',
  async (path) => {
    const { headers } = await ask(path)
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex',
      'x-frame-options': 'DENY',
      'permissions-policy': expect.stringContaining('camera=()'),
    })
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self' 'nonce-[\w-]{22}'; .*frame-ancestors 'none'/)
    expect(headers['x-powered-by']).toBeUndefined()
  },
)

test('every script of a page carries the nonce of this one answer', async () => {
  const [one, other] = [await ask('/'), await ask('/')]
  const nonce = /'nonce-([\w-]+)'/.exec(one.headers['content-security-policy'] ?? '')?.[1]
  const scripts = one.text.match(/<script\b[^>]*>/g) ?? []
  expect(scripts.length).toBeGreaterThan(0)
  for (const script of scripts) expect(script).toContain(`nonce="${nonce}"`)
  expect(other.headers['content-security-policy']).not.toContain(nonce)
})

test.each(['/', '/api/posts', '/rss.xml'])('%s travels as brotli or gzip to whom it may', async (path) => {
  const plain = await ask(path)
  const brotli = await ask(path, { 'accept-encoding': 'gzip, deflate, br' })
  const gzip = await ask(path, { 'accept-encoding': 'gzip' })
  expect([plain, brotli, gzip].map(({ headers }) => headers['content-encoding'])).toEqual([undefined, 'br', 'gzip'])
  expect(brotliDecompressSync(brotli.body).length).toBeGreaterThan(2 * brotli.body.length)
  expect(gunzipSync(gzip.body).length).toBeGreaterThan(2 * gzip.body.length)
  for (const { headers } of [plain, brotli, gzip]) expect(headers.vary).toContain('Accept-Encoding')
})

test('scripts and styles travel as small as the build could make them, and may be kept for good', async () => {
  const { text } = await ask('/')
  const parts = new Set(text.match(/\/_next\/static\/[\w/.-]+\.(?:js|css)/g) ?? [])
  expect(parts.size).toBeGreaterThan(4)
  for (const part of parts) {
    const plain = await ask(part)
    expect([plain.status, plain.headers['content-encoding']]).toEqual([200, undefined])
    const brotli = await ask(part, { 'accept-encoding': 'gzip, deflate, br' })
    const gzip = await ask(part, { 'accept-encoding': 'gzip, br;q=0' })
    expect(brotliDecompressSync(brotli.body)).toEqual(plain.body)
    expect(gunzipSync(gzip.body)).toEqual(plain.body)
    expect(brotli.body.length).toBeLessThanOrEqual(brotliCompressSync(plain.body).length)
    for (const { headers } of [plain, brotli, gzip]) {
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable')
      expect(headers['content-type']).toMatch(part.endsWith('.css') ? /^text\/css/ : /^(text|application)\/javascript/)
      expect(headers['x-content-type-options']).toBe('nosniff')
    }
    expect(brotli.headers.vary).toContain('Accept-Encoding')
  }
  const [script = ''] = parts
  expect((await ask(script, { 'accept-encoding': 'br' }, 'HEAD')).body.length).toBe(0)
  expect((await ask(script, { 'accept-encoding': 'br', range: 'bytes=0-9' })).body.length).toBe(10)
  expect((await ask('/_next/static/chunks/none.js', { 'accept-encoding': 'br' })).status).toBe(404)
})

describe('start and stop', () => {
  test.each([
    [{ HOST: '0.0.0.0' }, /^HOST=0\.0\.0\.0 is wrong: personal mode listens on this computer only.*\n$/],
    [{ HOST: '::' }, /^HOST=:: is wrong/],
    [{ HOST: '0.0.0.0' }, /`npm run owner -- you@example\.org`/],
    [{ MODE: 'community' }, /^MODE=community needs PUBLIC_URL.*\n$/],
    [{ MODE: 'community', PUBLIC_URL: 'http://board.example.org' }, /^PUBLIC_URL=.* is wrong: it must begin with https:.*\n$/],
    [{ MODE: 'community', PUBLIC_URL: 'https://board.example.org/hpc' }, /^PUBLIC_URL=.* is wrong: .*without anything behind it.*\n$/],
    [
      { MODE: 'community', PUBLIC_URL: 'https://board.example.org' },
      /^MODE=community needs an owner: `npm run owner -- you@example\.org`.*\n$/,
    ],
    [{ TRUST_PROXY: 'all' }, /^TRUST_PROXY=all is wrong: it must be a number of proxies, or their addresses.*\n$/],
    [{ AUTH_SECRET: 'hunter2' }, /^AUTH_SECRET is wrong.*\n$/],
    [{ PORT: 'http' }, /^PORT=http is wrong.*\n$/],
    [{ DATABASE_URL: '' }, /^DATABASE_URL is not set.*\n$/],
  ])('%o: one sentence, and code 2', async (env, sentence) => {
    const failed = spawnWeb({ DATABASE_URL: database.url, ...env })
    expect(await failed.exited).toBe(2)
    expect(failed.errors()).toMatch(sentence)
  })

  test('a port in use is named in one sentence, and code 2', async () => {
    const second = spawnWeb({ DATABASE_URL: database.url, PORT: String(web.port) })
    expect(await second.exited).toBe(2)
    expect(second.errors()).toBe(`PORT=${web.port} is in use by another program: stop that one, or set PORT to another number.\n`)
  })

  test('SIGTERM ends it with 0, idle connections and half a request notwithstanding', async () => {
    const stopped = await startWeb({ DATABASE_URL: database.url, HOST: '::1' })
    const idle = connect(stopped.port, '::1')
    idle.write('GET /api/posts HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await once(idle, 'data')
    const half = connect(stopped.port, '::1')
    half.write('GET / HTTP/1.1\r\nHost: loc')
    await once(half, 'ready')
    const startedAt = Date.now()
    expect(await stopped.stop()).toBe(0)
    expect(Date.now() - startedAt).toBeLessThan(7000)
    idle.destroy()
    half.destroy()
  })

  test('it does not outlive its parent', async () => {
    const orphan = await startWeb({ DATABASE_URL: database.url })
    orphan.child.disconnect()
    expect(await orphan.exited).toBe(0)
  })

  test('without its database it says so, and nothing of how it is reached', async () => {
    const lost = await startWeb({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' })
    const health = await get(lost.port, '/api/health')
    expect([health.status, JSON.parse(health.text)]).toEqual([503, { ok: false, database: false, worker: false, missing: ['database'] }])
    const posts = await get(lost.port, '/api/posts')
    expect([posts.status, JSON.parse(posts.text).error]).toEqual([503, expect.stringMatching(/cannot be read now/)])
    const page = await get(lost.port, '/')
    expect(page.text).not.toMatch(/postgres|ECONNREFUSED|\bat .*:\d+:\d+/)
    await lost.stop()
  })
})
