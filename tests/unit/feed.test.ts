import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Batch, Cursor, Run } from '#connectors/contract'
import { readDate } from '#connectors/feed/dates'
import { decode } from '#connectors/feed/decode'
import { readDocument } from '#connectors/feed/document'
import { feed } from '#connectors/feed/feed'
import { mend } from '#connectors/feed/mend'
import { parse } from '#connectors/feed/parse'
import type { FeedSettings } from '#connectors/feed/settings'
import { picturesIn, summarise } from '#connectors/feed/summary'
import { createHttp } from '#connectors/http'
import { ConnectorError } from '#connectors/trouble'
import { serve } from '#tests/support/server'

const documents = join(import.meta.dirname, '../../connectors/feed/fixtures/documents')
const bytesOf = (name: string) => readFileSync(join(documents, name))
const url = 'https://blog.example/feed.xml'
const now = new Date('2026-11-22T12:00:00Z')

const entriesOf = (name: string) => mend(readDocument(decode(bytesOf(name), null), url), now)
const postsOf = (name: string) => {
  const document = readDocument(decode(bytesOf(name), null), url)
  return mend(document, now).map((entry) => parse(entry, { ...document.feed, url, class: null, fetchedAt: now.toISOString() }))
}

describe('a document', () => {
  test('has links relative to its xml:base at each level, and an author where its entries name none', () => {
    expect(postsOf('atom-relative-links.xml')).toMatchObject([
      {
        externalId: 'tag:blog.example,2026:1',
        url: 'https://blog.example/2026/one',
        html: '<p>See <a href="https://blog.example/2026/one/two" rel="nofollow noopener noreferrer">two</a> and </p>',
        media: [{ kind: 'image', url: 'https://blog.example/rack.png', alt: 'A rack' }],
        author: { name: 'Ada Mbeki', url: 'https://blog.example/', avatar: 'https://blog.example/icon.png' },
        language: 'en',
      },
    ])
  })

  test('in Atom says of each text whether it is markup', () => {
    expect(postsOf('atom-xhtml.xml')).toMatchObject([
      { title: 'Less < more', text: 'If a < b, a & b.', place: 'Queues & caches', editedAt: new Date('2026-11-20T10:00:00Z') },
      { title: '1 < 2 &amp; 3', html: '<p>Ann &amp; Bo</p>', publishedAt: new Date('2026-11-18T10:00:00Z'), editedAt: null },
    ])
  })

  test('in RSS has titles that were escaped twice, and such that only look like markup', () => {
    expect(postsOf('rss-escaped-twice.xml')).toMatchObject([
      { title: 'R&D – what’s new in Slurm', text: 'a & b' },
      {
        title: 'Using std::vector<double> & <mpi.h>',
        html: expect.stringMatching(/^<p>plain<br \/>words<\/p><p><a href="https:\/\/blog.example\/more"/),
      },
    ])
  })

  test('in RDF has Dublin Core', () => {
    expect(postsOf('rdf-dublin-core.xml')).toMatchObject([
      {
        externalId: 'https://journal.example/1',
        author: { name: 'Ada Mbeki and Björn Sato' },
        tags: ['queues'],
        publishedAt: new Date('2026-11-20'),
        language: 'en',
      },
    ])
  })

  test('in JSON may be of either version, with numbers for ids', () => {
    expect(postsOf('json-feed-version-1.json')).toMatchObject([
      {
        externalId: 'blog.example#7',
        url: 'https://blog.example/7',
        title: 'What’s new',
        author: { name: 'Ada Mbeki' },
        media: [{ kind: 'audio', mimeType: 'audio/ogg', bytes: 5000, durationSeconds: 61 }],
      },
      {
        externalId: 'blog.example#8',
        title: null,
        html: '<p>a &lt; b</p>',
        author: { name: 'Björn Sato', url: 'https://blog.example/bjorn' },
      },
    ])
  })

  test('of a podcast has its sound with its length, once, and its cover', () => {
    expect(postsOf('rss-podcast.xml')).toMatchObject([
      {
        author: { name: 'Chi Okafor' },
        replyCount: 4,
        publishedAt: new Date('2026-11-17T11:00:00Z'),
        media: [
          { kind: 'image', url: 'https://podcast.example/12.jpg' },
          { kind: 'audio', url: 'https://podcast.example/12.mp3', mimeType: 'audio/mpeg', durationSeconds: 2531, bytes: 41_234_567 },
        ],
      },
    ])
    expect(postsOf('rss-podcast.xml')[0]?.media).toHaveLength(2)
  })

  test('never gives away an address of mail', () => {
    const posts = postsOf('rss-mail-authors.xml')
    expect(posts.map(({ author }) => author.name)).toEqual(['Ada Mbeki', 'Notes from the queue', 'Ada Mbeki', 'Notes from the queue'])
    expect(JSON.stringify(posts)).not.toContain('@')
    expect(JSON.stringify(postsOf('atom-relative-links.xml'))).not.toContain('@')
  })

  test('with a DTD is read without it, its entities left alone', () => {
    expect(postsOf('rss-doctype.xml')).toMatchObject([{ title: 'café &x; &bomb;' }])
  })

  test('without items is a feed without items', () => {
    expect(entriesOf('rss-empty.xml')).toEqual([])
  })

  test.each([
    ['page.html', 'a web page where a feed should be'],
    ['json-not-a-feed.json', 'something else where a feed should be'],
    ['rss-cut-off.xml', 'cut off or broken'],
  ])('such as %s is malformed, and it is said how', (name, words) => {
    expect(() => entriesOf(name)).toThrow(expect.objectContaining({ trouble: 'malformed', message: expect.stringContaining(words) }))
  })

  test.each([
    '',
    ' \n',
    'hello',
    '<rss>',
    '{',
    '[]',
    'null',
    '\0\0\0',
    '<?xml version="1.0"?>',
    '<feed/>',
    '<rss version="2.0"><channel></channel></rss>',
  ])('of %j is malformed, not a fault', (text) => expect(() => readDocument(text, url)).toThrow(ConnectorError))
})

describe('bytes become text', () => {
  test.each([
    ['rss-windows-1251.xml', null, 'Очередь заданий'],
    ['rss-windows-1251.xml', 'text/xml', 'Очередь заданий'],
    ['rss-windows-1251.xml', 'application/rss+xml; charset=UTF-8', 'Очередь заданий'],
    ['rss-latin1-undeclared.xml', null, 'Café près du nœud'],
    ['rss-latin1-undeclared.xml', 'text/xml; charset="iso-8859-1"', 'Café près du nœud'],
    ['rss-utf16.xml', null, 'Größe'],
    ['rss-utf16.xml', 'text/xml; charset=utf-8', 'Größe'],
    ['rss-utf8-bom-declared-latin1.xml', 'text/xml; charset=iso-8859-1', 'Größe'],
    ['rss-shift-jis.xml', 'text/xml', '計算機の待ち行列'],
    ['rss-broken-utf8.xml', 'text/xml; charset=utf-8', 'Gr\uFFFDße und mehr'],
    ['rss-broken-utf8.xml', 'text/xml; charset=klingon', 'Gr\uFFFDße und mehr'],
  ])('%s sent as %s', (name, contentType, title) => {
    const { entries } = readDocument(decode(bytesOf(name), contentType), url)
    expect(entries[0]?.title?.value).toBe(title)
  })

  test('whatever they are', () => {
    for (const bytes of [[], [0xff], [0xfe, 0xff, 0x00], [0xef, 0xbb, 0xbf], [0xc3, 0x28]])
      expect(decode(Uint8Array.from(bytes), null)).toBeTypeOf('string')
  })
})

describe('a date', () => {
  test.each([
    ['2026-02-07T10:00:00Z', '2026-02-07T10:00:00.000Z'],
    ['2026-02-07T10:00:00.123456+01:00', '2026-02-07T09:00:00.123Z'],
    ['2026-02-07T10:00:00-0530', '2026-02-07T15:30:00.000Z'],
    ['2026-02-07 10:00:00', '2026-02-07T10:00:00.000Z'],
    ['2026-02-07 10:00:00 UTC', '2026-02-07T10:00:00.000Z'],
    ['2026-02-07T10:00', '2026-02-07T10:00:00.000Z'],
    ['2026-02-07', '2026-02-07T00:00:00.000Z'],
    ['26-02-07T10:00:00Z', '2026-02-07T10:00:00.000Z'],
    ['Sat, 07 Feb 2026 10:00:00 GMT', '2026-02-07T10:00:00.000Z'],
    ['Sat, 7 Feb 26 10:00 EST', '2026-02-07T15:00:00.000Z'],
    ['7 February 2026 10:00:00 CEST', '2026-02-07T08:00:00.000Z'],
    ['Sat, 07 Feb 2026 10:00:00 +0530 (IST)', '2026-02-07T04:30:00.000Z'],
    ['Sat, 07 Feb 2026 10:00:00 GMT+1', '2026-02-07T09:00:00.000Z'],
    ['Sat, 07-Feb-2026 10:00:00 NOWHERE', '2026-02-07T10:00:00.000Z'],
    ['Sat, 07 Feb 2026', '2026-02-07T00:00:00.000Z'],
    ['Sáb, 07 Fev 2026 10:00:00 -0300', '2026-02-07T13:00:00.000Z'],
    ['mer., 15 juil. 2026 10:00:00 +0200', '2026-07-15T08:00:00.000Z'],
    ['Mi, 04 Mär 2026 10:00:00 MEZ', '2026-03-04T09:00:00.000Z'],
    ['Wed, 30 Sept 2026 24:00:00 GMT', '2026-10-01T00:00:00.000Z'],
    ['February 7th, 2026 3:05 PM PST', '2026-02-07T23:05:00.000Z'],
    ['  2026-02-07T10:00:00Z\n', '2026-02-07T10:00:00.000Z'],
  ])('%j is %s', (written, iso) => {
    expect(readDate(written)?.toISOString()).toBe(iso)
  })

  test.each([
    ...[
      '',
      'yesterday',
      'page 5',
      '2026',
      '12:00',
      '2026-13-01',
      '2026-02-30',
      '30 Feb 2026',
      '2026-02-07T25:00:00Z',
      '0000-00-00 00:00:00',
    ],
    ...['Thu, 01 Jan 1970 00:00:00 GMT', '1970-01-01T00:00:00Z', '0001-01-01T00:00:00Z', 'Mon, 07 Foo 2026 10:00:00 GMT', null, undefined],
  ])('%j is none', (written) => {
    expect(readDate(written)).toBeNull()
  })

  test('in the future is none, but for a little difference of clocks', () => {
    const [entry] = entriesOf('rdf-dublin-core.xml')
    if (!entry) throw new Error('no entry')
    const at = (published: string) =>
      parse(
        { ...entry, published },
        { title: null, home: null, icon: null, language: null, url, class: null, fetchedAt: now.toISOString() },
      )
    expect(at('2026-11-22T12:04:00Z').publishedAt).not.toBeNull()
    for (const future of ['2026-11-22T13:00:00Z', '2099-01-01', 'Sat, 01 Jan 2050 00:00:00 GMT']) expect(at(future).publishedAt).toBeNull()
  })
})

describe('a whole feed', () => {
  test('whose dates are all that of its building, and whose ids only count, is keyed by its links and undated', () => {
    expect(postsOf('atom-false-clock.xml')).toMatchObject([
      { externalId: 'https://centre.example/careers/11', publishedAt: null, editedAt: null },
      { externalId: 'https://university.example/careers/7', publishedAt: null, editedAt: null },
      { externalId: 'https://lab.example/careers/3', publishedAt: null, editedAt: null },
    ])
    expect(entriesOf('rss-false-clock.xml')).toMatchObject([90, 40, 17].map((n) => ({ id: `job-${n}`, published: null })))
  })

  test('says the same of an entry however often it is built', () => {
    const built = (at: string) =>
      mend(readDocument(bytesOf('atom-false-clock.xml').toString().replaceAll('26-11-22T06:00:07Z', at), url), now)
    expect(built('26-11-21T06:00:09Z')).toEqual(built('26-11-22T06:00:07Z'))
  })

  test('whose posts are of one day is believed', () => {
    for (const { publishedAt } of postsOf('rss-same-day.xml')) expect(publishedAt).toEqual(new Date('2026-03-03'))
  })

  test('whose few posts are of one minute is believed', () => {
    const item = (n: number) =>
      `<item><guid>https://blog.example/${n}</guid><title>t</title><pubDate>Sun, 22 Nov 2026 11:5${n}:00 GMT</pubDate></item>`
    const dates = (...numbers: number[]) =>
      mend(readDocument(`<rss version="2.0"><channel><title>x</title>${numbers.map(item).join('')}</channel></rss>`, url), now).map(
        ({ published }) => published,
      )
    expect(dates(9, 9)).not.toContain(null)
    expect(dates(9, 8, 7)).not.toContain(null)
    expect(dates(3, 3, 3)).toEqual([null])
  })

  test('that was rebuilt does not make every post an edited one', () => {
    const entry = (n: number) => ({
      id: `tag:${n}`,
      title: `t${n}`,
      link: `https://blog.example/${n}`,
      published: `2026-11-0${n}T10:00:00Z`,
    })
    const atom = [1, 2, 3]
      .map(entry)
      .map(
        ({ id, title, link, published }) =>
          `<entry><id>${id}</id><title>${title}</title><link href="${link}"/><published>${published}</published><updated>2026-11-20T04:00:01Z</updated></entry>`,
      )
    const document = readDocument(
      `<feed xmlns="http://www.w3.org/2005/Atom"><id>x</id><title>x</title><updated>2026-11-20T04:00:01Z</updated>${atom.join('')}</feed>`,
      url,
    )
    for (const { published, updated } of mend(document, now)) expect([published?.slice(0, 7), updated]).toEqual(['2026-11', null])
  })

  test('that repeats ids keeps things apart that lead elsewhere, and drops copies', () => {
    expect(postsOf('rss-repeated-guids.xml').map(({ externalId, title }) => [externalId, title])).toEqual([
      ['blog.example#post', 'One'],
      ['blog.example#post https://blog.example/2', 'Two'],
    ])
  })

  test('without ids has keys that last', () => {
    const keys = (name: string) =>
      entriesOf(name)
        .slice(0, 3)
        .map(
          (entry) =>
            parse(entry, { title: null, home: null, icon: null, language: null, url, class: null, fetchedAt: now.toISOString() })
              .externalId,
        )
    expect(keys('rss-no-guid.xml')).toEqual([
      'https://blog.example/a?page=2',
      expect.stringMatching(/^blog.example#[\da-f]{32}$/),
      expect.stringMatching(/^blog.example#[\da-f]{32}$/),
    ])
    expect(keys('rss-no-guid.xml')).toEqual(keys('rss-no-guid.xml'))
    expect(new Set(keys('rss-no-guid.xml')).size).toBe(3)
  })
})

describe('a summary', () => {
  const html = (value: string) => summarise({ value, type: 'html', base: url })

  test('is at most 600 characters long, ends between words with an ellipsis, and its tags are closed', () => {
    const long = html(`<p>${'word '.repeat(50)}</p><ul><li><b>${'item '.repeat(40)}</b></li><li>${'more '.repeat(80)}</li></ul><p>end</p>`)
    expect(long.text.length).toBeLessThanOrEqual(600)
    expect(long.text.length).toBeGreaterThan(560)
    expect(long.html).toMatch(/ more…<\/li><\/ul>$/)
    expect(html('<p>short</p>').html).toBe('<p>short</p>')
  })

  test('of one endless word, of lists and of emoji is cut, too', () => {
    for (const body of ['x'.repeat(5000), '<li>a</li>'.repeat(2000), '🖥️'.repeat(1000), '<p>a</p>'.repeat(1000)]) {
      const { text, html: cut } = html(`<div>${body}</div>`)
      expect(text.length).toBeLessThanOrEqual(600)
      expect(text.length).toBeGreaterThan(400)
      expect(cut.isWellFormed()).toBe(true)
    }
  })

  test('of a text that has another one beside it still tells its pictures, as they are described', () => {
    const value = `<p>Text</p><img class="wp-smiley" src="/smiley.png"><figure><img alt='5 > 3 "quoted" &amp; more' src="/2.png?a=1&amp;b=2" width="640" height="48px"></figure>`
    const pictures = [{ url: 'https://blog.example/2.png?a=1&b=2', alt: '5 > 3 "quoted" & more', width: 640, height: 48 }]
    expect(picturesIn({ value, type: 'html', base: 'https://blog.example/' })).toEqual(pictures)
    expect(summarise({ value, type: 'html', base: 'https://blog.example/' }).pictures).toEqual(pictures)
    expect(picturesIn({ value: '<img src="/1.png">', type: 'text', base: 'https://blog.example/' })).toEqual([])
  })

  test('is light: no pictures, no empty boxes, no spans that say nothing, no boilerplate', () => {
    const { html: light, pictures } = html(
      '<div><span><span style="x">a</span></span><p>&nbsp;</p></div><img src="/1.png" alt="One"><p>b</p><p>The post <a href="/">T</a> appeared first on <a href="/">B</a>.</p>',
    )
    expect(light).toBe('<div>a</div><p>b</p>')
    expect(pictures).toEqual([{ url: 'https://blog.example/1.png', alt: 'One', width: null, height: null }])
  })
})

describe('reading', () => {
  let server: Awaited<ReturnType<typeof serve>>
  beforeEach(async () => {
    server = await serve({})
  })
  afterEach(() => server.close())

  const http = createHttp({ userAgent: 'Backplane/0.1', trustedHosts: ['127.0.0.1'] })
  const { signal } = new AbortController()
  const at = (path: string): FeedSettings => ({ url: `${server.origin}${path}` })
  const rss = (...items: string[]) =>
    `<rss version="2.0"><channel><title>Notes</title><link>https://blog.example/</link>${items.join('')}</channel></rss>`
  const item = (n: number, rest = '') => `<item><guid>https://blog.example/${n}</guid><title>Post ${n}</title>${rest}</item>`

  async function read(
    from: string | FeedSettings,
    cursor: Cursor | null = null,
    backfill: Run<FeedSettings>['backfill'] = { since: new Date(0), posts: 500 },
  ) {
    const batches: Batch[] = []
    const run = {
      settings: typeof from === 'string' ? at(from) : from,
      permission: null,
      cursor,
      http,
      signal,
      backfill,
      everySeconds: 1800,
      mode: () => {},
      caughtUp: () => {},
    }
    // As the database keeps it.
    for await (const batch of feed.read(run)) batches.push({ ...batch, cursor: JSON.parse(JSON.stringify(batch.cursor)) })
    const last = batches.at(-1)
    if (!last) throw new Error('no batch')
    return { ...last, batches, ids: batches.flatMap(({ posts }) => posts.map(({ externalId }) => externalId.split('/').at(-1))) }
  }

  test('asks with the validators as they were given, and a 304 covers the time since the last read', async () => {
    server.routes['/feed'] = ({ headers }) =>
      headers['if-none-match'] === '"v, 1"'
        ? { status: 304 }
        : { headers: { etag: '"v, 1"', 'last-modified': 'Sat, 7 Feb 2026, about noon' }, body: rss(item(1)) }
    const first = await read('/feed')
    expect(first).toMatchObject({ ids: ['1'], covered: null, unreadable: [] })
    const second = await read('/feed', first.cursor)
    expect(server.asked[1]?.headers).toMatchObject({ 'if-none-match': '"v, 1"', 'if-modified-since': 'Sat, 7 Feb 2026, about noon' })
    expect(second.ids).toEqual([])
    expect(second.covered?.from.getTime()).toBeLessThan(second.covered?.to.getTime() ?? 0)
    const third = await read('/feed', second.cursor)
    expect(server.asked[2]?.headers).toMatchObject({ 'if-none-match': '"v, 1"' })
    expect(third.covered?.from).toEqual(second.covered?.to)
  })

  test('hands over only what is new or changed', async () => {
    server.routes['/feed'] = { body: rss(item(2), item(1)) }
    const first = await read('/feed')
    const same = await read('/feed', first.cursor)
    expect([same.ids, same.covered === null]).toEqual([[], false])
    server.routes['/feed'] = { body: rss(item(3), item(2, '<description>corrected</description>'), item(1)) }
    const changed = await read('/feed', same.cursor)
    expect(changed.ids).toEqual(['3', '2'])
    expect(changed.covered).not.toBeNull()
    server.routes['/bytes'] = { headers: { 'content-type': 'text/xml; charset=iso-8859-1' }, body: bytesOf('rss-latin1-undeclared.xml') }
    const bytes = await read('/bytes')
    server.routes['/bytes'] = { headers: { 'content-type': 'text/xml; charset=windows-1251' }, body: bytesOf('rss-latin1-undeclared.xml') }
    expect((await read('/bytes', bytes.cursor)).ids, 'the same bytes are not read again').toEqual([])
    server.routes['/feed'] = { body: rss(item(9), item(8)) }
    expect((await read('/feed', changed.cursor)).covered, 'nothing in it was there before: something may be missing').toBeNull()
  })

  test('goes back no further than asked at first, and an old post that is corrected later stays out', async () => {
    const dated = (n: number, day: string, rest = '') => item(n, `<pubDate>${day} Nov 2026 10:00:00 GMT</pubDate>${rest}`)
    server.routes['/feed'] = { body: rss(dated(1, '01'), dated(5, '20'), dated(3, '18'), dated(4, '19'), item(6)) }
    const first = await read('/feed', null, { since: new Date('2026-11-15'), posts: 3 })
    expect(first.ids).toEqual(['5', '4', '6'])
    server.routes['/feed'] = { body: rss(dated(1, '01', '<description>x</description>'), dated(3, '18'), dated(7, '21')) }
    expect((await read('/feed', first.cursor, { since: new Date(), posts: 3 })).ids).toEqual(['7'])
  })

  test('counts what it does not understand and goes on', async () => {
    server.routes['/feed'] = { body: bytesOf('rss-no-guid.xml') }
    const { posts, unreadable } = await read('/feed')
    expect(posts).toHaveLength(3)
    expect(unreadable).toEqual([{ reason: 'an item without title, text or media', payload: expect.stringContaining('"format":"rss"') }])
  })

  test('takes thousands of items in parts, and repeats rather than skips when it is cut off between them', {
    timeout: 60_000,
  }, async () => {
    server.routes['/feed'] = { headers: { etag: '"1"' }, body: rss(...Array.from({ length: 2_200 }, (_, n) => item(n))) }
    const { batches, ids } = await read('/feed', null, { since: new Date(0), posts: 100_000 })
    expect(new Set(ids).size).toBe(2_200)
    expect(batches.map(({ posts }) => posts.length)).toEqual([500, 500, 500, 500, 200])
    const rest = await read('/feed', batches[2]?.cursor ?? null)
    expect(rest.ids).toHaveLength(700)
    expect(server.asked.at(-1)?.headers).not.toHaveProperty('if-none-match')
    expect((await read('/feed', rest.cursor)).ids).toEqual([])
  })

  test('remembers where a feed moved for good, and says so', async () => {
    server.routes['/old'] = { status: 301, headers: { location: '/new' } }
    server.routes['/new'] = { body: rss(item(1)) }
    const first = await read('/old')
    expect(first.notice).toBe(`This feed moved for good to ${server.origin}/new, which is read instead`)
    const second = await read('/old', first.cursor)
    expect(server.asked.map(({ path }) => path)).toEqual(['/old', '/new', '/new'])
    expect(second.notice).toBe(first.notice)
    server.routes['/old'] = { status: 302, headers: { location: '/new' } }
    expect((await read('/old')).notice).toBeUndefined()
    await read('/other', second.cursor).catch(() => {})
    expect(server.asked.at(-1)?.path, 'the cursor of another address is none').toBe('/other')
  })

  test('slows down to what the feed and its server ask for, up to a day', async () => {
    server.routes['/slow'] = { body: bytesOf('rss-slow.xml') }
    const slow = await read('/slow')
    expect(slow.everySeconds).toBe(21_600)
    expect((await read('/slow', slow.cursor)).everySeconds).toBe(21_600)
    const aged = async (control: string) => {
      server.routes['/aged'] = { headers: { 'cache-control': control }, body: rss(item(1)) }
      return (await read('/aged')).everySeconds
    }
    expect(await aged('public, max-age=7200')).toBe(7200)
    expect(await aged('max-age=999999999')).toBe(86_400)
    expect(await aged('no-cache, max-age=7200')).toBeUndefined()
    expect(await aged('max-age=0')).toBeUndefined()
  })

  test.each([
    [410, 'refused', 'gone for good'],
    [404, 'refused', 'no such page'],
    [503, 'unavailable', '503'],
    [429, 'rate-limited', 'too many requests'],
  ])('of status %i is %s', async (status, trouble, words) => {
    server.routes['/feed'] = { status, headers: { 'retry-after': '77' } }
    await expect(read('/feed')).rejects.toMatchObject({ trouble, retryAfterSeconds: 77, message: expect.stringContaining(words) })
  })

  test('of a page, or of more than 5 MB, is malformed', async () => {
    server.routes['/page'] = { body: bytesOf('page.html') }
    server.routes['/huge'] = { body: rss(`<item><description>${'x'.repeat(5 * 1024 * 1024)}</description></item>`) }
    await expect(read('/page')).rejects.toMatchObject({ trouble: 'malformed', message: expect.stringContaining('a web page') })
    await expect(read('/huge')).rejects.toMatchObject({ trouble: 'malformed', message: expect.stringContaining('more than 5 MB') })
  })

  describe('a blog’s address', () => {
    const resolve = (path: string, more: Partial<FeedSettings> = {}) => feed.resolve?.({ ...at(path), ...more }, { http, signal })
    const asked = () => server.asked.map(({ path }) => path)

    test('of a feed stays, and its title is learnt', async () => {
      server.routes['/feed'] = { body: rss(item(1)) }
      expect(await resolve('/feed', { class: 'personal' })).toEqual({ ...at('/feed'), class: 'personal', title: 'Notes' })
    })

    test('of a page becomes that of the feed which it names first, those of comments last', async () => {
      server.routes['/blog/'] = { body: bytesOf('page.html') }
      server.routes['/blog/feeds/atom.xml'] = { body: bytesOf('atom-xhtml.xml') }
      expect(await resolve('/blog/')).toEqual({ ...at('/blog/feeds/atom.xml'), title: 'Queues & caches' })
      expect(asked()).toEqual(['/blog/', '/blog/feeds/atom.xml'])
      server.routes['/blog/feeds/atom.xml'] = { status: 404 }
      server.routes['/comments/feed/'] = { body: rss(item(1)) }
      server.routes['/blog/'] = { body: bytesOf('page.html').toString().replace('https://blog.example/rss', '/broken') }
      server.routes['/broken'] = { body: '<html>' }
      expect(await resolve('/blog/')).toMatchObject(at('/comments/feed/'))
    })

    test('of a page that names none is looked for at the usual places, and no further', async () => {
      server.routes['/blog'] = { body: '<html><body>Hello</body></html>' }
      await expect(resolve('/blog')).rejects.toMatchObject({
        trouble: 'refused',
        message: expect.stringMatching(/no feed was found .* names none/),
      })
      expect(asked().length).toBeLessThanOrEqual(11)
      server.routes['/atom.xml'] = { body: bytesOf('atom-xhtml.xml') }
      expect(await resolve('/blog')).toMatchObject(at('/atom.xml'))
      server.routes['/blog/index.xml'] = { body: rss(item(1)) }
      expect(await resolve('/blog')).toMatchObject(at('/blog/index.xml'))
    })

    test('whose named feed cannot be read now is asked again later, not given up for another', async () => {
      server.routes['/'] = { body: '<link rel="alternate" type="application/rss+xml" href="/rss"><body>' }
      server.routes['/'] = { body: '<html><link rel="alternate" type="application/rss+xml" href="/rss"><body>' }
      server.routes['/rss'] = { status: 503 }
      server.routes['/feed'] = { body: rss(item(1)) }
      await expect(resolve('/')).rejects.toMatchObject({ trouble: 'unavailable' })
    })

    test('is asked once for its first read, and again for the next', async () => {
      server.routes['/blog/'] = { body: bytesOf('page.html') }
      server.routes['/blog/feeds/atom.xml'] = { body: bytesOf('atom-xhtml.xml') }
      const settings = (await resolve('/blog/')) ?? at('/')
      const first = await read(settings)
      expect(first.posts.map(({ title }) => title)).toEqual(['Less < more', '1 < 2 &amp; 3'])
      expect(asked()).toEqual(['/blog/', '/blog/feeds/atom.xml'])
      server.routes['/blog/feeds/atom.xml'] = { body: rss(item(1)) }
      expect((await read(settings, first.cursor)).ids).toEqual(['1'])
      expect((await read(settings)).ids).toEqual(['1'])
      expect(asked()).toHaveLength(4)
    })

    test('never leads into a private network', async () => {
      server.routes['/'] = { body: '<html><link rel="alternate" type="application/rss+xml" href="http://10.0.0.1/feed"><body>' }
      await expect(resolve('/')).rejects.toMatchObject({ trouble: 'refused' })
    })
  })
})

describe('what a person pastes', () => {
  test.each([
    ['https://blog.example.org/', 'https://blog.example.org/'],
    [' HTTP://Blog.Example.org/feed.xml#top ', 'http://blog.example.org/feed.xml'],
    ['feed://blog.example.org/rss', 'https://blog.example.org/rss'],
    ['feed:https://blog.example.org/rss', 'https://blog.example.org/rss'],
    ['blog.example.org', 'https://blog.example.org/'],
    ['blog.example.org/rss?x=1', 'https://blog.example.org/rss?x=1'],
    ['http://127.0.0.1:8081/feed.xml', 'http://127.0.0.1:8081/feed.xml'],
  ])('%j is %s', (input, found) => {
    const settings = feed.locate(input)
    expect(settings).toEqual({ url: found })
    expect(feed.settings.safeParse(settings).success).toBe(true)
  })

  test.each([
    '',
    '#hpc',
    '@ada',
    '@ada@social.example',
    'ada@blog.example',
    'at://did:plc:x/y',
    'irc://irc.example/hpc',
    'file:///etc/passwd',
    'two words.example',
    'r/hpc',
  ])('%j is none of a blog', (input) => expect(feed.locate(input)).toBeNull())

  test('has a name before its title is known', () => {
    expect(feed.describe({ url: 'https://www.blog.example/feed.xml' })).toBe('blog.example')
    expect(feed.describe({ url: 'https://dev.example/feed/oneapi/' })).toBe('dev.example/feed/oneapi')
    expect(feed.describe({ url: 'https://dev.example/', title: 'Notes' })).toBe('Notes')
  })

  test('is checked', () => {
    for (const wrong of [
      {},
      { url: 'blog' },
      { url: 'ftp://blog.example/' },
      { url: 'https://blog.example/', class: 'other' },
      { url: 'https://blog.example/', clas: 'personal' },
    ])
      expect(feed.settings.safeParse(wrong).success).toBe(false)
  })
})

/** Feeds recorded from the wild, where they are at hand. */
const recorded = join(import.meta.dirname, '../../../shared/fixtures/rss')

describe.skipIf(!existsSync(recorded))('feeds from the wild (../shared/fixtures/rss)', () => {
  const files = existsSync(recorded)
    ? readdirSync(recorded, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(rss|atom|xml|json)$/.test(file))
    : []

  /** Those that are not feeds, or whose items say nothing. */
  const trouble: Record<string, string> = { 'unrecognized.rss': 'malformed' }
  const unreadable: Record<string, number> = { 'missing-fields.atom': 1, 'no_encoding_ISO-8859-1.xml': 1 }
  const items: Record<string, number> = {
    'feed.json': 36,
    'feed.xml': 10,
    'giantbomb-podcast.rss': 730,
    'encoding_WINDOWS-1251.xml': 50,
    'rdf_UTF8.xml': 60,
    'guardian.rss': 55,
  }

  test.each(files)('%s is read, or its trouble said', (file) => {
    const name = basename(file)
    const run = () => {
      const document = readDocument(decode(readFileSync(join(recorded, file)), null), `https://feeds.example/${name}`)
      return { document, entries: mend(document, now) }
    }
    if (trouble[name]) return expect(run).toThrow(expect.objectContaining({ trouble: trouble[name] }))
    const { document, entries } = run()
    const context = { ...document.feed, url, class: null, fetchedAt: now.toISOString() }
    const posts = entries.flatMap((entry) => {
      try {
        return parse(entry, context)
      } catch {
        return []
      }
    })
    expect(entries.length - posts.length).toBe(unreadable[name] ?? 0)
    if (items[name]) expect(posts).toHaveLength(items[name])
    expect(new Set(posts.map(({ externalId }) => externalId)).size).toBe(posts.length)
    for (const post of posts) {
      expect(post.text.length).toBeLessThanOrEqual(600)
      expect(`${post.title}${post.text}`).not.toContain('\uFFFD')
      expect(post.html).not.toMatch(/<(script|style|iframe|img)|\son\w+=/i)
    }
  })

  test('are 41, one of which is a page', () => expect(files).toHaveLength(41))
})
