import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { keepClaim } from '#db/account-claims'
import { savePreferences } from '#db/account-keeps'
import { inviteAccount } from '#db/accounts'
import { makeFeedKey } from '#db/feed-keys'
import { indexPosts } from '#db/index-posts'
import type { Person, Post } from '#db/post'
import { saveBatch } from '#db/save-batch'
import { posts } from '#db/schema'
import { sourcesKnownTo } from '#db/sources'
import { withhold } from '#db/withholdings'
import { mediaAddress } from '#lib/media/media-address'
import { ownerKey } from '#lib/server/owner-key'
import { builtPages } from '#tests/support/build'
import { HOST, signedIn, startCommunity } from '#tests/support/community'
import { testDatabase } from '#tests/support/database'
import { watch } from '#tests/support/live'
import { aBatch, ada, aPost, heldSource } from '#tests/support/post'
import { image } from '#tests/support/shapes'
import { burst } from '#tests/support/talk'
import { type Got, get, startWeb, type Web } from '#tests/support/web'

/**
 * Anonymous readers are told no trace of what is not for them: every address of the program is asked before and after posts
 * for members, withheld, deleted and hidden ones come, and answers the same, to the last number. An address that is not
 * in the list below fails the test.
 */
const database = testDatabase()
const APP = join(import.meta.dirname, '../../app')
const NOW = Date.now()
/** Addresses of each route that an owner asks, too. */
const OWNED = 14
const HOUR = 3_600_000
const ago = (hours: number) => new Date(NOW - hours * HOUR)
const day = (hours: number) => ago(hours).toISOString().slice(0, 10)

/** Stands in all that is planted, and in no question: whatever answers with it has told of it. */
const NEEDLE = /geheimtext/i
const rack = 'https://pictures.example/geheimtext.png'
const shy: Person = { ...ada, id: 'id:shy', name: 'Shy Geheimtext', handle: '@geheimtext@shy.example' }
/** For the stream only: no feed, no API and no search has it. */
const PASSING = /voruebergehend/i

const passer: Person = { ...ada, id: 'id:passer', name: 'Vera Voruebergehend', handle: '@vera@passing.example' }
/** What is answered, and has not come yet. */
const unseen = { state: 'unknown' as const, url: 'https://shy.example/1', author: null, text: null, rootExternalId: null }

/** A post that has the needle wherever a post can have one, and `verschwiegen` to be asked for. */
function secret(externalId: string, change: Partial<Post> = {}): Post {
  return aPost(externalId, {
    ...{ author: shy, title: 'verschwiegen Geheimtext', text: 'verschwiegen geheimtext slurm', place: 'Geheimtext hall' },
    ...{ badges: ['verschwiegen', 'Question'], tags: ['verschwiegen', 'hpc'], contentWarning: 'Geheimtext inside', language: 'is' },
    ...{ media: [image({ url: rack, preview: rack, alt: 'geheimtext' })], publishedAt: ago(2), audience: 'members', ...change },
  })
}

/** Stands in what is for nobody any more: deleted, withheld, hidden, left out. */
const NOBODYS = /niemandem/i
function nobodys(externalId: string, change: Partial<Post> = {}): Post {
  return secret(externalId, { title: 'niemandem Geheimtext', text: 'niemandem geheimtext', tags: ['niemandem'], ...change })
}

let owned: Map<string, Got>
let membered: Map<string, Got>
let before: Map<string, Got>
let after: Map<string, Got>
let told: unknown[] = []
let pages: Record<string, string[]>
/** As if these entries had been read before their first line. */
let talked: [number, number][] = []

beforeAll(async () => {
  await builtPages()
  const open = await heldSource('An open place', { platform: 'mastodon', firstReadAt: ago(9000) })
  const blog = await heldSource('A quiet blog', { platform: 'feed', firstReadAt: ago(9000) })
  const channel = await heldSource('#hpc', { platform: 'irc', firstReadAt: ago(9000) })
  const save = async ({ source, holder }: typeof open, some: Post[], change = {}) => {
    await saveBatch(source, holder, aBatch(some, change), new Date())
  }
  await save(open, [
    ...[26, 5, 4, 3].map((hours) =>
      aPost(`open:${hours}`, { tags: ['hpc'], badges: ['Question'], text: 'about slurm', publishedAt: ago(hours) }),
    ),
    aPost('open:passing', { author: passer, text: 'voruebergehend slurm', audience: 'unindexed', publishedAt: ago(6) }),
    aPost('open:answer', { publishedAt: ago(1.5), replyTo: { ...unseen, externalId: 's:plain' } }),
  ])
  await save(blog, [aPost('blog:1', { publishedAt: ago(24 * 120) })])
  await save(channel, burst(ago(30)))
  await save(channel, [], { deleted: ['line-3'] })
  await database.db.execute(sql`update sources set last_success_at = now(), next_run_at = now() + interval '1 hour'`)
  while ((await indexPosts()) > 0);
  const rows = await database.db.select({ id: posts.id, externalId: posts.externalId }).from(posts)
  const idOf = (externalId: string) => rows.find((row) => row.externalId === externalId)?.id ?? 0
  const next = Math.max(...rows.map(({ id }) => id)) + 1
  // What is planted gets the numbers that follow.
  const planted = Array.from({ length: 12 }, (_, index) => next + index)
  talked = rows.map(({ id }) => [id, 0])
  pages = addresses({
    known: ['open:answer', 'open:3', 'open:4', 'open:5', 'open:26', 'blog:1', 'line-0', 'line-3', 'line-5'].map(idOf),
    planted,
  })

  before = await answers(pages)
  const page = await startWeb({ DATABASE_URL: database.url })
  const stream = await watch(page.port)
  await waitUntil(() => stream.lastId() !== '')
  const place = stream.lastId()

  const room = await heldSource('Geheimtext room', { platform: 'slack', audience: 'members', firstReadAt: ago(1) })
  const other = await heldSource('Geheimtext list', { platform: 'mastodon', audience: 'members', firstReadAt: ago(1) })
  const share = { externalId: 'boost', by: { ...shy, avatar: rack }, at: ago(1).toISOString() }
  const replyTo = { state: 'shown' as const, externalId: 'open:4', url: null, author: null, text: null, rootExternalId: null }
  const { quoted } = await import('#tests/support/shapes')
  await save(open, [
    secret('s:plain'),
    secret('s:old', { publishedAt: ago(24 * 300) }),
    secret('s:answer', { replyTo }),
    secret('s:quote', { quote: { ...quoted, externalId: 'open:5' } }),
    nobodys('s:withheld', { audience: 'withheld' }),
    nobodys('s:deleted'),
    { ...aPost('open:3', { tags: ['hpc'], badges: ['Question'], text: 'about slurm', publishedAt: ago(1) }), audience: 'members', share },
  ])
  await save(blog, [secret('s:blog', { publishedAt: ago(1) })])
  await save(open, [], { deleted: ['s:deleted'] })
  await save(open, [], { authors: [{ authorId: 'id:hidden', change: 'hidden' }] })
  await save(open, [nobodys('s:hidden', { audience: 'public', author: { ...shy, id: 'id:hidden' } })])
  await save(open, [nobodys('s:left-out', { author: { ...shy, id: 'id:left-out' } })])
  await withhold({ kind: 'author', platform: 'mastodon', key: 'id:left-out', address: null }, 'asked', new Date())
  // Dropped before it is stored; what is here stays as it was.
  await save(open, [nobodys('s:left-out-later', { author: { ...shy, id: 'id:left-out' } })])
  await save(
    room,
    burst(ago(1), { ...secret('x'), conversation: { key: 'T/C', title: '#geheimtext', silenceMinutes: 60 } }, 'room').slice(0, 4),
  )
  await save(other, [aPost('open:never', { audience: 'members' })])
  await database.db.execute(sql`
    insert into sightings (post_id, source_id, share_id, share, rule, fetched_at)
    values (${idOf('open:5')}, ${other.source.id}, 'other boost', ${JSON.stringify(share)}::jsonb, 'geheimtext', now())`)
  await database.db.execute(sql`update sources set last_success_at = now(), next_run_at = now() + interval '1 hour'`)
  while ((await indexPosts()) > 0);
  // Said to everybody at last, so that the wait for it ends: what came before it was not told.
  after = await answers(pages)
  owned = await answers(Object.fromEntries(Object.entries(pages).map(([route, some]) => [route, some.slice(-OWNED)])), true)
  membered = await membersAnswers(pages)
  await save(open, [aPost('open:last', { publishedAt: new Date() })])
  await stream.until(({ event }) => event === 'new')
  // What an owner did meanwhile may have made a source that everybody knows: how that fares is told, and of no other.
  const known = new Set((await sourcesKnownTo({ role: 'anonymous' })).map(({ id }) => id))
  told = stream.told.filter(
    ({ event, data }) => event !== 'health' || !known.has(Number(new Map(Object.entries(data ?? {})).get('source'))),
  )
  expect(stream.wire()).not.toMatch(NEEDLE)
  expect(stream.wire().split(`id: ${place}`)[1]).not.toMatch(/event: (?!new|health)/)
  stream.close()
  await page.stop()
}, 600_000)

let web: Web | null = null
afterAll(() => web?.stop())

/** Of every page and route of `app`, and of what the web process answers itself, the addresses to ask. */
function addresses({ known, planted }: { known: number[]; planted: number[] }): Record<string, string[]> {
  const filters = [
    ...[
      '',
      'platform=mastodon',
      'platform=slack',
      'source=1',
      'source=4',
      'source=5',
      'person=mastodon:id:ada',
      'person=mastodon:id:nobody',
      'person=mastodon:id:passer',
    ],
    ...[`person=${encodeURIComponent(`mastodon:${shy.id}`)}`, 'tag=hpc', 'tag=verschwiegen', 'flair=Question', 'flair=verschwiegen'],
    ...[
      'starred=1',
      'reposts=only',
      'reposts=none',
      `before=${NOW}-9`,
      `after=${NOW - 9 * HOUR}-9`,
      `at=${NOW - 5 * HOUR}-3`,
      'order=oldest',
    ],
    ...['platform=mastodon&tag=hpc&flair=Question', 'limit=1'],
  ]
  const searches = ['slurm', 'verschwiegen', 'versch*', '-slurm', 'has:image', 'lang:is', 'from:shy', '#verschwiegen', 'platform:mastodon']
  const asked = [...searches, 'source:"Geheim"', 'source:open', `after:${day(72)}`].map((text) => `q=${encodeURIComponent(text)}`)
  const machine = (path: string) => [...filters, ...asked].map((query) => `${path}?${query}`)
  const ids = [...known, ...planted]
  const days = [0, 24, 24 * 120, 24 * 300].map(day)
  return {
    'page.tsx': filters.map((query) => `/?${query}`),
    'about/page.tsx': ['/about'],
    'account/delete/route.ts': ['/account/delete'],
    'account/export/route.ts': ['/account/export'],
    'account/claims/route.ts': ['/account/claims'],
    'account/feeds/route.ts': ['/account/feeds'],
    'account/leave/route.ts': ['/account/leave'],
    'account/page.tsx': ['/account'],
    'activity/page.tsx': ['/activity'],
    'api/gaps/route.ts': [`/api/gaps?from=${ago(99).toISOString()}`],
    'api/health/route.ts': ['/api/health'],
    'api/place/route.ts': ['/api/place'],
    'api/posts/route.ts': machine('/api/posts'),
    'api/sources/route.ts': ['/api/sources'],
    'api/unread/route.ts': ['POST /api/unread'],
    'atom.xml/route.ts': machine('/atom.xml'),
    'audit/page.tsx': ['/audit'],
    'auth/callback/route.ts': ['/auth/callback?code=x&state=y'],
    'day/[date]/page.tsx': days.flatMap((date) => [`/${date.replaceAll('-', '/')}`, `/day/${date}?tag=hpc`]),
    'day/route.ts': [`/day?date=${day(0)}`],
    'digest/page.tsx': ['/digest', '/digest?platform=mastodon,slack', '/digest?tag=verschwiegen'],
    'digest/[date]/page.tsx': days.map((date) => `/digest/${date}`),
    'digest/mail/page.tsx': ['/digest/mail', '/digest/mail?source=4'],
    'digest/ask/route.ts': ['POST /digest/ask'],
    'digest/change/route.ts': ['POST /digest/change'],
    'digest/returned/route.ts': ['POST /digest/returned', '/digest/returned'],
    'digest/subscription/page.tsx': ['/digest/subscription', '/digest/subscription?t=none'],
    'unsubscribe/route.ts': ['/unsubscribe?t=none', 'POST /unsubscribe'],
    'digest.txt/route.ts': ['/digest.txt'],
    'digest-text/[date]/route.ts': days.map((date) => `/digest/${date}.txt`),
    'digest.xml/route.ts': ['/digest.xml', '/digest.xml?platform=slack'],
    'feed.json/route.ts': machine('/feed.json'),
    'keys/page.tsx': ['/keys'],
    'late/page.tsx': [`/late?entries=${ids.join(',')}`],
    'manifest.ts': ['/manifest.webmanifest'],
    'mute/page.tsx': ['/mute', '/mute?source=4', `/mute?person=${encodeURIComponent(`mastodon:${shy.id.slice(0, 6)}`)}`],
    'offline/page.tsx': ['/offline'],
    'p/[id]/page.tsx': ids.map((id) => `/p/${id}`),
    'opt-out/page.tsx': ['/opt-out', '/opt-out?code=backplane-none', ...ids.map((id) => `/opt-out?post=${id}`)],
    'opt-out/ask/route.ts': ids.map((id) => `POST /opt-out/ask address=/p/${id}&wish=post`),
    'opt-out/check/route.ts': ['POST /opt-out/check code=backplane-none'],
    'preferences/route.ts': ['/preferences'],
    'report/page.tsx': ['/report', ...planted.map((id) => `/report?post=${id}`)],
    'report/send/route.ts': planted.map((id) => `POST /report/send post=${id}&words=spam`),
    'requests/page.tsx': ['/requests'],
    'requests/decide/route.ts': ['POST /requests/decide request=1'],
    'robots.txt/route.ts': ['/robots.txt'],
    'rss.xml/route.ts': machine('/rss.xml'),
    'search/page.tsx': ['/search', ...asked.map((query) => `/search?${query}`)],
    'search/suggestions/route.ts': ['/search/suggestions'],
    'settings/page.tsx': ['/settings'],
    'sign-in/enter/route.ts': ['/sign-in/enter'],
    'sign-in/link/page.tsx': ['/sign-in/link?token=none'],
    'sign-in/page.tsx': ['/sign-in', '/sign-in?sent=1', '/sign-in?problem=link'],
    'sign-in/send/route.ts': ['/sign-in/send'],
    'sign-in/with/route.ts': ['/sign-in/with'],
    'setup/page.tsx': ['/setup'],
    'sources/change/route.ts': ['POST /sources/change do=pause&source=1'],
    'sources/export/route.ts': ['/sources/export'],
    'sources/new/add/route.ts': ['POST /sources/new/add yaml=r/hpc'],
    'sources/new/look/route.ts': ['POST /sources/new/look what=r/hpc'],
    'sources/new/page.tsx': ['/sources/new', '/sources/new?added=1', '/sources/new?added=4'],
    'sources/page.tsx': ['/sources'],
    'submit/page.tsx': ['/submit', '/submit?problem=withdrawn&url=https%3A%2F%2Fexample.org'],
    'submit/send/route.ts': ['POST /submit/send'],
    'people/[slug]/page.tsx': ['/people/shy', '/people/ada'],
    'people/unlink/route.ts': ['POST /people/unlink', '/people/unlink'],
    'sources/[id]/page.tsx': [1, 2, 3, 4, 5].map((id) => `/sources/${id}`),
    'sources/run/route.ts': ['POST /sources/run', '/sources/run'],
    'status/page.tsx': ['/status'],
    'status.atom/route.ts': ['/status.atom'],
    'status.json/route.ts': ['/status.json'],
    // The web process itself.
    media: ids.flatMap((id) => [rack, 'https://pictures.example/none.png'].map((url) => mediaAddress(id, url))),
    elsewhere: [
      ...['/rss.xml', '/atom.xml', '/feed.json'].map((feed) => `${feed}?feed=made-up&q=verschwiegen`),
      '/metrics',
      '/sitemap.xml',
      '/sw.js',
      '/p/none',
      '/members',
      '/_next/data',
      `/p/${planted[0]}?_rsc=1`,
    ],
  }
}

/** Asks all of it of a web process that was never asked before, so that no number is one that it remembers. */
async function answers(asked: Record<string, string[]>, asOwner = false): Promise<Map<string, Got>> {
  web = await startWeb({ DATABASE_URL: database.url })
  const { port, dataDir } = web
  const key: Record<string, string> = asOwner ? { authorization: `Bearer ${ownerKey(dataDir)}` } : {}
  const all = new Map<string, Got>()
  for (const address of Object.values(asked).flat()) {
    const [, path, form] = /^POST (\S+)(?: (.*))?$/.exec(address) ?? []
    const reading = { upTo: '0-0', sources: [], spans: [], exceptions: [], talks: talked, line: `${NOW}-0`, since: 0, begun: 0 }
    const sent = path ? (form ?? JSON.stringify(reading)) : ''
    const headers: Record<string, string> = { host: 'localhost', ...key, ...(path && { 'content-length': String(sent.length) }) }
    all.set(address, await get(port, path ?? address, headers, path ? 'POST' : 'GET', sent))
  }
  await web.stop()
  web = null
  return all
}

/** What stands in another member's account, and in nobody else's answers. */
const ANOTHERS = /fremdes-konto/i

/** Asks of a community's instance what a member asks who is signed in. Another one has an account there, full of things of theirs. */
async function membersAnswers(asked: Record<string, string[]>): Promise<Map<string, Got>> {
  const env = { DATABASE_URL: database.url, AUTH_SECRET: 'a secret that is long enough for a test' }
  await inviteAccount('olga@board.example', 'owner')
  const other = await inviteAccount('fremdes-konto@board.example', 'member')
  await savePreferences(other.id, { mutes: [{ what: 'word', keys: ['fremdes-konto'], name: 'fremdes-konto', until: null, hard: false }] })
  await makeFeedKey(other.id, 'fremdes-konto')
  const claimed = {
    platform: 'mastodon',
    authorId: 'fremdes-konto@social.example',
    who: 'fremdes-konto',
    handle: '@fremdes-konto',
    url: null,
  }
  await keepClaim(other.id, { ...claimed, code: 'fremdes-konto-code', expiresAt: new Date(Date.now() + 86_400_000) }, new Date())
  web = await startCommunity(env)
  // As many as it takes to ask all of it within the limits of each.
  const cookies = await Promise.all(
    Array.from({ length: 4 }, (_, nth) => signedIn({ port: web?.port ?? 0 }, `member${nth}@board.example`, 'member', env)),
  )
  const all = new Map<string, Got>()
  for (const [nth, address] of Object.values(asked)
    .flatMap((some) => some.slice(-OWNED))
    .filter((one) => !one.startsWith('POST '))
    .entries())
    all.set(address, await get(web.port, address, { host: HOST, cookie: cookies[nth % cookies.length] ?? '' }))
  await web.stop()
  web = null
  return all
}

async function waitUntil(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10))
}

/**
 * Without what is different at every asking: nonces, the time of the answer, how long ago it is that a source was read, and
 * in which order Next sends the parts of a page, which its scripts tell once more.
 */
function plain({ status, headers, text }: Got): string {
  const { date: _, 'content-security-policy': policy = '', etag: __, ...others } = headers
  const parts = text.startsWith('<!DOCTYPE html>')
    ? text
        .replace(/<script\b.*?<\/script>/gs, '')
        .split('<')
        .toSorted()
        .join('<')
    : text
  return `${status} ${JSON.stringify(others)}\n${parts}`
    .replaceAll(/'nonce-([^']+)'/.exec(policy)?.[1] ?? 'no nonce', 'nonce')
    .replace(/\b(?:data-now="?|"?at"?:|data-now\\?":)\d{13}/g, 'now')
    .replace(/\b\d+ (?:s|min) ago|in \d+ (?:min|h)\b/g, 'ago')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (instant) => (Date.parse(instant) > NOW - 60_000 ? 'now' : instant))
    .replace(/\d\d:\d\d:\d\d(?:\.\d+)?/g, 'clock')
    .replace(/backplane-[a-z2-9]{12}\b/g, 'a new code')
}

test('every page and route of the program is asked', () => {
  const files = readdirSync(APP, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /^(?:page|route|manifest|sitemap|robots|(?:opengraph|twitter)-image|icon|apple-icon)\.tsx?$/.test(
      file.slice(file.lastIndexOf('/') + 1),
    ),
  )
  expect(
    Object.keys(pages)
      .filter((route) => dirname(route) !== '.' || /\.tsx?$/.test(route))
      .toSorted(),
  ).toEqual(files.toSorted())
})

test('no answer says a word of what is not for everybody', () => {
  expect([...after].filter(([, { text, headers }]) => NEEDLE.test(text + JSON.stringify(headers))).map(([address]) => address)).toEqual([])
})

test('what is deleted, withheld, hidden or left out is for nobody: an owner, who sees all else, finds no word of it either', () => {
  const told = [...owned, ...after].filter(([, { text, headers }]) => NOBODYS.test(text + JSON.stringify(headers)))
  expect(told.map(([address]) => address)).toEqual([])
  expect([...owned].filter(([, { text }]) => /verschwiegen geheimtext/i.test(text)).length).toBeGreaterThan(5)
})

test('a member finds what is among members, nothing that is nobody’s, and nothing of another member’s account', () => {
  const told = (trace: RegExp) =>
    [...membered].filter(([, { text, headers }]) => trace.test(text + JSON.stringify(headers))).map(([address]) => address)
  expect(told(NOBODYS)).toEqual([])
  expect(told(ANOTHERS)).toEqual([])
  expect(told(/verschwiegen geheimtext/i).length).toBeGreaterThan(5)
  const faults = [...membered].filter(([address, { status }]) => isFault(address, status) || status === 429)
  expect(faults.map(([address]) => address)).toEqual([])
})

test('what is said in passing is in no feed, no search and nothing for programs', () => {
  const kept = [...after].filter(([address]) => /^\/(?:api\/posts|rss|atom|feed|search|digest\.xml)/.test(address))
  expect(kept.filter(([, { text }]) => PASSING.test(text)).map(([address]) => address)).toEqual([])
  expect(after.get('/?')?.text).toMatch(PASSING)
})

test('every answer is the same as before it came, to the last number', () => {
  const told = [...after].flatMap(([address, got]) => difference(address, plain(before.get(address) ?? got), plain(got)))
  expect(told).toEqual([])
  expect(after.size).toBeGreaterThan(150)
})

/** What is late is unhealthy, and says so; a picture whose host cannot be reached is that host's fault. */
function isFault(address: string, status: number): boolean {
  if (address.startsWith('/media/')) return status === 500
  return status >= 500 && address !== '/api/health'
}

/** Where two texts part, with a few words around it; a page is too long to be shown. */
function difference(address: string, one: string, other: string): string[] {
  if (one === other) return []
  const at = [...one].findIndex((letter, index) => letter !== other[index])
  return [one, other].map((text) => `${address}: …${text.slice(Math.max(0, at - 80), at + 80)}…`)
}

test('nothing is answered with a fault', () => {
  expect([...after].filter(([address, { status }]) => isFault(address, status)).map(([address]) => address)).toEqual([])
})

test('an open page is told nothing of it', () => {
  expect(told).toHaveLength(1)
  expect(told[0]).toMatchObject({ event: 'new', data: { entries: [{ platform: 'mastodon', source: 1 }] } })
})
