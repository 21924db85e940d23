import type { LookupAddress } from 'node:dns'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { BskyAgent } from '@atproto/api'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createGuard, isPublic } from '#connectors/guard'
import { createHttp, type HttpOptions } from '#connectors/http'
import { retryAfterSeconds } from '#connectors/trouble'
import { eventually } from '#tests/support/eventually'
import { serve } from '#tests/support/server'
import { serveWebSocket } from '#tests/support/web-socket-server'

const userAgent = 'Backplane/0.1 (+mailto:owner@example.org)'
const { signal } = new AbortController()

type Server = Awaited<ReturnType<typeof serve>>
let server: Server
let other: Server

beforeEach(async () => {
  server = await serve({})
  other = await serve({})
})

afterEach(async () => {
  await Promise.all([server.close(), other.close()])
  vi.unstubAllEnvs()
})

const client = (options: Partial<HttpOptions> = {}) => createHttp({ userAgent, trustedHosts: ['127.0.0.1'], ...options })
const get = (path: string, options: Partial<HttpOptions> = {}) => client(options).get(`${server.origin}${path}`, { signal })
const textOf = (body: Uint8Array | null) => body && new TextDecoder().decode(body)

/** DNS of a test: each question is answered with the next of `answers`, the last of them for ever. */
function answering(...answers: string[][]) {
  const asked: string[] = []
  const lookup = (hostname: string, _options: unknown, callback: (error: null, addresses: LookupAddress[]) => void) => {
    const addresses = answers[Math.min(asked.push(hostname), answers.length) - 1] ?? []
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
  return { asked, lookup }
}

describe('which addresses are fetched', () => {
  test.each([
    ...['127.0.0.1', '127.9.9.9', '10.1.2.3', '172.16.0.1', '192.168.1.1', '100.64.0.1', '169.254.169.254', '168.63.129.16'],
    ...['0.0.0.0', '224.0.0.1', '240.0.0.1', '255.255.255.255', '192.0.0.192', '198.18.0.1'],
    ...['::', '::1', 'fe80::1', 'fec0::1', 'fc00::1', 'fd00:ec2::254', 'ff02::1', '2001:db8::1', '100::1', '4000::1'],
    ...['::ffff:127.0.0.1', '::ffff:a00:1', '::127.0.0.1', '::7f00:1', '::ffff:0:127.0.0.1'],
    ...['100.100.100.200', '0:0:0:0:0:ffff:7f00:1', '::ffff:a9fe:a9fe', '64:ff9b:0:0:0:0:7f00:1', '64:ff9b::a9fe:a9fe', 'fe80::1%eth0'],
    ...['64:ff9b::127.0.0.1', '64:ff9b::a00:1', '64:ff9b:1::7f00:1', '2002:7f00:1::', '2002:808:808::1', '2001::1'],
  ])('%s is private', (address) => {
    expect(isPublic(address)).toBe(false)
  })

  test.each(['8.8.8.8', '1.1.1.1', '2606:4700::1', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8'])('%s is public', (address) => {
    expect(isPublic(address)).toBe(true)
  })

  test.each([
    ...['http://127.0.0.1/', 'http://127.1/', 'http://2130706433/', 'http://0x7f.0.0.1/', 'http://0177.0.0.1/', 'http://127.0.0.1./'],
    ...['http://[::1]/', 'http://[::ffff:127.0.0.1]/', 'http://[64:ff9b::7f00:1]/', 'http://[2002:7f00:1::]/', 'http://0/'],
    ...[
      'http://0x7f000001/',
      'http://017700000001/',
      'http://0x7f.1/',
      'http://[::ffff:7f00:1]/',
      'http://[0:0:0:0:0:ffff:10.0.0.1]/',
      'http://127.0.0.1:80@10.0.0.1/',
    ],
    ...[
      'http://%31%32%37.0.0.1/',
      'http://①②⑦.0.0.1/',
      'http://127。0。0。1/',
      'http://[fd00:ec2::254]/',
      'http://2852039166/',
      'http://[64:ff9b::a9fe:a9fe]/',
    ],
    ...['http://169.254.169.254/latest/meta-data/', 'http://１２７.０.０.１/', 'http://localhost/'],
    ...['file:///etc/passwd', 'ftp://example.org/', 'data:text/plain,hello', 'javascript:1', '/relative', ''],
    ...['http://name:password@127.0.0.1/'],
  ])('%s is refused', async (url) => {
    const http = createHttp({ userAgent, trustedHosts: [] })
    await expect(http.get(url, { signal })).rejects.toMatchObject({ trouble: 'refused' })
    await expect(http.fetch(url)).rejects.toMatchObject({ trouble: 'refused' })
  })

  test('a password in an address is not repeated in the sentence about it', async () => {
    await expect(client().get('http://name:secret@example.org/', { signal })).rejects.not.toThrow(/secret/)
  })

  test('TRUSTED_HOSTS lets a name or an address through, however it is written, and no other', async () => {
    server.routes['/'] = { body: 'hello' }
    const at = (host: string) => `http://${host}:${server.port}/`
    for (const [trusted, host] of [
      ['127.0.0.1', '127.0.0.1'],
      ['127.0.0.1:80', '127.1'],
      ['localhost', 'localhost'],
      ['LocalHost', '127.0.0.1'],
      ['localhost', 'localhost.'],
      ['peer.test', 'PEER.test'],
      ['127.0.0.1', 'any.test'],
    ] as const) {
      const guard = createGuard([trusted], answering(['127.0.0.1']).lookup)
      const page = await client({ guard }).get(at(host), { signal })
      expect(textOf(page.body), `${trusted} lets ${host} through`).toBe('hello')
    }
    const guard = createGuard(['peer.test', '::1', '[fd00::1]:80'], answering(['127.0.0.1']).lookup)
    for (const host of ['127.0.0.1', 'localhost', 'other.test', 'evil-peer.test'])
      await expect(client({ guard }).get(at(host), { signal })).rejects.toMatchObject({ trouble: 'refused' })
    expect(() => guard.check('http://[fd00::1]:8080/')).not.toThrow()
  })

  test('a name that leads to a private address is refused at the connection', async () => {
    const { lookup, asked } = answering(['127.0.0.1'])
    const http = client({ guard: createGuard([], lookup) })
    await expect(http.get(`http://blog.example:${server.port}/`, { signal })).rejects.toMatchObject({
      trouble: 'refused',
      message: expect.stringContaining('TRUSTED_HOSTS'),
    })
    expect(asked).toEqual(['blog.example'])
    expect(server.asked).toEqual([])
  })

  test('a name that is answered with a reachable address first and a private one later is refused later', async () => {
    server.routes['/'] = { body: 'hello', headers: { connection: 'close' } }
    const { lookup, asked } = answering(['127.0.0.1'], ['127.0.0.2'])
    const http = client({ guard: createGuard(['127.0.0.1'], lookup) })
    const url = `http://blog.example:${server.port}/`
    expect(textOf((await http.get(url, { signal })).body)).toBe('hello')
    await expect(http.get(url, { signal })).rejects.toMatchObject({ trouble: 'refused' })
    expect(asked).toHaveLength(2)
  })

  test('of several addresses only those that may be reached are handed to the connection', () => {
    const { lookup } = answering(['10.0.0.1', '8.8.8.8', '::1', '2606:4700::1'])
    const guard = createGuard([], lookup)
    guard.lookup('blog.example', { all: true }, (_error, addresses) =>
      expect(addresses).toEqual([
        { address: '8.8.8.8', family: 4 },
        { address: '2606:4700::1', family: 6 },
      ]),
    )
    guard.lookup('blog.example', {}, (_error, address, family) => expect([address, family]).toEqual(['8.8.8.8', 4]))
    expect.assertions(2)
  })

  test.each(['http://127.0.0.2/', 'http://10.0.0.1/', 'http://[::1]/', 'http://169.254.169.254/', 'file:///etc/passwd'])(
    'a redirect to %s is refused',
    async (location) => {
      server.routes['/'] = { status: 302, headers: { location } }
      await expect(get('/')).rejects.toMatchObject({ trouble: 'refused' })
    },
  )

  test('a redirect to a name that leads to a private address is refused', async () => {
    server.routes['/'] = { status: 302, headers: { location: `http://inside.example:${other.port}/secret` } }
    const guard = createGuard(['127.0.0.1'], answering(['127.0.0.9']).lookup)
    await expect(client({ guard }).get(`${server.origin}/`, { signal })).rejects.toMatchObject({ trouble: 'refused' })
    expect(other.asked).toEqual([])
  })
})

describe('redirects', () => {
  test('a move for good is told, a temporary one is not, and what follows a temporary one is not', async () => {
    server.routes['/old'] = { status: 301, headers: { location: '/older' } }
    server.routes['/older'] = { status: 308, headers: { location: '/new' } }
    server.routes['/for-now'] = { status: 302, headers: { location: '/old' } }
    server.routes['/good-then-for-now'] = { status: 301, headers: { location: '/for-now' } }
    server.routes['/new'] = { body: 'here' }
    const at = (path: string) => `${server.origin}${path}`
    expect(await get('/old')).toMatchObject({ url: at('/new'), movedTo: at('/new') })
    expect(await get('/for-now')).toMatchObject({ url: at('/new'), movedTo: null })
    expect(await get('/good-then-for-now')).toMatchObject({ url: at('/new'), movedTo: at('/for-now') })
    expect(await get('/new')).toMatchObject({ url: at('/new'), movedTo: null })
  })

  test('a loop ends after five', async () => {
    server.routes['*'] = ({ url }) => ({ status: 302, headers: { location: `/${Number(url.pathname.slice(1)) + 1}` } })
    await expect(get('/0')).rejects.toMatchObject({ trouble: 'refused', message: expect.stringContaining('redirects more than 5 times') })
    expect(server.asked).toHaveLength(6)
  })

  test('a credential stays with the host that it was given for', async () => {
    server.routes['/near'] = { status: 307, headers: { location: '/here' } }
    server.routes['/far'] = { status: 307, headers: { location: `${other.origin}/there` } }
    server.routes['/here'] = {}
    other.routes['/there'] = {}
    const headers = { authorization: 'Bearer secret', cookie: 'session=1', accept: 'application/json' }
    await client().fetch(`${server.origin}/near`, { headers })
    expect(server.asked.at(-1)?.headers).toMatchObject(headers)
    await client().fetch(`${server.origin}/far`, { headers })
    expect(other.asked.at(-1)?.headers).toMatchObject({ accept: 'application/json', 'user-agent': userAgent })
    expect(other.asked.at(-1)?.headers).not.toHaveProperty('authorization')
    expect(other.asked.at(-1)?.headers).not.toHaveProperty('cookie')
  })

  test('what was posted is posted again after 307 and fetched after 303', async () => {
    server.routes['/again'] = { status: 307, headers: { location: '/end' } }
    server.routes['/see'] = { status: 303, headers: { location: '/end' } }
    server.routes['/end'] = {}
    await client().fetch(`${server.origin}/again`, { method: 'POST', body: 'text' })
    expect(server.asked.at(-1)).toMatchObject({ method: 'POST', body: 'text' })
    await client().fetch(`${server.origin}/see`, { method: 'POST', body: 'text' })
    expect(server.asked.at(-1)).toMatchObject({ method: 'GET', body: '' })
  })

  test('fetch leaves them alone when told so', async () => {
    server.routes['/'] = { status: 302, headers: { location: '/elsewhere' } }
    const response = await client().fetch(`${server.origin}/`, { redirect: 'manual' })
    expect([response.status, response.headers.get('location'), server.asked.length]).toEqual([302, '/elsewhere', 1])
  })

  test('one to what is no address is malformed', async () => {
    server.routes['/'] = { status: 302, headers: { location: 'http://' } }
    await expect(get('/')).rejects.toMatchObject({ trouble: 'malformed' })
  })
})

describe('an answer', () => {
  test('is asked for with our own User-Agent, whatever a client library sets', async () => {
    server.routes['/'] = {}
    await client().fetch(`${server.origin}/`, { headers: { 'user-agent': 'curl/8' } })
    await client().fetch(new Request(`${server.origin}/`, { headers: { 'user-agent': 'node' } }))
    await get('/')
    expect(server.asked.map(({ headers }) => headers['user-agent'])).toEqual([userAgent, userAgent, userAgent])
  })

  test('is not fetched again when it has not changed', async () => {
    server.routes['/'] = ({ headers }) => ({ status: headers['if-none-match'] === 'W/"1"' ? 304 : 200, body: 'first' })
    const page = await client().get(`${server.origin}/`, { signal, etag: 'W/"1"', lastModified: 'yesterday, as they wrote it' })
    expect(page.body).toBeNull()
    expect(server.asked[0]?.headers).toMatchObject({ 'if-none-match': 'W/"1"', 'if-modified-since': 'yesterday, as they wrote it' })
    expect(textOf((await get('/')).body)).toBe('first')
  })

  test.each([
    ['gzip', gzipSync('packed')],
    ['br', brotliCompressSync('packed')],
  ])('in %s is unpacked', async (encoding, body) => {
    server.routes['/'] = { headers: { 'content-encoding': encoding }, body }
    const page = await get('/')
    expect(textOf(page.body)).toBe('packed')
    expect(page.headers.has('content-encoding')).toBe(false)
  })

  test('that is larger than the cap is given up, also when it is small on the wire', async () => {
    server.routes['/large'] = { body: 'x'.repeat(2_000_000) }
    server.routes['/bomb'] = { headers: { 'content-encoding': 'gzip' }, body: gzipSync(Buffer.alloc(60_000_000)) }
    server.routes['/endless'] = (_asked, response) => {
      const more = () => response.write('x'.repeat(100_000)) && setImmediate(more)
      response.on('drain', more)
      more()
      return undefined
    }
    for (const path of ['/large', '/bomb', '/endless'])
      await expect(get(path, { maxBytes: 1_048_576 })).rejects.toMatchObject({
        trouble: 'malformed',
        message: expect.stringContaining('more than 1 MB'),
      })
    const before = process.memoryUsage().arrayBuffers
    await expect(get('/bomb')).rejects.toMatchObject({ trouble: 'malformed' })
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40_000_000)
    await expect(client().get(`${server.origin}/large`, { signal, maxBytes: 1000 })).rejects.toMatchObject({ trouble: 'malformed' })
  })

  test('that stalls before or half way, or drips for ever, is unavailable in time', async () => {
    server.routes['/silent'] = () => undefined
    server.routes['/half'] = (_asked, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half')
      return undefined
    }
    server.routes['/drip'] = (_asked, response) => {
      const drip = setInterval(() => response.write('.'), 20)
      response.on('close', () => clearInterval(drip))
      return undefined
    }
    const limits = { silenceMs: 100 }
    await Promise.all([
      expect(get('/silent', limits)).rejects.toMatchObject({
        trouble: 'unavailable',
        message: expect.stringContaining('no answer within 0.1 s'),
      }),
      expect(get('/half', limits)).rejects.toMatchObject({
        trouble: 'unavailable',
        message: expect.stringContaining('stopped half way for 0.1 s'),
      }),
      expect(get('/drip', { wholeMs: 300 })).rejects.toMatchObject({
        trouble: 'unavailable',
        message: expect.stringContaining('not whole after 0.3 s'),
      }),
    ])
  })

  test('that is cut or garbled is unavailable, as is none', async () => {
    server.routes['/cut'] = (_asked, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half', () => response.destroy())
      return undefined
    }
    server.routes['/garbled'] = { headers: { 'content-encoding': 'gzip' }, body: 'this is no gzip' }
    server.routes['/reset'] = (_asked, response) => {
      response.destroy()
      return undefined
    }
    for (const path of ['/cut', '/garbled', '/reset']) await expect(get(path)).rejects.toMatchObject({ trouble: 'unavailable' })
    const { origin } = other
    await other.close()
    await expect(client().get(origin, { signal })).rejects.toMatchObject({
      trouble: 'unavailable',
      message: expect.stringContaining('refused'),
    })
  })

  test.each([
    [429, 'rate-limited'],
    [500, 'unavailable'],
    [503, 'unavailable'],
    [408, 'unavailable'],
    [401, 'refused'],
    [403, 'refused'],
    [404, 'refused'],
    [410, 'refused'],
    [400, 'malformed'],
    [300, 'malformed'],
  ])('of status %i means %s to get, and is the caller’s to read from fetch', async (status, trouble) => {
    server.routes['/'] = { status, headers: { 'retry-after': '120' }, body: 'why' }
    await expect(get('/')).rejects.toMatchObject({
      trouble,
      retryAfterSeconds: 120,
      message: expect.stringContaining(`answered ${status}`),
    })
    const response = await client().fetch(`${server.origin}/`)
    expect([response.status, await response.text(), response.url]).toEqual([status, 'why', `${server.origin}/`])
  })

  test('says when to come back in seconds or as a date', () => {
    const now = new Date('2026-11-22T12:00:00Z')
    expect(retryAfterSeconds('120', now)).toBe(120)
    expect(retryAfterSeconds('Sun, 22 Nov 2026 12:01:00 GMT', now)).toBe(60)
    expect(retryAfterSeconds('Sun, 22 Nov 2026 11:00:00 GMT', now)).toBe(0)
    for (const nothing of ['', 'soon', '-5', '1e9', null, undefined]) expect(retryAfterSeconds(nothing, now)).toBeNull()
  })
})

describe('manners', () => {
  test('a host sees one request at a time, in the order asked, and hosts do not wait for each other', async () => {
    const { promise, resolve: finish } = Promise.withResolvers<object>()
    server.routes['/held'] = () => promise
    server.routes['*'] = other.routes['*'] = {}
    const http = client()
    const all = ['/held', '/1', '/2', '/3'].map((path) => http.get(`${server.origin}${path}`, { signal }))
    // Ten times there and back to another host: time enough for one that does not wait.
    for (let n = 0; n < 10; n++) await http.get(`${other.origin}/`, { signal })
    expect(server.asked.map(({ path }) => path)).toEqual(['/held'])
    finish({})
    await Promise.all(all)
    expect(server.asked.map(({ path }) => path)).toEqual(['/held', '/1', '/2', '/3'])
  })

  test('two hosts that redirect to each other at once do not wait for each other for ever', async () => {
    server.routes['/there'] = { status: 302, headers: { location: `${other.origin}/end` } }
    other.routes['/there'] = { status: 302, headers: { location: `${server.origin}/end` } }
    server.routes['/end'] = other.routes['/end'] = { body: 'end' }
    const http = client()
    const both = [server, other].map(({ origin }) => http.get(`${origin}/there`, { signal }))
    for (const page of await Promise.all(both)) expect(textOf(page.body)).toBe('end')
  })

  test('an abort is heard at once, by who is served and by who waits, and does not harm who comes after', async () => {
    server.routes['/held'] = () => undefined
    server.routes['/'] = { body: 'still here' }
    const http = client()
    const serving = new AbortController()
    const waiting = new AbortController()
    const served = http.get(`${server.origin}/held`, { signal: serving.signal })
    const waited = http.get(`${server.origin}/held`, { signal: waiting.signal })
    const after = http.get(`${server.origin}/`, { signal })
    await eventually(() => expect(server.asked).toHaveLength(1))
    waiting.abort(new Error('enough of waiting'))
    await expect(waited).rejects.toThrow('enough of waiting')
    serving.abort(new Error('enough'))
    await expect(served).rejects.toThrow('enough')
    expect(textOf((await after).body)).toBe('still here')
    expect(server.asked.map(({ path }) => path)).toEqual(['/held', '/'])
    await expect(http.get(`${server.origin}/`, { signal: serving.signal })).rejects.toThrow('enough')
  })

  test('a signal that lives long does not collect listeners', async () => {
    server.routes['/'] = {}
    const long = new AbortController()
    const added = vi.spyOn(long.signal, 'addEventListener')
    const removed = vi.spyOn(long.signal, 'removeEventListener')
    await client().fetch(`${server.origin}/`, { signal: long.signal })
    await client().get(`${server.origin}/`, { signal: long.signal })
    expect(added).toHaveBeenCalled()
    expect(removed.mock.calls.length).toBe(added.mock.calls.length)
  })
})

describe('a proxy', () => {
  /** Forwards what it is asked for, and tunnels CONNECT, to `server`, whatever name was asked. */
  async function startProxy() {
    const seen: string[] = []
    const proxy = createServer(async (request, response) => {
      seen.push(`${request.method} ${request.url}`)
      const { pathname } = new URL(request.url ?? '')
      const answer = await fetch(`${server.origin}${pathname}`)
      response.end(await answer.text())
    })
    proxy.on('connect', (request, socket) => {
      seen.push(`CONNECT ${request.url}`)
      const target = connect(server.port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
      target.pipe(socket).pipe(target)
      for (const end of [socket, target]) end.on('error', () => socket.destroy())
    })
    await once(proxy.listen(0, '127.0.0.1'), 'listening')
    const { port } = proxy.address() as AddressInfo
    return { seen, url: `http://127.0.0.1:${port}`, close: () => once(proxy.close(), 'close') }
  }

  test('is used where the environment names one, though it is at a private address, and not for NO_PROXY', async () => {
    const proxy = await startProxy()
    server.routes['/'] = { body: 'hello' }
    vi.stubEnv('HTTP_PROXY', proxy.url)
    vi.stubEnv('HTTPS_PROXY', proxy.url)
    vi.stubEnv('NO_PROXY', '127.0.0.1')
    const http = client()
    expect(textOf((await http.get('http://blog.example/', { signal })).body)).toBe('hello')
    expect(proxy.seen).toEqual(['GET http://blog.example/'])
    // The tunnel leads to a server without TLS, so that the handshake fails; that it was asked for is the point.
    await expect(http.get('https://blog.example/', { signal })).rejects.toMatchObject({ trouble: 'unavailable' })
    expect(proxy.seen).toContain('CONNECT blog.example:443')
    await http.get(`${server.origin}/`, { signal })
    await expect(http.get('http://10.0.0.1/', { signal })).rejects.toMatchObject({ trouble: 'refused' })
    expect(proxy.seen).toHaveLength(2)
    await proxy.close()
  })
})

describe('client libraries', () => {
  test('that hand over a Request are served', async () => {
    server.routes['/echo'] = ({ method, body, headers }) => ({ body: { method, body, type: headers['content-type'] } })
    const request = new Request(`${server.origin}/echo`, { method: 'POST', body: 'a=1', headers: { 'content-type': 'text/x-own' } })
    const response = await client().fetch(request)
    expect(response).toBeInstanceOf(Response)
    expect(await response.json()).toEqual({ method: 'POST', body: 'a=1', type: 'text/x-own' })
    const form = new FormData()
    form.set('name', 'value')
    const posted = await (await client().fetch(`${server.origin}/echo`, { method: 'POST', body: form })).json()
    expect(posted.type).toMatch(/^multipart\/form-data/)
    const stop = new AbortController()
    server.routes['/held'] = () => undefined
    const held = client().fetch(new Request(`${server.origin}/held`, { signal: stop.signal }))
    stop.abort(new Error('stopped'))
    await expect(held).rejects.toThrow('stopped')
  })

  test('that take a fetch talk through it', async () => {
    server.routes['/xrpc/app.bsky.feed.getAuthorFeed'] = { body: { feed: [] } }
    const { fetch } = client()
    const bluesky = new BskyAgent({ service: server.origin, fetch })
    const feed = await bluesky.app.bsky.feed.getAuthorFeed({ actor: 'did:plc:example' })
    expect(feed.data).toEqual({ feed: [] })
    expect(server.asked.map(({ headers }) => headers['user-agent'])).toEqual([userAgent])
  })
})

describe('a WebSocket', () => {
  const end = (socket: WebSocket) =>
    new Promise<string>((resolve) => {
      socket.onopen = () => resolve('open')
      socket.onclose = () => resolve('closed')
    })

  test('says who we are, and brings what the server sends', async () => {
    await using streams = await serveWebSocket()
    const socket = new (client().WebSocket)(`${streams.origin}/subscribe?a=b`)
    const peer = await streams.connected()
    expect(peer.headers['user-agent']).toBe(userAgent)
    expect(peer.url.searchParams.get('a')).toBe('b')
    const message = new Promise((resolve) => {
      socket.onmessage = ({ data }) => resolve(data)
    })
    peer.send('x'.repeat(70_000))
    expect(await message).toBe('x'.repeat(70_000))
    socket.close()
    await peer.closed
  })

  test('does not reach a private address, neither by its number nor by a name', async () => {
    await using streams = await serveWebSocket()
    const { WebSocket } = client({ trustedHosts: [] })
    expect(() => new WebSocket(streams.origin)).toThrow('private address')
    const named = streams.origin.replace('127.0.0.1', 'localhost')
    expect(await end(new WebSocket(named))).toBe('closed')
    const trusting = new (client({ trustedHosts: ['localhost'] }).WebSocket)(named)
    expect(await end(trusting)).toBe('open')
    trusting.close()
  })
})
