import { beforeAll, expect, test } from 'vitest'
import type { Reader } from '#db/audience'
import { saveBatch } from '#db/save-batch'
import { activity, countDay, getTimeline, type Place, placeFrom, placeText, type TimelineQuery } from '#db/timeline'
import { testDatabase } from '#tests/support/database'
import { aBatch, aPost, heldSource } from '#tests/support/post'

testDatabase()
const NOW = new Date('2026-11-22T12:00:00.000Z')
const anonymous: Reader = { role: 'anonymous' }
const owner: Reader = { role: 'owner' }

/** 300 posts of three platforms, ten in each millisecond, so that ties are the rule; every fifth is for members. */
beforeAll(async () => {
  for (const platform of ['bluesky', 'mastodon', 'feed']) {
    const { source, holder } = await heldSource(platform, { platform })
    const posts = Array.from({ length: 100 }, (_, index) =>
      aPost(`${platform}:${index}`, {
        publishedAt: new Date(NOW.getTime() - Math.floor(index / 10) * 3_600_000),
        audience: index % 5 === 4 ? 'members' : index % 5 === 3 ? 'unindexed' : 'public',
      }),
    )
    await saveBatch(source, holder, aBatch(posts), NOW)
  }
})

/** Every page from the newest to the end, or back up from a place. */
async function walk(reader: Reader, query: TimelineQuery, direction: 'older' | 'newer' = 'older', from: Place | null = null) {
  const pages: string[][] = []
  for (let place = from; ; ) {
    const page = await getTimeline(reader, { ...query, ...(direction === 'older' ? { before: place } : { after: place }) })
    pages.push(page.entries.map((entry) => entry.posts[0]?.externalId ?? ''))
    place = page[direction]
    if (!place) return pages
  }
}

test('pages neither overlap nor leave gaps, whatever the filter, size and reader', async () => {
  for (const [reader, visible] of [
    [anonymous, 80],
    [owner, 100],
  ] as const)
    for (const platforms of [[], ['mastodon'], ['bluesky', 'feed'], ['no-such-platform']])
      for (const limit of [7, 50]) {
        const pages = await walk(reader, { platforms, limit })
        const all = pages.flat()
        const expected = platforms[0] === 'no-such-platform' ? 0 : visible * (platforms.length || 3)
        expect(new Set(all).size).toBe(all.length)
        expect(all).toHaveLength(expected)
      }
})

test('walking back up passes the same entries in the same order', async () => {
  const down = (await walk(anonymous, { limit: 13 })).flat()
  const { older: start } = await getTimeline(anonymous, { limit: 1 })
  const oldest = await getTimeline(anonymous, { limit: 100, before: placeFrom('0-0') })
  expect(oldest.entries).toHaveLength(0)
  const bottom = (await walk(anonymous, { limit: 13 }, 'newer', { sortAt: new Date(0), id: 0 })).reverse().flat()
  expect(bottom).toEqual(down)
  expect(start).not.toBeNull()
})

test('the newest page has nothing newer and the last one nothing older', async () => {
  const newest = await getTimeline(anonymous, { limit: 200 })
  expect(newest.newer).toBeNull()
  const last = await getTimeline(anonymous, { limit: 200, before: newest.older })
  expect(last.older).toBeNull()
  expect(last.entries).toHaveLength(40)
})

test('an anonymous reader gets no post for members, and what is unindexed only in the stream', async () => {
  const stream = await getTimeline(anonymous, { limit: 200 })
  expect(new Set(stream.entries.flatMap(({ posts }) => posts.map(({ audience }) => audience)))).toEqual(new Set(['public', 'unindexed']))
  const index = await getTimeline(anonymous, { limit: 200, surface: 'index' })
  expect(new Set(index.entries.flatMap(({ posts }) => posts.map(({ audience }) => audience)))).toEqual(new Set(['public']))
})

test('a day counts its own posts in the zone that is asked for', async () => {
  // Ten posts an hour and platform from 03:00 to 12:00 UTC; in Kathmandu (+05:45) that is 08:45 to 17:45 of one day.
  expect(await countDay(owner, { at: NOW, zone: 'Asia/Kathmandu' })).toBe(300)
  // In Honolulu (-10:00) the day begins at 10:00 UTC.
  expect(await countDay(owner, { at: NOW, zone: 'Pacific/Honolulu' })).toBe(90)
  expect(await countDay(anonymous, { at: NOW, zone: 'Pacific/Honolulu', platforms: ['feed'] })).toBe(24)
})

test('activity counts entries in equal spans up to now, empty spans included', async () => {
  const spans = await activity(owner, { buckets: 4, bucketHours: 3, now: NOW })
  expect(spans.map(({ count }) => count)).toEqual([30, 90, 90, 90])
})

test('a place survives the address bar, and nonsense is no place', () => {
  const place = { sortAt: new Date('2026-11-22T08:00:00.123Z'), id: 42 }
  expect(placeFrom(placeText(place))).toEqual(place)
  for (const nonsense of ['', 'x', '1', '1-', '-', '1-2-3', `${'9'.repeat(30)}-1`, "1-1'--", null]) expect(placeFrom(nonsense)).toBeNull()
})

test('an answer whose platform names only what it answers gets its line from what is here, if the reader may see that', async () => {
  const { source, holder } = await heldSource('answers', { platform: 'feed' })
  const bare = (externalId: string) => ({
    state: 'unknown' as const,
    externalId,
    url: `https://example.org/${externalId}`,
    author: null,
    text: null,
    rootExternalId: null,
  })
  const posts = [
    aPost('parent:public', { text: 'Who drained the node?', publishedAt: NOW }),
    aPost('parent:members', { text: 'A word among members', audience: 'members', publishedAt: NOW }),
    aPost('answer:1', { replyTo: bare('parent:public'), publishedAt: new Date(NOW.getTime() + 1000) }),
    aPost('answer:2', { replyTo: bare('parent:members'), publishedAt: new Date(NOW.getTime() + 1000) }),
    aPost('answer:3', { replyTo: bare('parent:elsewhere'), publishedAt: new Date(NOW.getTime() + 1000) }),
  ]
  await saveBatch(source, holder, aBatch(posts), new Date(NOW.getTime() + 2000))
  const replies = async (reader: Reader) => {
    const { entries } = await getTimeline(reader, { platforms: ['feed'], limit: 200 })
    const all = entries.flatMap((entry) => entry.posts)
    return ['answer:1', 'answer:2', 'answer:3'].map((id) => all.find(({ externalId }) => externalId === id)?.replyTo?.text)
  }
  expect(await replies(anonymous)).toEqual(['Who drained the node?', null, null])
  // A parent for members is to others as one that is not here: no more than the answer itself says.
  const { entries } = await getTimeline(anonymous, { platforms: ['feed'], limit: 200 })
  const told = entries.flatMap((entry) => entry.posts)
  for (const [answer, parent] of [
    ['answer:2', 'parent:members'],
    ['answer:3', 'parent:elsewhere'],
  ] as const)
    expect(told.find(({ externalId }) => externalId === answer)?.replyTo).toEqual(bare(parent))
  expect(await replies(owner)).toEqual(['Who drained the node?', 'A word among members', null])
})
