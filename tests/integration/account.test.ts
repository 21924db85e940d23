import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { saveBatch } from '#db/save-batch'
import { emptyState, markRead, merge, type ReaderState, stateFrom } from '#lib/reading/reader-state'
import { builtPages } from '#tests/support/build'
import { HOST, linkOf, PUBLIC_URL, post, runOwner, signedIn, signInBy, startCommunity } from '#tests/support/community'
import { testDatabase } from '#tests/support/database'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { get, type Web } from '#tests/support/web'

/** What is kept for an account: the same on every device, for nobody else, and gone when its reader says so. */
const database = testDatabase()
let web: Web
let env: { [name: string]: string }

beforeAll(async () => {
  await builtPages()
  env = { DATABASE_URL: database.url, AUTH_SECRET: 'a secret that is long enough for a test' }
  await runOwner(['olga@board.example'], env)
  const room = await heldSource('A room', { platform: 'slack', audience: 'members', firstReadAt: new Date(0) })
  const said = Array.from({ length: 3 }, (_, index) => aPost(`room:${index}`, { title: 'geheimtext', audience: 'members' }))
  await saveBatch(room.source, room.holder, aBatch(said), new Date())
  web = await startCommunity({ ...env, TRUST_PROXY: '1' })
}, 400_000)

afterAll(() => web?.stop())

const ask = (path: string, cookie = '') => get(web.port, path, { host: HOST, ...(cookie && { cookie }) })
const member = (email = 'mara@board.example') => signedIn(web, email, 'member', env)

/** Tells the account what a browser knows, and returns what it knows then. */
async function exchange(cookie: string, state: ReaderState): Promise<{ status: number; state: ReaderState }> {
  const body = JSON.stringify(state)
  const headers = { host: HOST, cookie, 'sec-fetch-site': 'same-origin', 'content-length': String(Buffer.byteLength(body)) }
  const { status, text } = await get(web.port, '/api/place', headers, 'POST', body)
  return { status, state: status === 200 ? stateFrom(JSON.parse(text)) : emptyState }
}

const read = (entry: string) => markRead(emptyState, { entry, place: `170000000000${entry}-${entry}`, source: '1' })

describe('the place', () => {
  test('is the same on every device, whoever tells first', async () => {
    const [desk, phone] = [await member(), await member()]
    await exchange(desk, read('1'))
    const { state } = await exchange(phone, read('2'))
    expect(state).toEqual(merge(read('1'), read('2')))
    expect((await exchange(desk, emptyState)).state).toEqual(state)
  })

  test('loses nothing of what devices tell at the same moment', async () => {
    const cookie = await member('busy@board.example')
    const told = ['1', '2', '3', '4', '5', '6'].map(read)
    await Promise.all(told.map((one) => exchange(cookie, one)))
    expect((await exchange(cookie, emptyState)).state).toEqual(told.reduce(merge))
  })

  test('is each reader’s own, and nobody’s who is not signed in', async () => {
    const other = await member('other@board.example')
    expect((await exchange(other, emptyState)).state).toEqual(emptyState)
    expect((await exchange('', read('1'))).status).toBe(401)
    const crossed = await get(
      web.port,
      '/api/place',
      { host: HOST, cookie: other, 'sec-fetch-site': 'cross-site', 'content-length': '2' },
      'POST',
      '{}',
    )
    expect(crossed.status).toBe(403)
  })

  test.each(['', 'nonsense', '[]', '"x"', '{"version":1,"sources":7}'])('takes no harm from %j', async (body) => {
    const cookie = await member('odd@board.example')
    await exchange(cookie, read('3'))
    const headers = { host: HOST, cookie, 'sec-fetch-site': 'same-origin', 'content-length': String(body.length) }
    const { status } = await get(web.port, '/api/place', headers, 'POST', body)
    expect([200, 400]).toContain(status)
    expect((await exchange(cookie, emptyState)).state).toEqual(read('3'))
  })
})

describe('preferences', () => {
  const change = (cookie: string, fields: { [name: string]: string }) => post(web.port, '/preferences', fields, { cookie })
  const mute = { do: 'mute', what: 'word', key: 'exascale', for: 'ever', how: 'fold' }

  test('are the same on every device, and no cookie', async () => {
    const [desk, phone] = [await member('pref@board.example'), await member('pref@board.example')]
    const done = await change(desk, mute)
    expect([done.status, done.headers['set-cookie']]).toEqual([303, undefined])
    expect((await ask('/settings', phone)).text).toContain('exascale')
    expect((await ask('/settings')).text).not.toContain('exascale')
  })

  test('move from the browser into the account when its reader signs in', async () => {
    const anonymous = (await change('', mute)).headers['set-cookie']?.split(';')[0] ?? ''
    expect((await ask('/settings', anonymous)).text).toContain('exascale')
    const link = await linkOf('mover@board.example', 'member', env)
    const token = new URL(link, PUBLIC_URL).searchParams.get('token') ?? ''
    const { headers } = await post(web.port, '/sign-in/enter', { token }, { cookie: anonymous })
    expect(headers['set-cookie']).toMatch(new RegExp(`${anonymous.split('=')[0]}=;[^,]*Max-Age=0`))
    const elsewhere = await member('mover@board.example')
    expect((await ask('/settings', elsewhere)).text).toContain('exascale')
  })

  test('of the account stay, where there are some', async () => {
    const cookie = await member('has@board.example')
    await change(cookie, { ...mute, key: 'quantum' })
    const anonymous = (await change('', mute)).headers['set-cookie']?.split(';')[0] ?? ''
    const link = await linkOf('has@board.example', 'member', env)
    const token = new URL(link, PUBLIC_URL).searchParams.get('token') ?? ''
    await post(web.port, '/sign-in/enter', { token }, { cookie: anonymous })
    const { text } = await ask('/settings', cookie)
    expect(text).toContain('quantum')
    expect(text).not.toContain('exascale')
  })
})

describe('feeds', () => {
  /** Makes an address and returns its key, as its page shows it. */
  async function makeFeed(cookie: string, name = 'office'): Promise<string> {
    const { headers } = await post(web.port, '/account/feeds', { name }, { cookie })
    const made = headers['set-cookie']?.split(';')[0] ?? ''
    const { text } = await ask('/account', `${cookie}; ${made}`)
    return /atom\.xml\?feed=([\w-]+)/.exec(text)?.[1] ?? ''
  }

  test('of a member show what the member may read, to whom the address is given', async () => {
    const key = await makeFeed(await member('feeds@board.example'))
    expect(key).toMatch(/^[\w-]{32}$/)
    for (const path of ['/atom.xml', '/rss.xml', '/feed.json']) {
      const { status, text, headers } = await ask(`${path}?feed=${key}`)
      expect([path, status]).toEqual([path, 200])
      expect(text).toContain('geheimtext')
      expect(headers['cache-control']).toBe('private, no-cache')
      expect(headers['x-robots-tag']).toContain('noindex')
      expect((await ask(path)).text).not.toContain('geheimtext')
    }
  })

  test('lead on to older pages with the same key', async () => {
    const key = await makeFeed(await member('feeds@board.example'))
    const { text } = await ask(`/feed.json?limit=1&feed=${key}`)
    expect(JSON.parse(text).next_url).toContain(`feed=${key}`)
    expect(JSON.parse(text).home_page_url).not.toContain(key)
  })

  test('open nothing but feeds, and nothing at all once they are ended', async () => {
    const cookie = await member('ended@board.example')
    const key = await makeFeed(cookie)
    for (const path of ['/', '/api/posts', '/account/export', '/api/live']) {
      if (path !== '/api/live') expect((await ask(`${path}?feed=${key}`)).text).not.toContain('geheimtext')
    }
    const id = /name="revoke" value="(\d+)"/.exec((await ask('/account', cookie)).text)?.[1] ?? ''
    // Not by somebody else.
    await post(web.port, '/account/feeds', { revoke: id }, { cookie: await member('other@board.example') })
    expect((await ask(`/atom.xml?feed=${key}`)).status).toBe(200)
    await post(web.port, '/account/feeds', { revoke: id }, { cookie })
    expect((await ask(`/atom.xml?feed=${key}`)).status).toBe(403)
    expect((await ask('/atom.xml?feed=guessed')).status).toBe(403)
  })

  test('end with the membership', { timeout: 120_000 }, async () => {
    const key = await makeFeed(await member('leaving@board.example'))
    await runOwner(['--remove', 'leaving@board.example'], env)
    expect((await ask(`/atom.xml?feed=${key}`)).status).toBe(403)
  })

  test('stand in the database as hashes, and no more than twenty of one account', { timeout: 120_000 }, async () => {
    const cookie = await member('many@board.example')
    const keys: string[] = []
    for (let made = 0; made < 21; made++) keys.push(await makeFeed(cookie))
    expect(keys.filter(Boolean)).toHaveLength(20)
    const stored = JSON.stringify(await database.db.execute(sql`select * from feed_keys`))
    for (const key of keys.filter(Boolean)) expect(stored).not.toContain(key)
  })
})

describe('what is kept', () => {
  test('is told whole to whom it is of, without anything that opens', async () => {
    const cookie = await member('export@board.example')
    await exchange(cookie, read('4'))
    await post(web.port, '/preferences', { do: 'mute', what: 'word', key: 'exascale', for: 'ever', how: 'fold' }, { cookie })
    await post(web.port, '/account/feeds', { name: 'office' }, { cookie })
    const { text, headers } = await ask('/account/export', cookie)
    expect(headers['content-disposition']).toContain('attachment')
    const kept = JSON.parse(text)
    expect(kept).toMatchObject({
      account: { email: 'export@board.example', role: 'member' },
      place: JSON.parse(JSON.stringify(read('4'))),
      preferences: { mutes: [{ keys: ['exascale'] }] },
      feeds: [{ name: 'office' }],
    })
    expect(kept.sessions.length).toBeGreaterThan(0)
    const [row] = await database.db.execute<{ secrets: string }>(
      sql`select string_agg(hash, ',') || ',' || (select string_agg(token, ',') from sessions) as secrets from feed_keys`,
    )
    for (const secret of row?.secrets.split(',') ?? []) expect(text).not.toContain(secret)
    expect((await ask('/account/export')).headers.location).toBe('/sign-in')
  })

  test('is deleted with the account, everywhere at once', { timeout: 120_000 }, async () => {
    const email = 'delete@board.example'
    const [desk, phone] = [await member(email), await member(email)]
    await exchange(desk, read('5'))
    await post(web.port, '/account/feeds', { name: 'office' }, { cookie: desk })
    const left = await linkOf(email, 'member', env)
    expect((await post(web.port, '/account/delete', {}, { cookie: desk })).headers.location).toContain('problem=sure')
    expect((await ask('/', desk)).text).toContain('geheimtext')
    const done = await post(web.port, '/account/delete', { sure: '1' }, { cookie: desk })
    expect(done.headers['clear-site-data']).toBe('"storage"')
    for (const cookie of [desk, phone]) expect((await ask('/', cookie)).text).not.toContain('geheimtext')
    await expect(signInBy(web.port, left)).rejects.toThrow('problem=link')
    const tables = await database.db.execute<{ name: string }>(sql`select tablename as name from pg_tables where schemaname = 'public'`)
    for (const { name } of tables) {
      const found = await database.db.execute(sql`select 1 from ${sql.identifier(name)} t where t::text ilike ${`%${email}%`}`)
      expect([name, found.length]).toEqual([name, 0])
    }
  })

  test('of the only owner stays: somebody has to manage', async () => {
    const cookie = await signedIn(web, 'olga@board.example', 'owner', env)
    expect((await post(web.port, '/account/delete', { sure: '1' }, { cookie })).headers.location).toContain('problem=only')
    expect((await ask('/account', cookie)).status).toBe(200)
  })
})
