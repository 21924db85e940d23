import { sql } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import { earlierThan, getContext } from '#db/context'
import { dailyCounts } from '#db/daily-counts'
import type { Post, ReplyTo } from '#db/post'
import { saveBatch } from '#db/save-batch'
import { getEntry } from '#db/timeline'
import { dayBounds } from '#lib/reading/day-bounds'
import { testDatabase } from '#tests/support/database'
import { aBatch, ada, aPost, heldSource } from '#tests/support/post'

const database = testDatabase()
beforeEach(() => database.db.execute(sql`truncate entries, entry_lanes, posts, sightings, tombstones, aliases cascade`))

const now = new Date('2026-11-22T12:00:00Z')
const at = (minutes: number) => new Date(now.getTime() - minutes * 60_000)
const anonymous = { role: 'anonymous' } as const
const owner = { role: 'owner' } as const

const to = (externalId: string): ReplyTo => ({ state: 'unknown', externalId, url: null, author: null, text: null, rootExternalId: null })

async function save(...posts: Post[]) {
  const { source, holder } = await heldSource('mastodon source', { platform: 'mastodon' })
  await saveBatch(source, holder, aBatch(posts), now)
}

async function idOf(externalId: string): Promise<number> {
  const [row] = await database.db.execute<{ id: string }>(sql`select id from posts where external_id = ${externalId}`)
  return Number(row?.id)
}

async function contextOf(externalId: string, reader: typeof anonymous | typeof owner = anonymous) {
  const entry = await getEntry(reader, await idOf(externalId))
  if (!entry) throw new Error(`${externalId} is not there`)
  const { earlier, replies, quotedBy, before, after } = await getContext(reader, entry)
  const keys = (some: { externalId: string }[]) => some.map(({ externalId: key }) => key)
  return {
    earlier: keys(earlier),
    replies: keys(replies),
    quotedBy: keys(quotedBy),
    before: keys(before.flatMap(({ posts }) => posts)),
    after: keys(after.flatMap(({ posts }) => posts)),
  }
}

test('a post stands with all that it answers, and with what was answered to it and to its answers', async () => {
  await save(
    aPost('root', { publishedAt: at(50) }),
    aPost('second', { publishedAt: at(40), replyTo: to('root') }),
    aPost('third', { publishedAt: at(30), replyTo: to('second') }),
    aPost('fourth', { publishedAt: at(20), replyTo: to('third') }),
    aPost('aside', { publishedAt: at(10), replyTo: to('second') }),
  )
  expect(await contextOf('third')).toMatchObject({ earlier: ['root', 'second'], replies: ['fourth'] })
  expect(await contextOf('root')).toMatchObject({ earlier: [], replies: ['second', 'third', 'fourth', 'aside'] })
})

test('a chain ends where the reader may not see the next post, and nothing tells that there is one', async () => {
  await save(
    aPost('root', { publishedAt: at(50) }),
    aPost('hidden', { publishedAt: at(40), replyTo: to('root'), audience: 'members' }),
    aPost('last', { publishedAt: at(30), replyTo: to('hidden') }),
    aPost('later still', { publishedAt: at(20), replyTo: to('last') }),
  )
  expect(await contextOf('last')).toMatchObject({ earlier: [] })
  expect(await contextOf('later still')).toMatchObject({ earlier: ['last'] })
  expect(await contextOf('root')).toMatchObject({ replies: [] })
  expect(await contextOf('last', owner)).toMatchObject({ earlier: ['root', 'hidden'] })
})

test('a line of a conversation that is for members as a whole is no parent and no answer before others', async () => {
  const line = (externalId: string, minutes: number, change: Partial<Post> = {}) =>
    aPost(externalId, { publishedAt: at(minutes), conversation: { key: 'c', title: '#c', silenceMinutes: 60 }, ...change })
  await save(
    line('said', 50),
    aPost('answers it', { publishedAt: at(40), replyTo: to('said') }),
    line('answers that', 30, { replyTo: to('answers it') }),
  )
  expect(await contextOf('answers it')).toMatchObject({ earlier: ['said'], replies: ['answers that'] })
  await save(line('among members', 20, { audience: 'members' }))
  expect(await contextOf('answers it')).toMatchObject({ earlier: [], replies: [] })
  expect(await contextOf('answers it', owner)).toMatchObject({ earlier: ['said'], replies: ['answers that'] })
  const shown = async (reader: typeof anonymous | typeof owner) => (await getEntry(reader, await idOf('answers it')))?.posts[0]?.replyTo
  expect(await shown(anonymous)).toEqual(to('said'))
  expect(await shown(owner)).toMatchObject({ state: 'shown', text: 'Post said' })
})

test('posts that answer each other in a circle end all the same', async () => {
  await save(aPost('one', { publishedAt: at(50), replyTo: to('two') }), aPost('two', { publishedAt: at(40), replyTo: to('one') }))
  expect((await contextOf('one')).replies).toEqual(['two'])
})

test('a post stands with who quotes it, and with what its source showed just before and after it', async () => {
  const quote = {
    state: 'shown' as const,
    externalId: 'b',
    url: null,
    author: ada,
    title: null,
    html: aPost('b').html,
    text: 'Post b',
    publishedAt: null,
    media: [],
    contentWarning: null,
    sensitive: false,
  }
  await save(
    aPost('a', { publishedAt: at(50) }),
    aPost('b', { publishedAt: at(40) }),
    aPost('c', { publishedAt: at(30), quote }),
    aPost('d', { publishedAt: at(20), audience: 'members' }),
  )
  expect(await contextOf('b')).toMatchObject({ quotedBy: ['c'], before: ['a'], after: ['c'] })
  expect(await contextOf('b', owner)).toMatchObject({ after: ['c', 'd'] })
  expect(await contextOf('c')).toMatchObject({ before: ['a', 'b'] })
})

test('what a page of posts answers is found at once, for each post its own, as far back as asked', async () => {
  await save(
    aPost('root', { publishedAt: at(50) }),
    aPost('second', { publishedAt: at(40), replyTo: to('root') }),
    aPost('third', { publishedAt: at(30), replyTo: to('second') }),
  )
  const ids = await Promise.all(['second', 'third'].map(idOf))
  const found = await earlierThan(anonymous, ids, 1)
  expect(ids.map((id) => found.get(id)?.map(({ externalId }) => externalId))).toEqual([['root'], ['second']])
})

test('days are counted in the reader’s zone, for what the reader may see', async () => {
  await save(
    aPost('late', { publishedAt: new Date('2026-11-20T22:30:00Z') }),
    aPost('early', { publishedAt: new Date('2026-11-20T23:30:00Z') }),
    aPost('hidden', { publishedAt: new Date('2026-11-20T23:40:00Z'), audience: 'members' }),
  )
  const from = new Date('2026-11-01T00:00:00Z')
  const count = (reader: typeof anonymous | typeof owner, zone: string) => dailyCounts(reader, { from, to: now, zone })
  expect(await count(anonymous, 'UTC')).toEqual([{ day: '2026-11-20', platform: 'mastodon', posts: 2 }])
  expect(await count(anonymous, 'Europe/Berlin')).toEqual([
    { day: '2026-11-20', platform: 'mastodon', posts: 1 },
    { day: '2026-11-21', platform: 'mastodon', posts: 1 },
  ])
  expect(await count(owner, 'Europe/Berlin')).toMatchObject([{ posts: 1 }, { posts: 2 }])
})

test('a line that was removed from a conversation is in no count of a day', async () => {
  const conversation = { key: 'c', title: '#c', silenceMinutes: 60 }
  await save(aPost('stays', { publishedAt: at(40), conversation }), aPost('goes', { publishedAt: at(30), conversation }))
  const { source, holder } = await heldSource('mastodon source', { platform: 'mastodon' })
  await saveBatch(source, holder, { ...aBatch([]), deleted: ['goes'] }, now)
  const counted = await dailyCounts(anonymous, { from: new Date('2026-11-01T00:00:00Z'), to: now, zone: 'UTC' })
  expect(counted).toEqual([{ day: '2026-11-22', platform: 'mastodon', posts: 1 }])
})

test('a day begins and ends at the midnights of its zone, also when the clocks change', () => {
  expect(dayBounds('2026-10-25', 'Europe/Berlin')).toEqual({
    date: '2026-10-25',
    from: new Date('2026-10-24T22:00:00Z'),
    to: new Date('2026-10-25T23:00:00Z'),
  })
  for (const none of ['2026-02-30', '2026-13-01', 'nonsense', '1970-01-01', '9999-01-01', '']) expect(dayBounds(none, 'UTC')).toBeNull()
})
