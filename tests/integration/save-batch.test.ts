import { eq, sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { nameWithEmojis } from '#connectors/html'
import { againIfDeadlocked } from '#db/again'
import { tombstones } from '#db/consent-schema'
import type { SafeHtml } from '#db/post'
import { FencedError, saveBatch } from '#db/save-batch'
import { posts, sightings } from '#db/schema'
import { claimSource } from '#db/sources'
import { sources, unreadableItems } from '#db/sources-schema'
import { storePosts } from '#db/store-posts'
import { getTimeline } from '#db/timeline'
import { testDatabase } from '#tests/support/database'
import { eventually } from '#tests/support/eventually'
import { aBatch, ada, aPost, heldSource } from '#tests/support/post'

const database = testDatabase()
const NOW = new Date('2026-11-22T12:00:00.000Z')
const minutes = (count: number) => new Date(NOW.getTime() + count * 60_000)
const reader = { role: 'anonymous' } as const

async function shown(): Promise<string[]> {
  const { entries } = await getTimeline(reader, { limit: 200 })
  return entries.flatMap((entry) => entry.posts.map((post) => post.externalId))
}

async function row(externalId: string) {
  const [found] = await database.db.select().from(posts).where(eq(posts.externalId, externalId))
  if (!found) throw new Error(`${externalId} is not stored`)
  return found
}

test('a batch and its cursor are saved together, and saving it again changes nothing', async () => {
  const { source, holder } = await heldSource('together')
  const batch = aBatch([aPost('t:1', { publishedAt: minutes(-5) }), aPost('t:2', { publishedAt: minutes(-4) })], { cursor: { at: 2 } })
  expect(await saveBatch(source, holder, batch, NOW)).toEqual({ added: 2, changed: 0, removed: 0 })
  const before = await row('t:1')
  expect(await saveBatch(source, holder, batch, minutes(1))).toEqual({ added: 0, changed: 0, removed: 0 })
  expect(await row('t:1')).toEqual(before)
  const [stored] = await database.db.select().from(sources).where(eq(sources.id, source.id))
  expect(stored).toMatchObject({ cursor: { at: 2 }, postsSeen: 2, lastPostAt: minutes(-4) })
})

test('whoever lost the source writes nothing, not even the cursor', async () => {
  const { source, holder } = await heldSource('fence')
  await claimSource(source.id, crypto.randomUUID(), NOW)
  await expect(saveBatch(source, holder, aBatch([aPost('f:1')], { cursor: { at: 9 } }), NOW)).rejects.toThrow(FencedError)
  expect(await shown()).not.toContain('f:1')
  const [stored] = await database.db.select().from(sources).where(eq(sources.id, source.id))
  expect(stored?.cursor).toBeNull()
})

test('a failure half way through a batch leaves neither posts nor cursor', async () => {
  const { source, holder } = await heldSource('half')
  const broken = aPost('h:2', { replyCount: 2 ** 40 })
  await expect(saveBatch(source, holder, aBatch([aPost('h:1'), broken], { cursor: { at: 1 } }), NOW)).rejects.toThrow()
  expect(await shown()).not.toContain('h:1')
})

test('what no database can store in a text is left out of it, and the rest of the post is kept', async () => {
  const { source, holder } = await heldSource('odd characters')
  await saveBatch(source, holder, aBatch([aPost('odd:1', { text: 'a\u0000b\ud800c \\u0000' })]), NOW)
  expect(await row('odd:1')).toMatchObject({ text: 'ab\ufffdc \\u0000' })
  await saveBatch(source, holder, aBatch([aPost('odd:1', { text: 'a\u0000b mended' })]), minutes(1))
  expect(await row('odd:1')).toMatchObject({ text: 'ab mended' })
})

test('a post stands at its own time, unless that is made up: 1970, 2099 and none stand where they were first seen', async () => {
  const { source, holder } = await heldSource('times')
  const when = { 'w:1970': new Date(0), 'w:2099': new Date('2099-01-01'), 'w:none': null, 'w:right': minutes(-90) }
  await saveBatch(source, holder, aBatch(Object.entries(when).map(([id, publishedAt]) => aPost(id, { publishedAt }))), NOW)
  for (const id of ['w:1970', 'w:2099', 'w:none']) expect(await row(id)).toMatchObject({ publishedAt: null, sortAt: NOW })
  expect(await row('w:right')).toMatchObject({ publishedAt: minutes(-90), sortAt: minutes(-90) })
})

test('an edit changes the text, and not the place', async () => {
  const { source, holder } = await heldSource('edits')
  await saveBatch(source, holder, aBatch([aPost('e:1', { publishedAt: minutes(-30) })]), NOW)
  const edited = aPost('e:1', { publishedAt: minutes(-1), text: 'Mended', editedAt: minutes(-2) })
  expect(await saveBatch(source, holder, aBatch([edited]), minutes(1))).toMatchObject({ changed: 1 })
  expect(await row('e:1')).toMatchObject({ text: 'Mended', editedAt: minutes(-2), sortAt: minutes(-30), firstSeenAt: NOW })
})

test('a text that changed without a word of when counts as edited between the two readings', async () => {
  const { source, holder } = await heldSource('silent edits')
  await saveBatch(source, holder, aBatch([aPost('s:1')]), NOW)
  await saveBatch(source, holder, aBatch([aPost('s:1', { text: 'Other words' })]), minutes(1))
  expect(await row('s:1')).toMatchObject({ text: 'Other words', editedAt: minutes(1) })
})

test('the same post from two sources is one row with two sightings, and the first telling of it is kept', async () => {
  const first = await heldSource('origin')
  const second = await heldSource('mirror')
  await saveBatch(first.source, first.holder, aBatch([aPost('two:1', { replyCount: 3 })]), NOW)
  await saveBatch(second.source, second.holder, aBatch([aPost('two:1', { replyCount: 1 })]), minutes(1))
  expect(await row('two:1')).toMatchObject({ replyCount: 3 })
  const { entries } = await getTimeline(reader, { limit: 200 })
  const post = entries.flatMap((entry) => entry.posts).find(({ externalId }) => externalId === 'two:1')
  expect(post?.sightings.map(({ source }) => source)).toEqual(['origin', 'mirror'])
})

test('two transactions that wait for each other both come to their end', async () => {
  const [one, other] = [await heldSource('waits'), await heldSource('waits, too')]
  const [hasOne, hasOther] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const both = (first: number, second: number, mine: PromiseWithResolvers<void>, theirs: PromiseWithResolvers<void>) =>
    againIfDeadlocked(() =>
      database.db.transaction(async (tx) => {
        await tx.execute(sql`update sources set posts_seen = posts_seen + 1 where id = ${first}`)
        mine.resolve()
        await theirs.promise
        await tx.execute(sql`update sources set posts_seen = posts_seen + 1 where id = ${second}`)
      }),
    )
  await Promise.all([both(one.source.id, other.source.id, hasOne, hasOther), both(other.source.id, one.source.id, hasOther, hasOne)])
  const seen = await database.db.execute<{ posts_seen: number }>(sql`select posts_seen from sources where name like 'waits%'`)
  expect(seen.map(({ posts_seen }) => posts_seen)).toEqual([2, 2])
})

test('the same post that two sources save at the same moment has both sightings, and both have their say on who may see it', async () => {
  const first = await heldSource('at once')
  const second = await heldSource('at once, among members', { audience: 'members' })
  const saved = Promise.withResolvers<void>()
  const waits = Promise.withResolvers<void>()
  const theirs = database.db.transaction(async (tx) => {
    await storePosts(tx, first.source, new Map([['once:1', [{ post: aPost('once:1'), rule: '', authorHidden: false }]]]), NOW)
    saved.resolve()
    await waits.promise
  })
  await saved.promise
  const ours = saveBatch(second.source, second.holder, aBatch([aPost('once:1'), aPost('once:2')]), NOW)
  await eventually(async () => {
    const blocked = sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    expect(await database.db.execute(blocked)).toHaveLength(1)
  })
  waits.resolve()
  await theirs
  expect(await ours).toEqual({ added: 1, changed: 1, removed: 0 })
  const { id, audience } = await row('once:1')
  const seen = await database.db.select().from(sightings).where(eq(sightings.postId, id))
  expect(new Set(seen.map(({ sourceId }) => sourceId))).toEqual(new Set([first.source.id, second.source.id]))
  expect(audience).toBe('members')
  expect(await shown()).not.toContain('once:1')
})

test('posts that are saved together keep what is their own: tags, times, and what one has and another lacks', async () => {
  const { source, holder } = await heldSource('their own')
  const own = [
    { tags: ['lustre'], publishedAt: minutes(-9), title: 'Titled' },
    { tags: ['slurm'], publishedAt: minutes(-8) },
    { tags: [], publishedAt: minutes(-7), contentWarning: 'Long' },
  ]
  const told = own.map((values, nth) => aPost(`own:${nth}`, values))
  await saveBatch(source, holder, aBatch(told), NOW)
  for (const { externalId, tags, publishedAt, title, contentWarning } of told)
    expect(await row(externalId)).toMatchObject({ tags, publishedAt, title, contentWarning })
})

test('a deleted post is blanked, gone from quotes and parent lines, and never comes back', async () => {
  const { source, holder } = await heldSource('deletions')
  const quote = {
    state: 'shown' as const,
    externalId: 'd:1',
    url: null,
    author: ada,
    title: null,
    html: aPost('x').html,
    text: 'secret',
    publishedAt: null,
    media: [],
    contentWarning: null,
    sensitive: false,
  }
  const replyTo = { state: 'shown' as const, externalId: 'd:1', url: null, author: ada, text: 'secret', rootExternalId: null }
  await saveBatch(source, holder, aBatch([aPost('d:1', { text: 'secret' }), aPost('d:2', { quote }), aPost('d:3', { replyTo })]), NOW)
  await saveBatch(source, holder, aBatch([], { deleted: ['d:1', 'd:never-seen'] }), minutes(1))
  await saveBatch(source, holder, aBatch([aPost('d:1', { text: 'secret' }), aPost('d:never-seen')]), minutes(2))
  expect(await shown()).not.toContain('d:1')
  expect(await shown()).not.toContain('d:never-seen')
  const everything = await database.db.execute(sql`select p::text from posts p where p.external_id like 'd:%'`)
  expect(JSON.stringify(everything)).not.toContain('secret')
  expect(await row('d:2')).toMatchObject({ quote: { state: 'deleted' } })
  expect(await row('d:3')).toMatchObject({ replyTo: { state: 'unavailable', text: null } })
  expect(await database.db.select().from(tombstones).where(eq(tombstones.externalId, 'd:1'))).toHaveLength(1)
})

test('a boost of a post that is there is a sighting with a name; undone, the post stays', async () => {
  const { source, holder } = await heldSource('boosts')
  const share = { externalId: 'boost:1', by: ada, at: NOW.toISOString() }
  await saveBatch(source, holder, aBatch([aPost('b:1', { publishedAt: minutes(-60) })]), NOW)
  await saveBatch(source, holder, aBatch([aPost('b:1', { publishedAt: minutes(-1), originalAt: minutes(-60), share })]), NOW)
  expect(await row('b:1')).toMatchObject({ sortAt: minutes(-60), share: null })
  const seen = await database.db
    .select()
    .from(sightings)
    .where(eq(sightings.postId, (await row('b:1')).id))
  expect(seen.map(({ shareId }) => shareId).sort()).toEqual(['', 'boost:1'])
  await saveBatch(source, holder, aBatch([], { deleted: ['boost:1'] }), minutes(1))
  expect(await shown()).toContain('b:1')
})

test('a post that only a boost brought stands at the boost, and leaves when it is undone, to come again with another', async () => {
  const { source, holder } = await heldSource('only boosted')
  const boosted = (id: string) =>
    aPost('o:1', { publishedAt: minutes(-2), originalAt: minutes(-600), share: { externalId: id, by: ada, at: minutes(-2).toISOString() } })
  await saveBatch(source, holder, aBatch([boosted('boost:a')]), NOW)
  expect(await row('o:1')).toMatchObject({ sortAt: minutes(-2), originalAt: minutes(-600) })
  expect(await saveBatch(source, holder, aBatch([], { deleted: ['boost:a'] }), minutes(1))).toMatchObject({ removed: 1 })
  expect(await shown()).not.toContain('o:1')
  await saveBatch(source, holder, aBatch([boosted('boost:a')]), minutes(2))
  expect(await shown()).not.toContain('o:1')
  await saveBatch(source, holder, aBatch([boosted('boost:b')]), minutes(3))
  expect(await shown()).toContain('o:1')
})

test('posts of a hidden account are hidden, those that arrive meanwhile too, and shown again; a deleted account is gone', async () => {
  const { source, holder } = await heldSource('accounts')
  const author = { ...ada, id: 'id:hidden' }
  const say = (change: string) => ({ authors: [{ authorId: author.id, change }] })
  await saveBatch(source, holder, aBatch([aPost('a:1', { author })]), NOW)
  await saveBatch(source, holder, aBatch([], say('hidden')), minutes(1))
  await saveBatch(source, holder, aBatch([aPost('a:2', { author })]), minutes(2))
  expect(await shown()).not.toEqual(expect.arrayContaining(['a:1']))
  expect(await shown()).not.toEqual(expect.arrayContaining(['a:2']))
  await saveBatch(source, holder, aBatch([], say('shown')), minutes(3))
  expect(await shown()).toEqual(expect.arrayContaining(['a:1', 'a:2']))
  await saveBatch(source, holder, aBatch([], say('deleted')), minutes(4))
  await saveBatch(source, holder, aBatch([aPost('a:1', { author }), aPost('a:3', { author })]), minutes(5))
  for (const id of ['a:1', 'a:2', 'a:3']) expect(await shown()).not.toContain(id)
})

test('late is what was seen long after it was said, and never what a first read brings', async () => {
  const first = await heldSource('late')
  await saveBatch(first.source, first.holder, aBatch([aPost('l:first', { publishedAt: minutes(-600) })]), NOW)
  const later = await heldSource('late', { firstReadAt: minutes(-30) })
  await saveBatch(
    later.source,
    later.holder,
    aBatch([aPost('l:on-time', { publishedAt: minutes(-14) }), aPost('l:late', { publishedAt: minutes(-40) })]),
    NOW,
  )
  expect([(await row('l:first')).late, (await row('l:on-time')).late, (await row('l:late')).late]).toEqual([false, false, true])
})

test('what a source says of its audience counts when it is more careful than the post', async () => {
  const { source, holder } = await heldSource('members', { audience: 'members' })
  await saveBatch(source, holder, aBatch([aPost('m:1')]), NOW)
  expect(await shown()).not.toContain('m:1')
  const { entries } = await getTimeline({ role: 'owner' }, { limit: 200 })
  expect(entries.flatMap((entry) => entry.posts.map((post) => post.externalId))).toContain('m:1')
})

test('coverage joins up, and items that were not understood are counted and the newest kept', async () => {
  const { source, holder } = await heldSource('coverage')
  const covered = (from: number, to: number) => ({ covered: { from: minutes(from), to: minutes(to) } })
  await saveBatch(source, holder, aBatch([], covered(-60, -40)), NOW)
  await saveBatch(source, holder, aBatch([], covered(-45, -30)), NOW)
  await saveBatch(source, holder, aBatch([], covered(-10, 0)), NOW)
  const items = Array.from({ length: 60 }, (_, index) => ({ payload: `item ${index}`, reason: 'odd' }))
  await saveBatch(source, holder, aBatch([], { unreadable: items }), NOW)
  const [stored] = await database.db.select().from(sources).where(eq(sources.id, source.id))
  expect(stored?.unreadable).toBe(60)
  expect(stored?.covered.match(/\[/g)).toHaveLength(2)
  const kept = await database.db.select().from(unreadableItems).where(eq(unreadableItems.sourceId, source.id))
  expect(kept).toHaveLength(50)
  expect(kept.at(-1)?.payload).toBe('item 59')
})

test('10,000 items at once are saved, in order', async () => {
  const { source, holder } = await heldSource('many')
  const many = Array.from({ length: 10_000 }, (_, index) =>
    aPost(`n:${index}`, { publishedAt: new Date(NOW.getTime() - (index + 1) * 1000) }),
  )
  expect(await saveBatch(source, holder, aBatch(many), NOW)).toMatchObject({ added: 10_000 })
  const ids = await database.db.execute<{ external_id: string }>(
    sql`select external_id from posts where external_id like 'n:%' order by id desc limit 2`,
  )
  expect(ids.map(({ external_id }) => external_id)).toEqual(['n:0', 'n:1'])
})

test('emoji in a warning are kept, go with the edit that takes them out, and leave with the post', async () => {
  const { source, holder } = await heldSource('Emoji in warnings')
  const warned = (warningHtml?: SafeHtml) => aPost('warned', { contentWarning: 'work :oom:', ...(warningHtml && { warningHtml }) })
  const kept = async () => (await row('warned')).warningHtml
  const drawn = nameWithEmojis('work :oom:', [{ shortcode: 'oom', url: 'https://e.example/oom.png' }]) ?? undefined
  await saveBatch(source, holder, aBatch([aPost('first'), warned(drawn)]), new Date())
  expect(await kept()).toContain('<img class="emoji"')
  await saveBatch(source, holder, aBatch([warned()]), new Date())
  expect(await kept()).toBeNull()
  await saveBatch(source, holder, aBatch([warned(drawn)]), new Date())
  expect(await kept()).toContain('<img')
  await saveBatch(source, holder, aBatch([], { deleted: ['warned'] }), new Date())
  expect(await kept()).toBeNull()
})
