import { createHash } from 'node:crypto'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { inviteAccount } from '#db/accounts'
import { removePosts } from '#db/remove-posts'
import { saveBatch } from '#db/save-batch'
import { posts } from '#db/schema'
import { sources } from '#db/sources-schema'
import { cookieNames, encodePreferences } from '#lib/reading/preference-cookies'
import { defaultPreferences } from '#lib/reading/preferences'
import { builtPages } from '#tests/support/build'
import { HOST, PUBLIC_URL, signedIn, startCommunity } from '#tests/support/community'
import { testDatabase } from '#tests/support/database'
import { eventually } from '#tests/support/eventually'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { type Got, get, startWeb, type Web } from '#tests/support/web'

/** Pages of a community that are made once for everybody who is not signed in. */
const database = testDatabase()
const AUTH_SECRET = 'a secret that is long enough for a test'
const LONG_AGO = new Date('2026-01-01T00:00:00Z')
let web: Web
let env: { [name: string]: string }
let member: string
let room: Awaited<ReturnType<typeof heldSource>>
let blog: Awaited<ReturnType<typeof heldSource>>

beforeAll(async () => {
  await builtPages()
  env = { DATABASE_URL: database.url, AUTH_SECRET }
  await inviteAccount('olga@board.example', 'owner')
  room = await heldSource('A room', { platform: 'slack', audience: 'members', firstReadAt: LONG_AGO })
  blog = await heldSource('A blog', { platform: 'feed', firstReadAt: LONG_AGO })
  await saveBatch(
    room.source,
    room.holder,
    aBatch([aPost('room:1', { title: 'geheimtitel', text: 'geheimtext', audience: 'members' })]),
    new Date(),
  )
  await saveBatch(blog.source, blog.holder, aBatch([aPost('one', { text: 'offentext' })]), new Date())
  web = await startCommunity({ ...env, TRUST_PROXY: '1' })
  member = await signedIn(web, 'mia@board.example', 'member', env)
}, 400_000)
afterAll(() => web?.stop())

/** What is kept is let go of after ten seconds, and a test may take longer to begin: each asks for an address of its own. */
let asked = 0
let address: string
beforeEach(() => {
  address = `/?test=${++asked}`
})

let from = 0
const ask = (path: string, headers: { [name: string]: string } = {}, method = 'GET') =>
  get(web.port, path, { host: HOST, 'x-forwarded-for': `198.51.100.${from++ % 250}`, ...headers }, method)

/** How many answers were kept ones, and how many were made. */
async function counts(): Promise<{ kept: number; made: number }> {
  const { text } = await get(web.port, '/metrics', { host: '127.0.0.1' })
  const number = (how: string) => Number(new RegExp(`^backplane_kept_pages_total\\{how="${how}"\\} (\\d+)`, 'm').exec(text)?.[1])
  return { kept: number('kept'), made: number('made') }
}

/** What `work` adds to the counts. */
async function counted(work: () => Promise<unknown>): Promise<{ kept: number; made: number }> {
  const before = await counts()
  await work()
  const after = await counts()
  return { kept: after.kept - before.kept, made: after.made - before.made }
}

/** Changes what stands on pages without a word to anybody, as nothing that is kept would notice. */
const changeUnsaid = (text: string) =>
  database.db
    .update(posts)
    .set({ text, html: sql`${text}` })
    .where(eq(posts.externalId, 'one'))

describe('a page for everybody', () => {
  test('is made once, and shown to all who ask for it', async () => {
    expect(await counted(() => Promise.all([ask(address), ask(address), ask(address)]))).toEqual({ kept: 0, made: 1 })
    const bodies: string[] = []
    const added = await counted(async () => {
      const strangers: { [name: string]: string }[] = [{}, { cookie: 'position-443=1.1' }, { 'user-agent': 'another' }]
      for (const headers of strangers) bodies.push((await ask(address, headers)).text)
    })
    expect(added).toEqual({ kept: 3, made: 0 })
    expect(new Set(bodies).size).toBe(1)
    expect(bodies[0]).toContain('offentext')
  })

  test.each([
    '/',
    '/sources',
    '/activity',
    '/about',
    '/status',
    '/keys',
    '/search?q=offentext',
    '/atom.xml',
    '/rss.xml',
    '/feed.json',
    '/api/posts',
  ])('%s is one', async (path) => {
    const own = `${path}${path.includes('?') ? '&' : '?'}test=${asked}`
    const first = await ask(own)
    expect(await counted(() => ask(own))).toEqual({ kept: 1, made: 0 })
    expect(first.status).toBe(200)
    expect(first.headers['cache-control']).toBe('public, max-age=0, must-revalidate, s-maxage=1, stale-while-revalidate=9')
    expect(first.headers.vary).toBe('Accept-Encoding, Cookie, Authorization, RSC')
    expect(first.headers['x-robots-tag']).toBe('noindex')
    expect(first.headers['backplane-reader']).toBe('anonymous')
  })

  test.each(['br', 'gzip'])('comes in %s, and says the same', async (encoding) => {
    const plain = await ask(address)
    const packed = await ask(address, { 'accept-encoding': encoding })
    expect(packed.headers['content-encoding']).toBe(encoding)
    expect(Number(packed.headers['content-length'])).toBe(packed.body.length)
    expect((encoding === 'br' ? brotliDecompressSync : gunzipSync)(packed.body).equals(plain.body)).toBe(true)
    expect(packed.headers.etag).toBe(plain.headers.etag)
  })

  test('is not sent again to who holds it, and HEAD says what GET would', async () => {
    const { headers, body } = await ask(address)
    const again = await ask(address, { 'if-none-match': headers.etag ?? '' })
    expect([again.status, again.body.length]).toEqual([304, 0])
    expect(again.headers.etag).toBe(headers.etag)
    expect((await ask(address, { 'if-none-match': 'W/"another"' })).status).toBe(200)
    const head = await ask(address, {}, 'HEAD')
    expect([head.status, head.body.length, head.headers['content-length']]).toEqual([200, 0, String(body.length)])
  })

  test('lets run what Next wrote into it, by hashes: no nonce is left', async () => {
    const { headers, text } = await ask(address)
    const scripts = /script-src ([^;]*)/.exec(headers['content-security-policy'] ?? '')?.[1] ?? ''
    const inline = [...text.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(([, content = '']) => content)
    expect(inline.length).toBeGreaterThan(0)
    for (const content of inline) expect(scripts).toContain(`'sha256-${createHash('sha256').update(content).digest('base64')}'`)
    expect(scripts.replace(/ 'sha256-[\w+/=]+'/g, '')).toBe("'self'")
    expect(`${text}${headers.link}`).not.toContain('nonce="')
    expect(headers['content-security-policy']).not.toContain('nonce')
  })

  test('is another in each zone', async () => {
    const berlin = await ask(address, { cookie: 'zone=Europe/Berlin' })
    expect(berlin.text).toContain('data-zone="Europe/Berlin"')
    expect((await ask(address, { cookie: 'zone=Asia/Tokyo' })).text).toContain('data-zone="Asia/Tokyo"')
    expect((await ask(address)).text).toContain('data-zone="UTC"')
    expect((await ask(address, { cookie: 'zone=Europe/Berlin' })).body.equals(berlin.body)).toBe(true)
  })
})

describe('never kept', () => {
  const chose = encodePreferences({ ...defaultPreferences, settings: { ...defaultPreferences.settings, theme: 'dark' } })?.[0] ?? ''
  const strangers: [string, () => { [name: string]: string }][] = [
    ['a member', () => ({ cookie: member })],
    ['a member whose browser also told its zone', () => ({ cookie: `zone=UTC; ${member}` })],
    ['somebody with preferences', () => ({ cookie: `${cookieNames(PUBLIC_URL)[0]}=${chose}` })],
    ['somebody with a cookie that nobody knows', () => ({ cookie: 'other=1' })],
    ['somebody with two zones', () => ({ cookie: 'zone=UTC; zone=Asia/Tokyo' })],
    ['Next’s own script', () => ({ rsc: '1' })],
  ]
  test.each(strangers)('the page of %s: it neither fills what is kept nor is it filled by it', async (_who, headers) => {
    const made = await counted(() => ask(address, headers()))
    expect(made).toEqual({ kept: 0, made: 0 })
    const { text } = await ask(address)
    expect(text).not.toContain('geheimtitel')
    expect(text).toContain('data-zone="UTC"')
    expect(await counted(() => ask(address, headers()))).toEqual({ kept: 0, made: 0 })
  })

  test('a member sees what is for members also where the page for everybody is kept, and nobody else ever does', async () => {
    for (const path of ['/', '/api/posts', '/atom.xml', '/search?q=geheimtext', '/sources']) {
      const own = `${path}${path.includes('?') ? '&' : '?'}test=${asked}`
      await ask(own)
      const theirs = await ask(own, { cookie: member })
      expect(theirs.headers['cache-control']).toMatch(/^private\b.*no-store/)
      expect((await ask(own)).text).not.toContain('geheimtitel')
      if (path === '/' || path.startsWith('/api')) expect(theirs.text).toContain('geheimtitel')
      expect(theirs.headers['backplane-reader']).not.toBe('anonymous')
    }
  })

  test.each(['/p/999999', '/day/2026-13-45', '/sources/999999'])('%s, which is not there', async (path) => {
    const twice = await counted(async () => {
      for (let time = 0; time < 2; time++) {
        const { status, headers } = await ask(path)
        expect([status, headers['cache-control']]).toEqual([404, 'private, no-store'])
      }
    })
    expect(twice).toEqual({ kept: 0, made: 2 })
  })

  test.each([
    '/sign-in',
    '/settings',
    '/account',
    '/opt-out',
    '/submit',
    '/report?post=1',
    '/api/health',
    '/digest/subscription?token=x',
    '/atom.xml?feed=x',
  ])('%s, where somebody does something of their own', async (path) => {
    const added = await counted(async () => {
      expect((await ask(path)).headers['cache-control'] ?? '').not.toContain('public')
    })
    expect(added).toEqual({ kept: 0, made: 0 })
  })

  test('in personal mode, where whoever asks may be the owner', async () => {
    const own = await startWeb({ DATABASE_URL: database.url })
    try {
      const headers = { host: `127.0.0.1:${own.port}` }
      const [first, second] = [await get(own.port, '/', headers), await get(own.port, '/', headers)]
      expect(first.headers['content-security-policy']).toContain('nonce-')
      expect(first.headers['content-security-policy']).not.toBe(second.headers['content-security-policy'])
      expect(first.headers['cache-control']).not.toContain('public')
    } finally {
      await own.stop()
    }
  }, 60_000)
})

describe('what changed', () => {
  /** Until a page for everybody says (or no longer says) something: by itself, what is kept goes after ten seconds. Milliseconds. */
  async function until(holds: (got: Got) => boolean, withinMs = 6000): Promise<number> {
    const startedAt = performance.now()
    while (!holds(await ask(address))) if (performance.now() - startedAt > withinMs) throw new Error('it did not come about')
    return performance.now() - startedAt
  }

  /** Sees to it that the page is kept: what changes meanwhile without a word is not on it. Returns what changed so. */
  async function keptFirst(): Promise<string> {
    return eventually(async () => {
      const { text } = await ask(address)
      const unsaid = `unsaid ${++asked}`
      await changeUnsaid(unsaid)
      // What was saved a moment ago may be noticed only now.
      expect((await ask(address)).text).toBe(text)
      return unsaid
    })
  }

  test('a post that was saved stands on the page within a second', async () => {
    await keptFirst()
    const post = aPost('new', { text: 'newstext', publishedAt: new Date() })
    await saveBatch(blog.source, blog.holder, aBatch([post]), new Date())
    // A second, and what a slow machine takes to make a page.
    expect(await until(({ text }) => text.includes('newstext'))).toBeLessThan(5000)
  })

  test('also while others are saved all the time', async () => {
    let going = true
    const saving = (async () => {
      for (let number = 0; going; number++) {
        const post = aPost(`stream-${asked}-${number}`, { text: `streamtext-${asked}-${number}`, publishedAt: new Date() })
        await saveBatch(blog.source, blog.holder, aBatch([post]), new Date())
      }
    })()
    try {
      await until(({ text }) => text.includes(`streamtext-${asked}-`))
      const { text } = await ask(address)
      await until((got) => got.text !== text)
    } finally {
      going = false
      await saving
    }
  })

  const changes: [string, () => Promise<unknown>][] = [
    ['a post was deleted', () => database.db.transaction((tx) => removePosts(tx, 'feed', ['gone'], new Date()))],
    ['a post was withheld', () => database.db.update(posts).set({ audience: 'withheld' }).where(eq(posts.externalId, 'gone'))],
    ['a post became one for members', () => database.db.update(posts).set({ audience: 'members' }).where(eq(posts.externalId, 'gone'))],
    [
      'a source became one for members',
      () => database.db.update(sources).set({ audience: 'members' }).where(eq(sources.name, 'Other blog')),
    ],
    [
      'a source has another name',
      () =>
        database.db
          .update(sources)
          .set({ name: `Named ${asked}` })
          .where(eq(sources.key, 'Other blog')),
    ],
    ['a source was added', () => heldSource(`Added ${asked}`)],
  ]
  test.each(changes)('%s: everything kept is let go of', async (_what, change) => {
    await database.db.update(sources).set({ name: 'Other blog', audience: null }).where(eq(sources.key, 'Other blog'))
    const gone = await heldSource('Other blog', { platform: 'feed', firstReadAt: LONG_AGO })
    await database.db.execute(sql`delete from tombstones`)
    await database.db.delete(posts).where(eq(posts.externalId, 'gone'))
    await saveBatch(gone.source, gone.holder, aBatch([aPost('gone', { text: 'gonetext' })]), new Date())
    await until(({ text }) => text.includes('gonetext'), 15_000)
    const unsaid = await keptFirst()
    await change()
    await until(({ text }) => text.includes(unsaid))
  })

  test('a page that was begun before is not kept after', async () => {
    await keptFirst()
    // Holds the page up while it reads, until another post is saved.
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
    const { promise: locked, resolve: isLocked } = Promise.withResolvers<void>()
    const lock = database.db.transaction(async (tx) => {
      await tx.execute(sql`lock table breakdowns in access exclusive mode`)
      isLocked()
      await held
    })
    await locked
    address = `${address}&begun`
    const slow = ask(address)
    await new Promise((resolve) => setTimeout(resolve, 300))
    await saveBatch(
      blog.source,
      blog.holder,
      aBatch([aPost(`begun-${asked}`, { text: `beguntext ${asked}`, publishedAt: new Date() })]),
      new Date(),
    )
    letGo()
    await Promise.all([lock, slow])
    await until(({ text }) => text.includes(`beguntext ${asked}`))
  })

  test('what nobody tells of stands there for ten seconds at most', async () => {
    const unsaid = await keptFirst()
    await until(({ text }) => text.includes(unsaid), 15_000)
  })
})

test('a page that could not be made is kept for nobody', { timeout: 60_000 }, async () => {
  await database.db.execute(sql`alter table entries rename to entries_away`)
  try {
    expect((await ask(address)).headers['cache-control']).toBe('private, no-store')
  } finally {
    await database.db.execute(sql`alter table entries_away rename to entries`)
  }
  expect((await ask(address)).headers['cache-control']).toContain('public')
})

test('whoever asks too often is told so, also of what is kept', { timeout: 60_000 }, async () => {
  const often = { 'x-forwarded-for': '203.0.113.9' }
  let got = await ask(address, often)
  for (let time = 0; time < 600; time++) got = await ask(address, often)
  expect(got.status).toBe(429)
})
