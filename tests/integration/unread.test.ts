import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Reader } from '#db/audience'
import { linesSaidSince } from '#db/growth'
import { saveBatch } from '#db/save-batch'
import { getTimeline, type Place, placeText } from '#db/timeline'
import { arrivedBelow, countUnread, type Reading, sourcesBegun } from '#db/unread'
import { begin, catchUp, emptyState, markRead } from '#lib/reading/reader-state'
import { testDatabase } from '#tests/support/database'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { chatLine } from '#tests/support/talk'
import { POST, type UnreadAnswer } from '../../app/api/unread/route.ts'
import { taken, toldOf } from '../../app/reading/unread.ts'

const database = testDatabase()
const NOW = new Date('2026-11-22T12:00:00.000Z')
const HOUR = 3_600_000
const anonymous: Reader = { role: 'anonymous' }
const owner: Reader = { role: 'owner' }
const nothing: Reading = { upTo: { sortAt: new Date(0), id: 0 }, sources: [], spans: [], exceptions: [] }
const platforms = ['bluesky', 'feed']

/** Ten posts of each of two sources of one platform and one of another, an hour apart; the last of each is for members. */
const ids: { [name: string]: number } = {}
const places: Place[][] = []
beforeAll(async () => {
  for (const [name, platform] of [
    ['one', 'bluesky'],
    ['two', 'bluesky'],
    ['three', 'feed'],
  ] as const) {
    const { source, holder } = await heldSource(name, { platform, firstReadAt: new Date(NOW.getTime() - 20 * HOUR) })
    ids[name] = source.id
    const posts = Array.from({ length: 10 }, (_, index) =>
      aPost(`${name}:${index}`, { publishedAt: new Date(NOW.getTime() - index * HOUR), audience: index === 9 ? 'members' : 'public' }),
    )
    await saveBatch(source, holder, aBatch(posts), NOW)
  }
  const { entries } = await getTimeline(owner, { limit: 100 })
  for (const id of Object.values(ids)) places.push(entries.filter(({ posts }) => posts[0]?.sourceId === id))
})

const place = (source: number, index: number): Place => places[source]?.[index] ?? never()
const never = () => {
  throw new Error('there are ten of each')
}
async function unreadOf(reading: Reading, reader = owner) {
  const { sources } = await countUnread(reader, reading, platforms)
  return Object.fromEntries(sources.map(({ source, unread }) => [Object.keys(ids).find((name) => ids[name] === source) ?? '', unread]))
}

describe('what is unread', () => {
  test('is everything that the reader may see to whom has read nothing, and the oldest is told', async () => {
    expect(await unreadOf(nothing)).toEqual({ one: 10, two: 10, three: 10 })
    const { sources, cut } = await countUnread(owner, nothing, platforms)
    expect(sources.find(({ source }) => source === ids.one)?.oldest).toEqual({ sortAt: place(0, 9).sortAt, id: place(0, 9).id })
    expect(cut).toEqual([])
  })

  test('leaves no trace of posts for members in an anonymous reader’s numbers', async () => {
    expect(await unreadOf(nothing, anonymous)).toEqual({ one: 9, two: 9, three: 9 })
    const { sources } = await countUnread(anonymous, nothing, platforms)
    expect(sources.every(({ oldest }) => oldest.sortAt > place(0, 9).sortAt)).toBe(true)
  })

  test('is what stands above the watermark of all, or of its source, outside of spans, and exceptions', async () => {
    const [one, two] = [ids.one ?? 0, ids.two ?? 0]
    expect(
      await unreadOf({
        upTo: place(2, 7),
        sources: [{ source: two, upTo: place(1, 3) }],
        spans: [{ source: one, from: place(0, 5), to: place(0, 4) }],
        exceptions: [
          { entry: place(0, 4).id, unread: true },
          { entry: place(0, 0).id, unread: false },
        ],
      }),
    ).toEqual({
      // Entries 0 to 6, or to 7 where its id is above that of the watermark's entry in the same millisecond; 0 and 5 are read.
      one: place(0, 7).id > place(2, 7).id ? 6 : 5,
      two: 3,
      three: 7,
    })
  })

  test('is nothing to whom is up to date, and a platform without posts has none', async () => {
    const newest = (await getTimeline(owner, { limit: 1 })).entries[0] ?? never()
    expect(await unreadOf({ ...nothing, upTo: newest })).toEqual({})
    expect((await countUnread(owner, nothing, ['nowhere'])).sources).toEqual([])
  })
})

describe('late arrivals', () => {
  const since = new Date(NOW.getTime() + 10 * HOUR)
  const later = new Date(since.getTime() + HOUR)

  test('are what arrived since where the reader had been, and nothing of a first read', async () => {
    const { source, holder } = await heldSource('two', { platform: 'bluesky', firstReadAt: new Date(NOW.getTime() - 20 * HOUR) })
    await saveBatch(
      source,
      holder,
      aBatch([
        aPost('late', { publishedAt: new Date(NOW.getTime() - 2.5 * HOUR) }),
        aPost('late for members', { publishedAt: new Date(NOW.getTime() - 2.6 * HOUR), audience: 'members' }),
        aPost('new', { publishedAt: later }),
      ]),
      later,
    )
    const fresh = await heldSource('fresh', { platform: 'feed' })
    await saveBatch(fresh.source, fresh.holder, aBatch([aPost('old', { publishedAt: new Date(NOW.getTime() - 3 * HOUR) })]), later)
    await database.db.execute(sql`update sources set first_read_at = ${later.toISOString()}::timestamptz where name = 'fresh'`)

    const ask = (reader: Reader, change: Partial<Parameters<typeof arrivedBelow>[1]> = {}) =>
      arrivedBelow(reader, { reading: nothing, line: place(0, 0), since, begun: new Date(0), ...change })
    expect(await ask(owner)).toHaveLength(2)
    const [only, ...others] = await ask(anonymous)
    expect(others).toEqual([])
    expect(only).toMatchObject({ platform: 'bluesky', source: ids.two, sortAt: new Date(NOW.getTime() - 2.5 * HOUR) })
    const told = { ...nothing, exceptions: [{ entry: only?.id ?? 0, unread: false }] }
    expect(await ask(anonymous, { reading: told })).toEqual([])
    for (const moment of ['since', 'begun']) expect(await ask(anonymous, { [moment]: new Date(later.getTime() + 2 * HOUR) })).toEqual([])
  })

  test('are found above the line, too, where what is around them was read', async () => {
    const span = { source: ids.two ?? 0, from: place(1, 3), to: place(1, 2) }
    const ask = (reading: Reading) => arrivedBelow(anonymous, { reading, line: place(2, 9), since, begun: new Date(0) })
    expect(await ask(nothing)).toEqual([])
    expect(await ask({ ...nothing, spans: [span] })).toHaveLength(1)
    expect(await ask({ ...nothing, spans: [{ ...span, source: ids.one ?? 0 }] })).toEqual([])
  })

  test('a source that was read for the first time since is named, if the reader may know of it', async () => {
    await heldSource('secret', { platform: 'feed', audience: 'members', firstReadAt: later })
    expect((await sourcesBegun(owner, since)).length).toBe(2)
    expect((await sourcesBegun(anonymous, since)).length).toBe(1)
    expect(await sourcesBegun(owner, new Date(later.getTime() + HOUR))).toEqual([])
  })
})

describe('a conversation that goes on', () => {
  test('is unread by the lines that came after it was read, where it stands, and as far as the reader may see them', async () => {
    const { source, holder } = await heldSource('#hpc', { platform: 'irc', firstReadAt: new Date(NOW.getTime() - 20 * HOUR) })
    const line = (nth: number, change = {}) => chatLine(`talk-${nth}`, new Date(NOW.getTime() + nth * 60_000), 'ada', change)
    const seen = (nth: number) => new Date(NOW.getTime() + nth * 60_000 + 5)
    await saveBatch(source, holder, aBatch([line(0), line(1)]), seen(1))
    const { entries } = await getTimeline(owner, { platforms: ['irc'] })
    const talk = entries[0] ?? never()
    const grown = (reader: Reader, at: Date) => linesSaidSince(reader, [{ entry: talk.id, seenAt: at }])
    expect(await grown(owner, seen(1))).toEqual([])

    await saveBatch(source, holder, aBatch([line(2)]), seen(2))
    await saveBatch(source, holder, aBatch([line(3)]), seen(4))
    const told = { id: talk.id, sortAt: talk.sortAt, source: source.id, platform: 'irc' }
    const [first, ...others] = await grown(anonymous, seen(1))
    expect(others).toEqual([])
    expect(first).toMatchObject({ ...told, lines: 2, seenAt: seen(4) })
    const page = await getTimeline(anonymous, { platforms: ['irc'], postsPerEntry: 60 })
    expect(page.entries[0]?.posts[2]?.id).toBe(first?.first)
    expect(await grown(anonymous, seen(2))).toMatchObject([{ lines: 1 }])
    expect(await grown(anonymous, seen(4))).toEqual([])
    await saveBatch(source, holder, aBatch([line(5, { audience: 'members' })]), seen(5))
    expect(await grown(anonymous, seen(2))).toEqual([])
    expect(await grown(owner, seen(2))).toMatchObject([{ lines: 2 }])
    expect(await linesSaidSince(owner, [{ entry: 0, seenAt: new Date(0) }])).toEqual([])
  })
})

describe('POST /api/unread', () => {
  const ask = (body: unknown) => POST(new Request('http://localhost/api/unread', { method: 'POST', body: JSON.stringify(body) }))
  const told = {
    upTo: '0-0',
    sources: [[1, '5-5']],
    spans: [[1, '7-7', '8-8']],
    exceptions: [['3', true]],
    line: '0-0',
    since: 0,
    begun: 0,
  }

  test('tells as late what came below a place up to which all was read, also within the same visit', async () => {
    const caughtUp = catchUp(begin(emptyState, '1-0', 1), placeText(place(0, 0)))
    const answer = await ask(toldOf({ ...caughtUp, askedAt: NOW.getTime() + 10 * HOUR }))
    expect(await answer.json()).toMatchObject({ late: [{ place: expect.stringContaining(String(NOW.getTime() - 2.5 * HOUR)) }] })
  })

  test('tells of more late arrivals than go into one answer when it is asked again', async () => {
    const at = new Date(NOW.getTime() + 20 * HOUR)
    const { source, holder } = await heldSource('two', { platform: 'bluesky', firstReadAt: new Date(NOW.getTime() - 20 * HOUR) })
    const many = Array.from({ length: 250 }, (_, index) =>
      aPost(`many:${index}`, { publishedAt: new Date(NOW.getTime() - (index + 1) * 1000) }),
    )
    await saveBatch(source, holder, aBatch(many), at)
    let state = { ...catchUp(begin(emptyState, '1-0', 1), placeText(place(0, 0))), askedAt: at.getTime() - 1 }
    const late = new Set<string>()
    for (const expected of [200, 50]) {
      const answer: UnreadAnswer = await (await ask(toldOf(state))).json()
      expect(answer.late).toHaveLength(expected)
      state = taken(state, answer)
      for (const { entry } of answer.late) late.add(entry)
    }
    expect(late.size).toBe(250)
    expect(Object.values(state.exceptions).filter(({ unread }) => unread)).toHaveLength(250)
  })

  test('answers an anonymous reader in numbers and places', async () => {
    const answer = await ask(told)
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ sources: expect.any(Array), cut: [], late: expect.any(Array), at: expect.any(Number) })
  })

  test.each<[string, unknown]>([
    ['nothing', null],
    ['no place', { ...told, upTo: 'x' }],
    ['a place beyond all time', { ...told, line: '99999999999999-999999999999999' }],
    ['too many spans', { ...told, spans: Array.from({ length: 2001 }, () => [1, '1-1', '1-1']) }],
    ['half an entry', { ...told, exceptions: [[1.5, true]] }],
    ['a time beyond all time', { ...told, since: 1e300 }],
    ['the last time of JavaScript', { ...told, begun: 8.64e15 }],
  ])('%s is answered in words or as if it were true, never with a fault', async (_what, body) => {
    expect((await ask(body)).status).toBeLessThan(500)
  })

  test('a thousand and more late arrivals are told, none is lost: what there is no room for comes once some were read', async () => {
    const at = (nth: number) => new Date(NOW.getTime() + 40 * HOUR + nth * 60_000)
    const { source, holder } = await heldSource('two', { platform: 'bluesky', firstReadAt: new Date(NOW.getTime() - 20 * HOUR) })
    for (let nth = 0; nth < 6; nth++) {
      const some = Array.from({ length: 200 }, (_, index) =>
        aPost(`flood:${nth}:${index}`, { publishedAt: new Date(NOW.getTime() - 90_000 - (nth * 200 + index) * 10) }),
      )
      await saveBatch(source, holder, aBatch(some), at(nth))
    }
    let state = { ...catchUp(begin(emptyState, '1-0', 1), placeText(place(0, 0))), askedAt: at(0).getTime() - 1 }
    const late = () => Object.entries(state.exceptions).filter(([, { unread }]) => unread)
    const askAgain = async (times: number) => {
      for (let asked = 0; asked < times; asked++) state = taken(state, await (await ask(toldOf(state))).json())
    }
    await askAgain(8)
    expect(late()).toHaveLength(1000)
    const met = new Set(late().map(([entry]) => entry))
    for (const [entry, one] of late()) state = markRead(state, { entry, ...one })
    await askAgain(4)
    for (const [entry] of late()) met.add(entry)
    expect(met.size).toBe(1200)
  })
})
