import { afterAll, beforeAll, expect, test } from 'vitest'
import { indexPosts } from '#db/index-posts'
import { saveBatch } from '#db/save-batch'
import { builtPages } from '#tests/support/build'
import { testDatabase } from '#tests/support/database'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { randomNumbers } from '#tests/support/random-numbers'
import { get, startWeb, type Web } from '#tests/support/web'

/** Whatever is asked, however wrong, is answered: never with a fault, and never slowly. `NONSENSE` asks for more of it. */
const database = testDatabase()
const ROUNDS = Number(process.env.NONSENSE ?? 300)
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
    const { status } = await get(web.port, path, { host: 'localhost', ...(cookie && { cookie }) })
    const took = performance.now() - began
    if (status >= 500 || took > 10_000) faults.push(`${status} after ${Math.round(took)} ms: ${path} ${cookie}`)
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
    const { status, headers: answered } = await get(web.port, unread ? '/api/unread' : '/preferences', headers, 'POST', sent)
    const away = answered.location !== undefined && !/^\/(?![/\\])/.test(answered.location)
    if (status >= 500 || away) faults.push(`${status} ${answered.location ?? ''}: ${sent}`)
  }
  expect(faults).toEqual([])
})
