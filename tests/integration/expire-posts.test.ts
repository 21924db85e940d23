import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { expirePosts } from '#db/expire-posts'
import { saveBatch } from '#db/save-batch'
import { getTimeline } from '#db/timeline'
import { testDatabase } from '#tests/support/database'
import { aBatch, aPost, heldSource } from '#tests/support/post'

const database = testDatabase()
const NOW = new Date('2026-11-22T12:00:00.000Z')
const days = (count: number) => new Date(NOW.getTime() - count * 86_400_000)

test('posts go when they are older than their source keeps them, and those that somebody else shows stay', async () => {
  const room = await heldSource('a room of ninety days', { keepDays: 90 })
  const forever = await heldSource('a blog')
  const shared = aPost('shown by both', { publishedAt: days(80) })
  const talk = { key: 'room', title: '#room', silenceMinutes: 60 }
  const posts = [
    aPost('old', { publishedAt: days(89) }),
    aPost('young', { publishedAt: days(10) }),
    shared,
    aPost('old talk', { publishedAt: days(88), conversation: talk }),
  ]
  await saveBatch(room.source, room.holder, aBatch(posts), NOW)
  await saveBatch(forever.source, forever.holder, aBatch([aPost('ancient', { publishedAt: days(3000) }), shared]), NOW)

  const later = new Date(NOW.getTime() + 15 * 86_400_000)
  expect(await expirePosts(NOW)).toBe(0)
  expect(await expirePosts(later)).toBe(2)
  expect(await expirePosts(later)).toBe(0)
  const { entries } = await getTimeline({ role: 'owner' })
  expect(entries.flatMap((entry) => entry.posts.map(({ externalId }) => externalId))).toEqual(['young', 'shown by both', 'ancient'])
  const [left] = await database.db.execute<{ entries: number; sightings: number }>(
    sql`select (select count(*)::int from entries) as entries, (select count(*)::int from sightings) as sightings`,
  )
  expect(left).toEqual({ entries: 3, sightings: 4 })
})
