import { eq, sql } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import type { Card, Person, Post } from '#db/post'
import { saveBatch } from '#db/save-batch'
import { copyKeys, posts, sightings } from '#db/schema'
import { getEntry, getTimeline } from '#db/timeline'
import { copiesIn } from '#lib/reading/copies'
import { testDatabase } from '#tests/support/database'
import { eventually } from '#tests/support/eventually'
import { aBatch, ada, aPost, heldSource } from '#tests/support/post'

const database = testDatabase()

beforeEach(() => database.db.execute(sql`truncate entries, entry_lanes, posts, copy_keys, sightings, tombstones, aliases cascade`))

const now = new Date('2026-11-22T12:00:00Z')
const anonymous = { role: 'anonymous' } as const
const owner = { role: 'owner' } as const
const SAID = 'We measured MPI collectives on the new fabric and were surprised twice by the results'
const at = (minutes: number) => new Date(now.getTime() - minutes * 60_000)

async function save(platform: string, posts: Post[]) {
  const { source, holder } = await heldSource(`${platform} source`, { platform })
  await saveBatch(source, holder, aBatch(posts), now)
}

async function entriesNow(reader: typeof anonymous | typeof owner = owner) {
  const { entries } = await getTimeline(reader)
  return entries.map(({ posts }) => posts.map(({ externalId }) => externalId))
}

function card(url: string, title: string): Card {
  return { kind: 'link', url, title, description: '', image: null, site: 'example.org', authors: [], readingMinutes: null }
}

const elsewhere: Person = { ...ada, id: 'did:ada', handle: '@ada.example.net' }

test('what one person says on two networks is one entry, at the place of the first, with a door to each', async () => {
  await save('bluesky', [aPost('at:1', { text: SAID, publishedAt: at(30), replyCount: 2 })])
  await save('mastodon', [aPost('uri:1', { text: `${SAID} #HPC #MPI`, author: elsewhere, publishedAt: at(25), replyCount: 5 })])
  const { entries } = await getTimeline(anonymous)
  expect(entries).toHaveLength(1)
  expect(entries[0]?.sortAt).toEqual(at(30))
  expect(entries[0]?.posts.map(({ platform, replyCount }) => [platform, replyCount])).toEqual([
    ['bluesky', 2],
    ['mastodon', 5],
  ])
})

test('an article, the aggregator that carries it and posts that only pass it on are one entry, and the article stands for it', async () => {
  const url = 'https://blog.example.org/why-queues-wait'
  const title = 'Why queues wait, and what to do about it'
  const text = 'A long look at backfill, reservations and the people between them. '.repeat(6)
  await save('bluesky', [
    aPost('at:1', { text: `New: ${title}`, card: card(`${url}?utm_source=bsky`, title), author: elsewhere, publishedAt: at(20) }),
  ])
  await save('feed', [
    aPost('guid:1', { url, title, text, publishedAt: at(60) }),
    aPost('guid:2', { url: `${url}/`, title, text, author: { ...ada, id: 'planet#ada' }, publishedAt: at(59) }),
  ])
  const { entries } = await getTimeline(anonymous)
  expect(entries).toHaveLength(1)
  expect(copiesIn(entries[0]?.posts ?? [])?.main.externalId).toBe('guid:1')
})

test('what somebody has to say of an article is no copy of it', async () => {
  const url = 'https://blog.example.org/why-queues-wait'
  await save('feed', [
    aPost('guid:1', { url, title: 'Why queues wait, and what to do about it', text: 'A long look at backfill', publishedAt: at(60) }),
  ])
  await save('bluesky', [
    aPost('at:1', {
      text: 'I disagree with nearly all of this: reservations are the disease, not the cure, and our numbers from last year show it',
      author: { ...elsewhere, name: 'Bo Example', handle: '@bo.example.net' },
      card: card(url, 'Why queues wait, and what to do about it'),
      publishedAt: at(20),
    }),
  ])
  expect(await entriesNow()).toEqual([['at:1'], ['guid:1']])
})

test("a bridge's copy finds its original, whichever comes first, and the original stands for both", async () => {
  const page = 'https://bsky.app/profile/did:plc:ada/post/3k'
  await save('mastodon', [
    aPost('uri:bridged', { text: 'Short', url: 'https://bsky.brid.gy/r/x', copyOf: page, author: elsewhere, publishedAt: at(9) }),
  ])
  await save('bluesky', [aPost('at://did:plc:ada/app.bsky.feed.post/3k', { text: 'Short', url: page, publishedAt: at(10) })])
  const { entries } = await getTimeline(anonymous)
  expect(entries).toHaveLength(1)
  expect(copiesIn(entries[0]?.posts ?? [])?.main.externalId).toBe('at://did:plc:ada/app.bsky.feed.post/3k')
})

test('copies for different audiences stand apart, so that neither hides or betrays the other', async () => {
  await save('bluesky', [aPost('at:1', { text: SAID, audience: 'members', publishedAt: at(30) })])
  await save('mastodon', [aPost('uri:1', { text: SAID, author: elsewhere, publishedAt: at(25) })])
  expect(await entriesNow(anonymous)).toEqual([['uri:1']])
  expect(await entriesNow(owner)).toEqual([['uri:1'], ['at:1']])
})

test('an account that says the same again says it again', async () => {
  await save('bluesky', [aPost('at:1', { text: SAID, publishedAt: at(30) }), aPost('at:2', { text: SAID, publishedAt: at(20) })])
  await save('mastodon', [aPost('uri:1', { text: SAID, author: elsewhere, publishedAt: at(19) })])
  expect((await entriesNow()).toSorted()).toEqual([['at:1', 'uri:1'], ['at:2']].toSorted())
})

test('a deleted copy leaves the others, and nothing by which another could be found to be its copy', async () => {
  await save('bluesky', [aPost('at:1', { text: SAID, publishedAt: at(30) })])
  await save('mastodon', [aPost('uri:1', { text: SAID, author: elsewhere, publishedAt: at(25) })])
  const { source, holder } = await heldSource('bluesky source', { platform: 'bluesky' })
  await saveBatch(source, holder, aBatch([], { deleted: ['at:1'] }), now)
  const { entries } = await getTimeline(anonymous)
  expect(entries.map(({ posts }) => posts.map(({ externalId }) => externalId))).toEqual([['uri:1']])
  expect(await getEntry(anonymous, entries[0]?.id ?? 0)).toMatchObject({ posts: [{ externalId: 'uri:1' }] })
  const left = await database.db.select().from(copyKeys)
  const [copy] = await database.db.select().from(posts).where(eq(posts.externalId, 'uri:1'))
  expect(new Set(left.map(({ postId }) => postId))).toEqual(new Set([copy?.id]))
  expect(left.map(({ key }) => key).toSorted()).toEqual(copy?.copyKeys?.toSorted())
})

test('an entry is found by any of its copies: by the post, its platform, its source, its author and its tags', async () => {
  await save('bluesky', [aPost('at:1', { text: SAID, publishedAt: at(30), tags: ['mpi'] })])
  await save('mastodon', [aPost('uri:1', { text: SAID, author: elsewhere, publishedAt: at(25), tags: ['hpc'] })])
  const stored = await database.db
    .select({ id: posts.id, sourceId: sightings.sourceId })
    .from(posts)
    .innerJoin(sightings, eq(sightings.postId, posts.id))
  for (const { id } of stored) expect((await getEntry(anonymous, id))?.posts.map((post) => post.externalId)).toEqual(['at:1', 'uri:1'])
  const filters = [
    ...['bluesky', 'mastodon'].map((platform) => ({ platforms: [platform] })),
    ...stored.map(({ sourceId }) => ({ sources: [sourceId] })),
    ...[`bluesky:${ada.id}`, `mastodon:${elsewhere.id}`].map((person) => ({ people: [person] })),
    ...['mpi', 'hpc'].map((tag) => ({ tags: [tag] })),
    // A star on one of the accounts is enough.
    { starred: { people: [`mastodon:${elsewhere.id}`], sources: [] } },
  ]
  for (const filter of filters) {
    const { entries } = await getTimeline(anonymous, filter)
    expect(
      entries.map((entry) => entry.posts.length),
      JSON.stringify(filter),
    ).toEqual([2])
  }
  expect((await getTimeline(anonymous, { platforms: ['reddit'] })).entries).toEqual([])
})

test('when the copy that stands for the others is deleted, another stands for those that are left', async () => {
  const url = 'https://blog.example.org/why-queues-wait'
  const title = 'Why queues wait, and what to do about it'
  await save('feed', [aPost('guid:1', { url, title, text: 'A long look at backfill. '.repeat(9), publishedAt: at(60) })])
  await save('bluesky', [aPost('at:1', { text: title, card: card(url, title), publishedAt: at(50) })])
  await save('mastodon', [aPost('uri:1', { text: `New: ${title}`, card: card(url, title), author: elsewhere, publishedAt: at(40) })])
  const standing = async () => {
    const [entry] = (await getTimeline(anonymous)).entries
    const copies = copiesIn(entry?.posts ?? [])
    return [copies?.main.externalId ?? entry?.posts[0]?.externalId, copies?.others.length ?? 0]
  }
  const gone = async (platform: string, id: string) => {
    const { source, holder } = await heldSource(`${platform} source`, { platform })
    await saveBatch(source, holder, aBatch([], { deleted: [id] }), now)
  }
  expect(await standing()).toEqual(['guid:1', 2])
  await gone('feed', 'guid:1')
  expect(await standing()).toEqual(['at:1', 1])
  await gone('bluesky', 'at:1')
  expect(await standing()).toEqual(['uri:1', 0])
  await gone('mastodon', 'uri:1')
  expect((await getTimeline(anonymous)).entries).toEqual([])
})

test('a copy that the reader muted stands for others only where all are muted', async () => {
  await save('bluesky', [aPost('at:1', { text: SAID, publishedAt: at(30) })])
  await save('mastodon', [aPost('uri:1', { text: SAID, author: elsewhere, publishedAt: at(25) })])
  const all = (await getTimeline(anonymous)).entries[0]?.posts ?? []
  expect(copiesIn(all, ({ platform }) => platform !== 'bluesky')?.main.externalId).toBe('uri:1')
  expect(copiesIn(all, () => false)?.main.externalId).toBe('at:1')
})

test('two workers that save copies at the same moment fold them all the same', async () => {
  const pairs = Array.from({ length: 20 }, (_, index) => `${SAID} in run ${index} of the whole campaign`)
  const held = await Promise.all(['bluesky', 'mastodon'].map((platform) => heldSource(`${platform} source`, { platform })))
  await Promise.all(
    held.map(({ source, holder }, which) =>
      saveBatch(
        source,
        holder,
        aBatch(
          pairs.map((text, index) => aPost(`${which}:${index}`, { text, author: which ? elsewhere : ada, publishedAt: at(100 - index) })),
        ),
        now,
      ),
    ),
  )
  expect((await entriesNow()).map((ids) => ids.length)).toEqual(pairs.map(() => 2))
})

test('many batches of three sources at the same moment fold as they would one after the other, each entry in its lanes', async () => {
  const platforms = ['bluesky', 'mastodon', 'threads']
  const held = await Promise.all(platforms.map((platform) => heldSource(`${platform} source`, { platform })))
  const people = [ada, elsewhere, { ...ada, id: 'threads:ada', handle: '@ada.example.org' }]
  const batch = (which: number, round: number) =>
    Array.from({ length: 15 }, (_, index) => {
      const text = `Run ${index} of round ${round} of the campaign: ${SAID}`
      return aPost(`${which}:${round}:${index}`, {
        text,
        author: people[which] ?? ada,
        publishedAt: at(200 - round * 20 - index),
        tags: [`t${which}`],
      })
    })
  await Promise.all(
    held.map(async ({ source, holder }, which) => {
      for (let round = 0; round < 4; round++) await saveBatch(source, holder, aBatch(batch(which, round)), now)
    }),
  )
  const { entries } = await getTimeline(owner, { limit: 200 })
  expect(entries.map((entry) => entry.posts.map(({ platform }) => platform).toSorted())).toEqual(Array(60).fill(platforms.toSorted()))
  const rows = await database.db.execute(sql`
    (select lane, audience, sort_at, entry_id from entry_lanes except select unnest(lanes), audience, sort_at, id from entries)
    union all (select unnest(lanes), audience, sort_at, id from entries except select lane, audience, sort_at, entry_id from entry_lanes)`)
  expect([...rows]).toEqual([])
  const [of] = await database.db.execute<{ lanes: string[] }>(sql`select lanes from entries limit 1`)
  expect(of?.lanes.filter((lane) => lane.startsWith('tag:'))).toEqual(['tag:t0', 'tag:t1', 'tag:t2'])
})

/** Saves the first batch while the second's transaction has looked for copies already, and is held up before its commit. */
async function crossing(theirs: Post, ours: Post, change: object = {}) {
  const [first, second] = [
    await heldSource('bluesky source', { platform: 'bluesky' }),
    await heldSource('mastodon source', { platform: 'mastodon' }),
  ]
  const holding = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const lock = database.db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext('copies'))`)
    held.resolve()
    await holding.promise
  })
  await held.promise
  const waiting = (count: number) =>
    eventually(async () => {
      const blocked = sql`select 1 from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())`
      expect(await database.db.execute(blocked)).toHaveLength(count)
    })
  const one = saveBatch(first.source, first.holder, aBatch([theirs]), now)
  await waiting(1)
  const other = saveBatch(second.source, second.holder, aBatch([ours], change), now)
  await waiting(2)
  holding.resolve()
  await Promise.all([lock, one, other])
}

test('a post has each of its keys once, and where there are no posts there are no keys', async () => {
  await save('bluesky', [aPost('at:1', { text: SAID, publishedAt: at(30) })])
  const kept = await database.db.select().from(copyKeys)
  expect(kept.length).toBeGreaterThan(2)
  await database.db.execute(sql`truncate posts cascade`)
  expect(await database.db.select().from(copyKeys)).toEqual([])
  const [source] = await database.db.execute<{ id: number }>(sql`select id from sources limit 1`)
  await database.db.execute(sql`
    insert into posts (entry_id, platform, source_id, external_id, author, badges, html, text, tags, sensitive, media, kind, recovered, reactions,
      audience, first_seen_at, sort_at, late, revision, copy_keys)
    values (1, 'bluesky', ${source?.id}, 'at:2', '{}', '{}', '', '', '{}', false, '[]', 'post', false, '[]', 'public', now(), now(), false, '',
      '{one,two,one}')`)
  expect((await database.db.select().from(copyKeys)).map(({ key }) => key).toSorted()).toEqual(['one', 'two'])
})

test('copies in two transactions that do not see each other stand together once both are saved', async () => {
  await crossing(aPost('at:1', { text: SAID, publishedAt: at(30) }), aPost('uri:1', { text: SAID, author: elsewhere, publishedAt: at(25) }))
  expect(await entriesNow()).toEqual([['at:1', 'uri:1']])
})

test('a copy before another audience, or deleted in the batch that told it, joins no entry of another transaction either', async () => {
  const theirs = aPost('at:1', { text: SAID, publishedAt: at(30) })
  await crossing(theirs, aPost('uri:1', { text: SAID, author: elsewhere, publishedAt: at(25), audience: 'members' }))
  expect(await entriesNow()).toEqual([['uri:1'], ['at:1']])
  await database.db.execute(sql`truncate entries, entry_lanes, posts, copy_keys, sightings, tombstones, aliases cascade`)
  await crossing(theirs, aPost('uri:1', { text: SAID, author: elsewhere, publishedAt: at(25) }), { deleted: ['uri:1'] })
  expect(await entriesNow()).toEqual([['at:1']])
  expect(await database.db.execute(sql`select distinct entry_id from posts`)).toHaveLength(2)
})
