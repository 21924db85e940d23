import { eq } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import type { Reader } from '#db/audience'
import { saveBatch } from '#db/save-batch'
import { posts } from '#db/schema'
import { getEntry, getTimeline, hasEntry } from '#db/timeline'
import { testDatabase } from '#tests/support/database'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { chatLine, thread } from '#tests/support/talk'

const database = testDatabase()
const NOW = new Date('2026-11-22T12:00:00.000Z')
const ago = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000)
const anonymous: Reader = { role: 'anonymous' }
const owner: Reader = { role: 'owner' }
const permission = { by: 'the operators', on: '2026-01-15' }

beforeAll(async () => {
  const { source, holder } = await heldSource('#hpc', { permission })
  const lines = Array.from({ length: 100 }, (_, index) =>
    chatLine(`line-${index}`, new Date(ago(600).getTime() + index * 1000), `nick${index % 4}`),
  )
  const room = thread(ago(300), { audience: 'members' })
  const mixed = thread(ago(150)).map((post, index) => ({
    ...post,
    externalId: `mixed-${index}`,
    audience: index === 4 ? ('members' as const) : post.audience,
  }))
  const batch = aBatch([...lines, ...room, ...mixed, aPost('single', { publishedAt: ago(10) }), aPost('gone', { publishedAt: ago(5) })])
  await saveBatch(source, holder, batch, NOW)
  await saveBatch(source, holder, aBatch([], { deleted: ['gone', 'line-0', 'line-3'] }), NOW)
})

async function idOf(externalId: string): Promise<number> {
  const [post] = await database.db.select({ id: posts.id }).from(posts).where(eq(posts.externalId, externalId))
  return post?.id ?? 0
}
const told = async (reader: Reader, externalId: string) => {
  const id = await idOf(externalId)
  const entry = await getEntry(reader, id)
  expect(await hasEntry(reader, id)).toBe(entry !== null)
  return entry?.posts.map((post) => post.externalId) ?? null
}

test('an entry is found by any of its posts, whole and in order', async () => {
  const all = await told(anonymous, 'line-50')
  expect(all).toHaveLength(98)
  expect(all?.[0]).toBe('line-1')
  expect(await told(anonymous, 'single')).toEqual(['single'])
})

test('an entry whose first post is gone is found by its own number still; another post that is gone, is not', async () => {
  expect(await told(anonymous, 'line-0')).toHaveLength(98)
  // A line that was removed leads to the conversation in which its place is left.
  expect(await told(anonymous, 'line-3')).toHaveLength(98)
  expect(await told(anonymous, 'gone')).toBeNull()
})

test('who may not see an entry finds it by none of its posts', async () => {
  for (const post of ['root', 'answer-3']) {
    expect(await told(anonymous, post)).toBeNull()
    expect(await told(owner, post)).toHaveLength(7)
  }
  // One post for members makes the whole conversation theirs.
  expect(await told(anonymous, 'mixed-2')).toBeNull()
  expect(await told(owner, 'mixed-2')).toHaveLength(7)
  expect(await getEntry(owner, 987_654)).toBeNull()
  expect(await getEntry(owner, 999_999_999_999_999)).toBeNull()
})

test('a page that wants few posts of an entry gets its first and last, and the numbers of all', async () => {
  const long = (await getTimeline(anonymous, { postsPerEntry: 20 })).entries.find(({ posts: of }) => of.length > 1)
  expect(long).toMatchObject({ count: 98, people: 4, lastAt: new Date(ago(600).getTime() + 99_000) })
  const shown = [...Array.from({ length: 12 }, (_, index) => index).filter((index) => index !== 0 && index !== 3), 90, 99].map(
    (index) => `line-${index}`,
  )
  expect(long?.posts).toHaveLength(20)
  for (const externalId of shown) expect(long?.posts.map((post) => post.externalId)).toContain(externalId)
  const whole = (await getTimeline(anonymous)).entries.find(({ posts: of }) => of.length > 1)
  expect(whole?.posts).toHaveLength(98)
})

test('a sighting says who permitted its source to be read', async () => {
  const entry = await getEntry(anonymous, await idOf('single'))
  expect(entry?.posts[0]?.sightings).toMatchObject([{ source: '#hpc', permission }])
})

test('a long conversation tells when its last line came, also where that is one of those that a page leaves out', async () => {
  const came = new Date(NOW.getTime() + 60_000)
  const { source, holder } = await heldSource('#hpc', { permission })
  await saveBatch(source, holder, aBatch([chatLine('line-50b', new Date(ago(600).getTime() + 50_500), 'nick1')]), came)
  const [long] = (await getTimeline(anonymous, { postsPerEntry: 20 })).entries.filter(({ posts: of }) => of.length > 1)
  expect(long?.posts.map(({ externalId }) => externalId)).not.toContain('line-50b')
  expect(long).toMatchObject({ count: 99, seenAt: came })
})
