import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { indexPosts } from '#db/index-posts'
import { saveBatch } from '#db/save-batch'
import { encodePreferences, setCookies } from '#lib/reading/preference-cookies'
import { defaultPreferences } from '#lib/reading/preferences'
import { builtPages } from '#tests/support/build'
import { testDatabase } from '#tests/support/database'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { type Got, get, startWeb, type Web } from '#tests/support/web'

/** What changes a reader's preferences, and the pages that show them, over HTTP. */
const database = testDatabase()
let web: Web

beforeAll(async () => {
  const { source, holder } = await heldSource('A blog', { platform: 'feed' })
  const posts = ['exascale', 'nothing'].map((word, index) =>
    aPost(word, { text: `On ${word}.`, publishedAt: new Date(Date.UTC(2026, 10, 22, 10, index)) }),
  )
  await saveBatch(source, holder, aBatch(posts), new Date('2026-11-22T12:00:00Z'))
  await builtPages()
  web = await startWeb({ DATABASE_URL: database.url })
}, 240_000)
afterAll(() => web?.stop())

/** Posts a form as a page of ours does; `headers` overrule. */
function post(fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Got & { cookies: string[] }> {
  const body = new URLSearchParams(fields).toString()
  const { promise, resolve, reject } = Promise.withResolvers<Got & { cookies: string[] }>()
  const asked = request(
    {
      port: web.port,
      host: '127.0.0.1',
      path: '/preferences',
      method: 'POST',
      agent: false,
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        'Content-Length': Buffer.byteLength(body),
        'Sec-Fetch-Site': 'same-origin',
        Origin: 'null',
        ...headers,
      },
    },
    async (response) => {
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk)
      const text = Buffer.concat(chunks).toString()
      const plain = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)]))
      const cookies = response.headers['set-cookie'] ?? []
      resolve({ status: response.statusCode ?? 0, headers: plain, body: Buffer.concat(chunks), text, cookies })
    },
  )
  asked.on('error', reject).end(body)
  return promise
}

/** The cookies as a browser sends them back. */
const kept = (cookies: string[]) =>
  cookies.flatMap((cookie) => (cookie.includes('Max-Age=0') ? [] : [cookie.slice(0, cookie.indexOf(';'))])).join('; ')
const page = (path: string, cookie = '') => get(web.port, path, cookie ? { cookie } : {})

describe('a form that changes a preference', () => {
  test('is kept in cookies of this port, and leads back', async () => {
    const { status, headers, cookies } = await post({ do: 'settings', theme: 'dark', back: '/?platform=feed,irc#l7' })
    expect(status).toBe(303)
    expect(headers.location).toBe('/?platform=feed,irc#l7')
    expect(headers['cache-control']).toBe('no-store')
    expect(cookies[0]).toMatch(new RegExp(`^preferences-${web.port}-1=1\\.1\\.[\\w-]+; Path=/; Max-Age=\\d+; HttpOnly; SameSite=Lax$`))
    expect((await page('/', kept(cookies))).text).toMatch(/<html[^>]* data-theme="dark"/)
    expect((await page('/')).text).not.toMatch(/<html[^>]* data-theme/)
  })

  test.each<[string, Record<string, string>]>([
    ['another site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['another port of this computer', { 'Sec-Fetch-Site': 'same-site', Origin: 'http://127.0.0.1:1' }],
    ['a link or a bookmark', { 'Sec-Fetch-Site': 'none' }],
  ])('is refused from %s', async (_, headers) => {
    const { status, cookies } = await post({ do: 'settings', theme: 'dark' }, headers)
    expect(status).toBe(403)
    expect(cookies).toEqual([])
  })

  test('is not changed by opening an address', async () => {
    const { status, headers } = await page('/preferences?do=settings&theme=dark')
    expect(status).toBeGreaterThanOrEqual(400)
    expect(headers['set-cookie']).toBeUndefined()
  })

  test('that is longer than any of ours is refused', async () => {
    expect((await post({ do: 'paste-views', snippet: 'x'.repeat(270_000) })).status).toBe(413)
  })

  test('leads nowhere else, whatever it asks for', async () => {
    for (const back of [
      'https://elsewhere.example/',
      '//elsewhere.example',
      '/..//elsewhere.example',
      '/\\elsewhere.example',
      'javascript:alert(1)',
    ])
      expect((await post({ do: 'forget', back })).headers.location).toBe('/settings')
  })

  test('that makes no sense changes nothing, and the page says why in words', async () => {
    const { headers, cookies } = await post({
      do: 'mute',
      what: 'word',
      key: 'x',
      for: 'date',
      until: '<b>',
      back: '/',
      mend: '/mute?word=x',
    })
    expect(cookies).toEqual([])
    expect(headers.location).toBe('/mute?word=x&problem=date')
    expect((await page(String(headers.location))).text).toContain('That is not a date.')
  })

  test('that finds no room says so, and loses nothing', async () => {
    const stars = Array.from({ length: 400 }, (_, index) => ({
      what: 'person' as const,
      key: `bluesky:did:plc:${crypto.randomUUID()}`,
      name: `P ${index}`,
    }))
    let many = stars
    while (!encodePreferences({ ...defaultPreferences, stars: many })) many = many.slice(1)
    const cookie = kept(setCookies(`http://127.0.0.1:${web.port}`, encodePreferences({ ...defaultPreferences, stars: many }) ?? []))
    // As full as can be, and the page still answers.
    expect((await page('/settings', cookie)).status).toBe(200)
    const snippet = `views:\n${Array.from({ length: 90 }, () => `  - {name: ${crypto.randomUUID()}, show: tag=${crypto.randomUUID()}}`).join('\n')}`
    const { headers, cookies } = await post({ do: 'paste-views', snippet, back: '/settings' }, { cookie })
    expect(cookies).toEqual([])
    expect(headers.location).toBe('/settings?problem=full')
    expect((await page('/settings?problem=full', cookie)).text).toContain('There is no room for more')
  })
})

describe('pages that show what a reader wrote', () => {
  const nasty = '<img src=x onerror=alert(1)>"\'&'

  test('show it as text', async () => {
    let cookie = ''
    const forms: Record<string, string>[] = [
      { do: 'star', what: 'person', key: nasty, name: nasty },
      { do: 'mute', what: 'word', key: nasty, for: 'ever' },
      { do: 'save-view', name: nasty, address: `?tag=${nasty}` },
    ]
    for (const fields of forms) cookie = kept((await post(fields, { cookie })).cookies)
    const paths = ['/', '/settings', `/settings?view=${encodeURIComponent(nasty)}&problem=${encodeURIComponent(nasty)}`]
    for (const path of [
      ...paths,
      `/mute?word=${encodeURIComponent(nasty)}&back=${encodeURIComponent(nasty)}&problem=${encodeURIComponent(nasty)}`,
    ]) {
      const { status, text } = await page(path, cookie)
      expect(status).toBe(200)
      expect(text).not.toContain('<img src=x')
    }
    expect((await page('/settings', cookie)).text).toContain('&lt;img src=x')
  })

  test.each(['preferences', '1.1.', '1.1.%00', '9.9.x', `1.3.${'A'.repeat(3000)}`])(
    'a cookie that is broken is the defaults: %s',
    async (value) => {
      const { status, text } = await page('/', `preferences-${web.port}-1=${value}`)
      expect(status).toBe(200)
      expect(text).not.toMatch(/<html[^>]* data-theme/)
    },
  )
})

describe('mutes and programs', () => {
  test('a mute folds or hides on the page, and changes no feed', async () => {
    const { cookies } = await post({ do: 'mute', what: 'word', key: 'exascale', for: 'ever', how: 'hard' })
    const cookie = kept(cookies)
    const { text } = await page('/', cookie)
    expect(text).not.toContain('On exascale.')
    expect(text).toContain('One entry is hidden by your mutes')
    expect((await page('/?mutes=off', cookie)).text).toContain('On exascale.')
    for (const path of ['/feed.json', '/rss.xml', '/atom.xml', '/api/posts'])
      expect((await page(path, cookie)).text).toContain('On exascale.')
  })

  test('a mute folds or hides what a search finds, and says how to see it', async () => {
    while ((await indexPosts()) > 0);
    const found = async (how: string, path = '/search?q=exascale') => {
      const { cookies } = await post({ do: 'mute', what: 'word', key: 'exascale', for: 'ever', how })
      return (await page(path, kept(cookies))).text
    }
    const hard = await found('hard')
    expect(hard).not.toMatch(/<article/)
    expect(hard).toContain('One entry is hidden by your mutes')
    expect(hard).toContain('href="/search?q=exascale&amp;mutes=off"')
    expect(await found('hard', '/search?q=exascale&mutes=off')).toMatch(/<article/)
    const soft = await found('soft')
    expect(soft).toMatch(/<details class="muted"><summary[^>]*>Muted: the word “exascale” for ever/)
    expect((await page('/search?q=exascale')).text).not.toContain('details class="muted"')
  })

  test('who wants no counts is told of no number above', async () => {
    const { cookies } = await post({ do: 'settings', theme: 'dark' })
    const at = [...(await page('/')).text.matchAll(/ data-place="(\d+-\d+)"/g)].at(-1)?.[1]
    expect((await page(`/?at=${at}`)).text).toContain('1 newer post above')
    const without = (await page(`/?at=${at}`, kept(cookies))).text
    expect(without).toMatch(/<html[^>]* data-counts="off"/)
    expect(without).not.toContain('newer post above')
    expect(without).toContain('Newer posts')
  })

  test('the clock and the zone are the reader’s, at once', async () => {
    const { cookies } = await post({ do: 'settings', clock: '12', zone: 'Asia/Tokyo' })
    expect((await page('/', kept(cookies))).text).toContain('7:00 pm')
    expect((await page('/', `${kept(cookies)}; zone=America/New_York`)).text).toContain('7:00 pm')
  })
})
