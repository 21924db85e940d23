import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { indexPosts } from '#db/index-posts'
import { saveBatch } from '#db/save-batch'
import { builtPages } from '#tests/support/build'
import { testDatabase } from '#tests/support/database'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { randomNumbers } from '#tests/support/random-numbers'
import { get, startWeb, type Web } from '#tests/support/web'

/**
 * Whatever is asked, however wrong, is answered: never with a fault, never with a trace of our code, and never slowly. Some
 * 2,000 malformed requests; `NONSENSE=1500` makes them 10,000.
 */
const database = testDatabase()
const ROUNDS = Number(process.env.NONSENSE ?? 300)
/** What of our code an answer could tell: a line of a stack, or where the program lies. */
const TRACE = /\bat [\w.<>[\] ]*\(?(?:file:\/\/)?\/[^\s)]+:\d+:\d+|node_modules\/|node:internal/
let web: Web

beforeAll(async () => {
  const { source, holder } = await heldSource('A blog', { platform: 'feed' })
  const some = [1, 2, 3].map((hours) => aPost(`p:${hours}`, { tags: ['hpc'], publishedAt: new Date(Date.now() - hours * 3_600_000) }))
  await saveBatch(source, holder, aBatch(some), new Date())
  await indexPosts()
  await builtPages()
  web = await startWeb({ DATABASE_URL: database.url })
}, 400_000)
afterAll(() => web?.stop())

const random = randomNumbers(20_261_122)
const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] ?? never()
const never = () => {
  throw new Error('the list is not empty')
}
const some = <T>(make: () => T, most: number): T[] => Array.from({ length: Math.floor(random() * (most + 1)) }, make)

const paths = [
  ...['/', '/search', '/late', '/activity', '/settings', '/mute', '/day', '/day/2026-11-22', '/2026/11/22', '/9999/99/99', '/0000/01/01'],
  ...[
    '/api/posts',
    '/api/gaps',
    '/api/sources',
    '/rss.xml',
    '/atom.xml',
    '/feed.json',
    '/search/suggestions',
    '/sources',
    '/about',
    '/offline',
    '/submit',
  ],
  ...[
    '/p/1',
    '/p/99999999999999999999',
    '/p/-1',
    '/p/1%00',
    '/media/1/aaaaaaaaaaaa',
    '/media/1/aaaaaaaaaaaa/aHR0cDovLzEyNy4wLjAuMS8',
    '/media/',
  ],
]
const names = [
  ...[
    'platform',
    'source',
    'person',
    'tag',
    'flair',
    'reposts',
    'starred',
    'before',
    'after',
    'at',
    'order',
    'q',
    'entries',
    'date',
    'from',
  ],
  ...['to', 'limit', 'mutes', 'view', 'saved', 'problem', 'back', 'name', 'word', 'keys', '__proto__', 'constructor', 'toString', '_rsc'],
]
const values = [
  ...['', '1', '0', '-1', '1e99', '99999999999999', '999999999999999999999', '1-1', '99999999999999-999999999999999', '8640000000000001-1'],
  ...[
    'feed',
    'mastodon',
    'feed:x',
    'feed:__proto__',
    'hpc',
    'none',
    'only',
    '2026-02-30',
    '2026-11-22',
    '275760-09-14',
    '0000-00-00',
    'off',
  ],
  ...[
    '%00',
    '%',
    '%ED%A0%80',
    '%F0%9F%A7%AA',
    '"',
    "'",
    '\\',
    '{',
    '}',
    '{}',
    ',',
    ',,,,',
    ';',
    '--',
    '<script>',
    '../..',
    '//evil.example',
    '\\\\e',
  ],
  ...[
    '"unclosed',
    'a OR',
    'OR',
    '-',
    '-a',
    '(((',
    'from:',
    'before:x',
    'after:0001',
    'has:x',
    'lang:é',
    'a*',
    '***',
    "':platform:':*",
    '!a',
    'a & b',
  ],
  ...[
    'a <-> b',
    '#',
    '#a',
    'source:"',
    `${'x'.repeat(600)}`,
    `${'a '.repeat(300)}`,
    `${'1,'.repeat(200)}`,
    '\u202e',
    '‮',
    '😀',
    '\ud800',
    'é',
  ],
]
const cookies = [
  ...[
    'zone=',
    'zone=Mars/Olympus',
    'zone=__proto__',
    'position-80=x',
    'position-80=99999999999999-1',
    'preferences-80-1=1.1.',
    'preferences-80-1=1.9.x',
  ],
  ...[
    `preferences-80-1=1.1.${'A'.repeat(3000)}`,
    'preferences-80-1=2.1.eJyrBgAAdQD5',
    '__proto__=1',
    'constructor=1',
    ';;;=;',
    '%',
    'zone=%00',
  ],
]

function address(): string {
  const query = some(
    () => `${one(names)}=${some(() => (random() < 0.7 ? encodeURIComponent(one(values).toWellFormed()) : one(values)), 2).join('')}`,
    4,
  )
  // What Node itself would refuse to send never comes.
  return `${one(paths)}?${query.join('&')}`.replace(/[^!-~]/g, (letter) => encodeURIComponent(letter.toWellFormed()))
}

test('nonsense in addresses and cookies is never answered with a fault', { timeout: 600_000 }, async () => {
  const faults: string[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const path = address()
    const cookie = some(() => one(cookies), 3).join('; ')
    const began = performance.now()
    const { status, text } = await get(web.port, path, { host: 'localhost', ...(cookie && { cookie }) })
    const took = performance.now() - began
    if (status >= 500 || took > 10_000 || TRACE.test(text)) faults.push(`${status} after ${Math.round(took)} ms: ${path} ${cookie}`)
  }
  expect(faults).toEqual([])
})

/** Something in JSON, of any shape. */
function thing(deep = 3): unknown {
  const leaves = ['null', 'true', '0', '-1', '1.5', '1e300', '8.64e15', '""', '"1-1"', '"99999999999999-999999999999999"', '"\\u0000"']
  if (deep === 0 || random() < 0.5) return JSON.parse(one(leaves))
  if (random() < 0.5) return some(() => thing(deep - 1), 3)
  return Object.fromEntries(some(() => [one(['upTo', 'sources', '__proto__', 'spans']), thing(deep - 1)] as const, 3))
}

test('nonsense that is sent is answered in words', { timeout: 600_000 }, async () => {
  const faults: string[] = []
  const good = {
    upTo: '1-1',
    sources: [[1, '5-5']],
    spans: [[1, '7-7', '8-8']],
    exceptions: [['3', true]],
    line: '1-1',
    since: 0,
    begun: 0,
  }
  const forms = ['settings', 'star', 'unstar', 'mute', 'unmute', 'save-view', 'rename-view', 'remove-view', 'paste-views', 'forget', 'x']
  const fields = ['what', 'key', 'name', 'address', 'to', 'until', 'for', 'how', 'snippet', 'back', 'mend', 'zone', 'theme']
  for (let round = 0; round < ROUNDS; round++) {
    const unread = random() < 0.5
    const read = { ...good, [one(Object.keys(good))]: thing() }
    const form = [`do=${one(forms)}`, ...some(() => `${one(fields)}=${encodeURIComponent(one(values).toWellFormed())}`, 6)].join('&')
    const sent = unread ? JSON.stringify(random() < 0.9 ? read : thing()).slice(0, random() < 0.95 ? undefined : 20) : form
    const headers = {
      host: 'localhost',
      'content-length': String(Buffer.byteLength(sent)),
      'content-type': 'application/x-www-form-urlencoded',
    }
    const { status, text, headers: answered } = await get(web.port, unread ? '/api/unread' : '/preferences', headers, 'POST', sent)
    const away = answered.location !== undefined && !/^\/(?![/\\])/.test(answered.location)
    if (status >= 500 || away || TRACE.test(text)) faults.push(`${status} ${answered.location ?? ''}: ${sent}`)
  }
  expect(faults).toEqual([])
})

const methods = [
  'GET',
  'GET',
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'get',
  'G\u0000T',
  '',
  'PRI',
  'PROPFIND',
  'GET GET',
]
const versions = ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/9.9', 'http/1.1', 'HTTP/1.1 ', '']
const lineEnds = ['\r\n', '\r\n', '\r\n', '\n', '\r', '\r\n ', '\r\n\t', '\n\r\n', '\u0000\r\n']
const headerNames = [
  ...[
    'Host',
    'Cookie',
    'Accept',
    'Accept-Encoding',
    'Accept-Language',
    'Authorization',
    'Content-Length',
    'Content-Type',
    'Transfer-Encoding',
  ],
  ...[
    'Connection',
    'Upgrade',
    'Expect',
    'Range',
    'If-None-Match',
    'If-Modified-Since',
    'If-Range',
    'Origin',
    'Referer',
    'Sec-Fetch-Site',
    'TE',
  ],
  ...[
    'X-Forwarded-For',
    'Forwarded',
    'X-Forwarded-Host',
    'X-Backplane-Reader',
    'X-Nonce',
    'Content-Security-Policy',
    'X-Middleware-Subrequest',
  ],
  ...[
    'RSC',
    'Next-Router-State-Tree',
    'Next-Router-Prefetch',
    'Next-Router-Segment-Prefetch',
    'Next-Action',
    'Next-Url',
    'X-Matched-Path',
    'X-Invoke-Path',
  ],
  ...[
    'Next-Resume',
    'X-Next-Revalidated-Tags',
    'X-Prerender-Revalidate',
    'X-Now-Route-Matches',
    'X-HTTP-Method-Override',
    'Trailer',
    'Proxy',
    '__proto__',
  ],
  ...[
    '',
    ' ',
    'A B',
    'Ä',
    ':',
    'Last-Event-Id',
    'Purpose',
    'Content-Encoding',
    'Sec-WebSocket-Key',
    'Sec-WebSocket-Version',
    'HTTP2-Settings',
  ],
]
const headerValues = [
  ...[
    '',
    ' ',
    '0',
    '1',
    '-1',
    '99999999999999999999',
    '5, 6',
    'chunked',
    'chunked, chunked',
    'gzip, chunked',
    'identity',
    'websocket',
    'h2c',
    '100-continue',
  ],
  ...[
    'localhost',
    '127.0.0.1',
    'evil.example',
    'localhost:99999',
    '[::1',
    'bytes=0-',
    'bytes=-',
    'bytes=9-1,2-',
    'bytes=0-0,'.repeat(200),
    '"',
    'W/"',
    '*',
  ],
  ...[
    'Thu, 01 Jan 1970 00:00:00 GMT',
    'never',
    'Bearer',
    'Bearer x',
    'Basic Og==',
    'close',
    'keep-alive',
    'upgrade, close',
    'null',
    'http://localhost',
    '%00',
  ],
  ...[
    '{}',
    '[]',
    '["",{}]',
    '%5B%22%22%2C%7B%7D%5D',
    '%',
    '\u00ff\u00fe',
    '\u0000',
    'a\tb',
    'x'.repeat(9000),
    ';=;=;',
    '*/*;q=9',
    'text/html;q=,,,',
    'gzip;q=x,br;q=2',
  ],
  ...[
    'application/json',
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'application/x-www-form-urlencoded; charset=\ud800',
    'same-origin',
    'cross-site',
  ],
]
const bodies = [
  '',
  'x',
  '{',
  '[]',
  'null',
  '0\r\n\r\n',
  '5\r\nhello\r\n0\r\n\r\n',
  'ffffffff\r\nx',
  '-1\r\n',
  '--\r\n\r\n',
  '\u0000'.repeat(50),
  'do=star&do=star&__proto__=x',
]

/** A request as no client would write it: sound in most of its parts, so that it gets somewhere. */
function request(): string {
  const target =
    random() < 0.8
      ? address()
      : one(['', '*', '/', 'http://evil.example/', '//', '/\\', 'localhost:80', '/ /', `/${'%2e%2e/'.repeat(30)}`, '/\u0000', '/%c0%ae'])
  const end = random() < 0.85 ? '\r\n' : one(lineEnds)
  const host = random() < 0.9 ? [`Host: ${random() < 0.9 ? 'localhost' : one(headerValues)}`] : []
  const headers = some(() => `${one(headerNames)}${random() < 0.95 ? ': ' : one([':', ' : ', '', '\t:', '\r:'])}${one(headerValues)}`, 5)
  const head = [`${one(methods)} ${target} ${one(versions)}`, ...host, ...headers, ...(random() < 0.9 ? ['Connection: close'] : [])]
  const whole = `${head.join(end)}${end}${end}${one(bodies)}`
  // Now and then it breaks off, or another follows on its heels.
  if (random() < 0.1) return whole.slice(0, Math.floor(random() * whole.length))
  return random() < 0.05 ? whole + whole : whole
}

/** What came back until the server was done with it, or 3 s had passed. */
function answerTo(bytes: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  let answer = ''
  const socket = connect(web.port, '127.0.0.1')
  socket.setTimeout(3000, () => socket.destroy())
  socket.on('data', (chunk) => (answer += chunk)).on('error', () => {})
  socket.on('close', () => resolve(answer))
  socket.end(Buffer.from(bytes, 'latin1'))
  return promise
}

test('what is hardly HTTP is refused, and nobody else waits for it', { timeout: 900_000 }, async () => {
  const faults: string[] = []
  let answered = 0
  for (let round = 0; round < ROUNDS * 5; round += 10)
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        const bytes = request()
        const answer = await answerTo(bytes)
        if (answer) answered++
        // 501 and 505 are Node's own words for methods and versions that it does not know.
        if (/^HTTP\/1\.1 5(?!01|05)/m.test(answer) || TRACE.test(answer))
          faults.push(`${JSON.stringify(bytes.slice(0, 500))} → ${answer.slice(0, 200)}`)
      }),
    )
  expect(faults).toEqual([])
  expect(answered).toBeGreaterThan(ROUNDS)
  expect((await get(web.port, '/about', { host: 'localhost' })).status).toBe(200)
})

test('none of it was a fault of ours', () => {
  expect(web.errors()).not.toMatch(/"level":(?:50|60)|^\s+at /m)
})
