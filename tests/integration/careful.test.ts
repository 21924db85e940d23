import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { saveBatch } from '#db/save-batch'
import { posts } from '#db/schema'
import { declareSources, listSources, sourcesInShort, sourcesOf } from '#db/sources'
import { sources } from '#db/sources-schema'
import { countDay, getTimeline } from '#db/timeline'
import { testDatabase } from '#tests/support/database'
import { aBatch, ada, aPost, heldSource } from '#tests/support/post'
import { quoted } from '#tests/support/shapes'

const database = testDatabase()
const NOW = new Date()
const ago = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000)
const anonymous = { role: 'anonymous' } as const
const owner = { role: 'owner' } as const

async function shown(reader: { role: 'anonymous' | 'owner' } = anonymous) {
  const { entries } = await getTimeline(reader, { limit: 200 })
  return entries.flatMap((entry) => entry.posts)
}
const ids = async (reader?: { role: 'anonymous' | 'owner' }) => (await shown(reader)).map(({ externalId }) => externalId)

test('anybody’s word makes a post more careful; only the first source’s own telling makes it less so, and a boost neither', async () => {
  const first = await heldSource('first')
  const second = await heldSource('second')
  const share = { externalId: 'boost', by: ada, at: NOW.toISOString() }
  await saveBatch(first.source, first.holder, aBatch([aPost('c:1', { publishedAt: ago(5) })]), NOW)
  await saveBatch(first.source, first.holder, aBatch([aPost('c:1', { audience: 'members', share, publishedAt: ago(1) })]), NOW)
  expect(await ids()).toContain('c:1')
  await saveBatch(second.source, second.holder, aBatch([aPost('c:1', { audience: 'members' })]), NOW)
  expect(await ids()).not.toContain('c:1')
  await saveBatch(second.source, second.holder, aBatch([aPost('c:1')]), NOW)
  expect(await ids()).not.toContain('c:1')
  await saveBatch(first.source, first.holder, aBatch([aPost('c:1', { text: 'open again' })]), NOW)
  expect(await ids()).toContain('c:1')
})

test('who passed on an open post and wants to be seen by members only is not named beside it', async () => {
  const { source, holder } = await heldSource('shy')
  const share = { externalId: 'shy boost', by: { ...ada, name: 'Shy Example' }, at: NOW.toISOString() }
  await saveBatch(
    source,
    holder,
    aBatch([aPost('s:1', { publishedAt: ago(5) }), aPost('s:1', { audience: 'members', share, publishedAt: ago(1) })]),
    NOW,
  )
  expect(await ids()).toContain('s:1')
  expect(JSON.stringify(await shown(owner))).not.toContain('Shy Example')
})

test('nor where the boost comes by itself, before or after the post that it passes on', async () => {
  const { source, holder } = await heldSource('shyer')
  const share = { externalId: 'shyer boost', by: { ...ada, id: 'id:shy', name: 'Shyer Example' }, at: NOW.toISOString() }
  const open = (id: string) => aPost(id, { publishedAt: ago(5) })
  const boosted = (id: string) => aPost(id, { audience: 'members', share: { ...share, externalId: `of ${id}` }, publishedAt: ago(1) })
  for (const told of [open('s:2'), boosted('s:2'), boosted('s:3'), open('s:3')]) await saveBatch(source, holder, aBatch([told]), NOW)
  expect(await ids()).toEqual(expect.arrayContaining(['s:2', 's:3']))
  expect(JSON.stringify(await shown())).not.toContain('Shyer Example')
  const { entries } = await getTimeline(anonymous, { people: ['feed:id:shy'] })
  expect(entries).toEqual([])
})

test('a source whose permission is withdrawn takes along what it showed, its name and its numbers', async () => {
  const room = await heldSource('a permitted room')
  const open = await heldSource('an open place')
  const both = aPost('r:both', { publishedAt: ago(3) })
  await saveBatch(open.source, open.holder, aBatch([both]), NOW)
  await saveBatch(room.source, room.holder, aBatch([both, aPost('r:own', { publishedAt: ago(2) })]), NOW)
  expect(await ids()).toEqual(expect.arrayContaining(['r:both', 'r:own']))
  const all = await database.db.select().from(sources)
  await declareSources(
    all.map(({ id: _, createdAt: __, ...source }) =>
      source.name === 'a permitted room' ? { ...source, audience: 'members' as const } : source,
    ),
    NOW,
  )
  expect(await ids()).not.toContain('r:own')
  expect(await ids(owner)).toContain('r:own')
  expect(JSON.stringify(await shown())).not.toContain('a permitted room')
  const everyId = (await sourcesInShort(owner)).map(({ id }) => id)
  for (const told of [await listSources(anonymous), await sourcesInShort(anonymous), await sourcesOf(anonymous, everyId)])
    expect(told.map(({ name }) => name)).not.toContain('a permitted room')
  expect((await sourcesOf(owner, everyId.toReversed())).map(({ id }) => id)).toEqual(everyId.toReversed())
})

test('no number tells an anonymous reader of posts that they may not see', async () => {
  const { source, holder } = await heldSource('mixed')
  const before = await countDay(anonymous, { at: NOW, zone: 'UTC' })
  const talk = { key: 'mixed', title: '#mixed', silenceMinutes: 20 }
  const hidden = { ...ada, id: 'id:hides' }
  await saveBatch(
    source,
    holder,
    aBatch([
      aPost('m:1', { audience: 'members' }),
      aPost('m:2'),
      aPost('m:3', { conversation: talk }),
      aPost('m:4', { conversation: talk, author: hidden }),
      aPost('m:5', { publishedAt: ago(3 * 24 * 60) }),
    ]),
    NOW,
  )
  await saveBatch(source, holder, aBatch([], { authors: [{ authorId: hidden.id, change: 'hidden' }] }), NOW)
  const [listed] = (await listSources(anonymous)).filter(({ name }) => name === 'mixed')
  expect(listed).toMatchObject({ postsInAll: 3, postsLastDay: 2 })
  expect((await countDay(anonymous, { at: NOW, zone: 'UTC' })) - before).toBe(2)
  expect((await listSources(owner)).find(({ name }) => name === 'mixed')).toMatchObject({ postsInAll: 5, postsLastDay: 3 })
})

test('what no rule lets in is not stored, and what is here changes with it all the same', async () => {
  const { source, holder } = await heldSource('rules')
  const keptOut = (post: ReturnType<typeof aPost>) => ({ ...aBatch([]), admitted: [{ post, rule: null }] })
  await saveBatch(source, holder, aBatch([aPost('k:1', { text: 'about slurm' })]), NOW)
  await saveBatch(source, holder, keptOut(aPost('k:2')), NOW)
  expect(await ids()).not.toContain('k:2')
  await saveBatch(source, holder, keptOut(aPost('k:1', { text: '', audience: 'withheld' })), NOW)
  expect(await ids(owner)).not.toContain('k:1')
})

test('what a source no longer keeps does not come back with the next reading', async () => {
  const { source, holder } = await heldSource('ninety days', { keepDays: 90 })
  const old = aPost('o:1', { publishedAt: ago(91 * 24 * 60) })
  expect(await saveBatch(source, holder, aBatch([old, aPost('o:2', { publishedAt: ago(89 * 24 * 60) })]), NOW)).toMatchObject({ added: 1 })
})

test('an undone boost no longer names who undid it, and a deleted account is gone from quotes, answers and boosts', async () => {
  const { source, holder } = await heldSource('names')
  const gone = { ...ada, id: 'id:gone', name: 'Gone Example' }
  const share = (externalId: string) => ({ externalId, by: gone, at: NOW.toISOString() })
  const quote = {
    state: 'shown' as const,
    externalId: 'elsewhere',
    url: null,
    author: gone,
    title: null,
    html: aPost('x').html,
    text: 'quoted words',
    publishedAt: null,
    media: [],
    contentWarning: null,
    sensitive: false,
  }
  const replyTo = {
    state: 'shown' as const,
    externalId: 'elsewhere too',
    url: null,
    author: gone,
    text: 'answered words',
    rootExternalId: null,
  }
  await saveBatch(source, holder, aBatch([aPost('u:1', { share: share('undone') })]), NOW)
  await saveBatch(source, holder, aBatch([aPost('u:1')]), NOW)
  await saveBatch(source, holder, aBatch([], { deleted: ['undone'] }), NOW)
  const [row] = await database.db.select().from(posts).where(eq(posts.externalId, 'u:1'))
  expect(row?.share).toBeNull()
  await saveBatch(source, holder, aBatch([aPost('u:2', { quote }), aPost('u:3', { replyTo }), aPost('u:4', { share: share('kept') })]), NOW)
  await saveBatch(source, holder, aBatch([], { authors: [{ authorId: gone.id, change: 'deleted' }] }), NOW)
  const left = JSON.stringify(await shown(owner))
  expect(left).not.toMatch(/Gone Example|quoted words|answered words/)
})

test('who begins to ask for fewer readers is kept from the rest at once: their posts, what quotes and answers them, their names beside what they passed on', async () => {
  const { source, holder } = await heldSource('begins to be shy', { platform: 'bluesky' })
  const open = { ...ada, id: 'did:turns-shy', name: 'Turnsshy', handle: '@turnsshy.example', url: 'https://bsky.example/turnsshy' }
  const replyTo = { state: 'shown' as const, externalId: 'w:1', url: null, author: open, text: 'words of Turnsshy', rootExternalId: null }
  const share = { externalId: 'shy boost', by: open, at: NOW.toISOString() }
  const batch = [
    aPost('w:1', { author: open }),
    aPost('w:2', { quote: { ...quoted, author: open } }),
    aPost('w:3', { replyTo }),
    aPost('w:4', { share }),
    aPost('w:5'),
    aPost('w:6', { replyTo: { ...replyTo, text: null } }),
  ]
  await saveBatch(source, holder, aBatch(batch), NOW)
  await saveBatch(source, holder, aBatch([aPost('w:5', { share: { ...share, externalId: 'another boost' } })]), NOW)
  expect(JSON.stringify((await shown()).map(({ sightings }) => sightings))).toContain('Turnsshy')
  expect((await ids()).filter((id) => id.startsWith('w:'))).toHaveLength(6)

  // One post of theirs tells it, through whichever source.
  const other = await heldSource('hears of it', { platform: 'bluesky' })
  const shy = { ...open, audience: 'members' as const }
  await saveBatch(other.source, other.holder, aBatch([aPost('w:7', { author: shy, audience: 'members' })]), NOW)
  expect((await ids()).filter((id) => id.startsWith('w:')).toSorted()).toEqual(['w:4', 'w:5', 'w:6'])
  const left = (await shown()).filter(({ externalId }) => /w:[45]/.test(externalId))
  expect(JSON.stringify(left.map(({ share, sightings, author }) => [share, sightings, author]))).not.toContain('Turnsshy')
  expect((await ids({ role: 'owner' })).filter((id) => id.startsWith('w:'))).toHaveLength(7)

  // Open again, their posts are so as they are told again.
  await saveBatch(source, holder, aBatch([aPost('w:1', { author: open })]), NOW)
  expect(await ids()).toContain('w:1')
})
