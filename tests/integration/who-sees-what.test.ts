import { beforeAll, describe, expect, test } from 'vitest'
import type { Reader } from '#db/audience'
import { dailyCounts } from '#db/daily-counts'
import { indexPosts } from '#db/index-posts'
import { namesOfPeople } from '#db/people'
import { audiences } from '#db/post'
import { postWithMedia } from '#db/post-with-media'
import { saveBatch } from '#db/save-batch'
import { posts } from '#db/schema'
import { searchPosts } from '#db/search'
import { countDay, getTimeline, hasEntry } from '#db/timeline'
import { withhold } from '#db/withholdings'
import { parseSearch } from '#lib/reading/search-query'
import { testDatabase } from '#tests/support/database'
import { aBatch, ada, aPost, heldSource } from '#tests/support/post'

/** The architecture's table of who sees what, asked of every kind of query, for every kind of reader. */
const database = testDatabase()
const NOW = new Date()
const readers: Record<Reader['role'], Reader> = {
  anonymous: { role: 'anonymous' },
  member: { role: 'member', account: 'somebody' },
  owner: { role: 'owner' },
}
/** Posts by their audience, and what is gone by its way. */
const said = [...audiences, 'deleted', 'hidden', 'left-out'] as const
const author = (name: string) => ({ ...ada, id: `id:${name}`, name: `Author ${name}`, handle: `@${name}@table.example` })

/** What each reader sees as it passes, and what they find. */
const table: Record<Reader['role'], { stream: string[]; index: string[] }> = {
  anonymous: { stream: ['public', 'unindexed'], index: ['public'] },
  member: { stream: ['public', 'unindexed', 'members'], index: ['public', 'unindexed', 'members'] },
  owner: { stream: ['public', 'unindexed', 'members'], index: ['public', 'unindexed', 'members'] },
}

let ids: Map<string, number>
beforeAll(async () => {
  const { source, holder } = await heldSource('of all kinds', { platform: 'mastodon' })
  const post = (name: string) => {
    const audience = audiences.find((one) => one === name) ?? 'public'
    return aPost(name, { author: author(name), text: `tabellenwort ${name}`, audience, publishedAt: NOW })
  }
  await saveBatch(source, holder, aBatch(said.map(post)), NOW)
  await saveBatch(source, holder, aBatch([], { deleted: ['deleted'], authors: [{ authorId: 'id:hidden', change: 'hidden' }] }), NOW)
  await withhold({ kind: 'author', platform: 'mastodon', key: 'id:left-out', address: null }, 'asked', NOW)
  while ((await indexPosts()) > 0);
  const rows = await database.db.select({ id: posts.id, externalId: posts.externalId }).from(posts)
  ids = new Map(rows.map(({ id, externalId }) => [externalId, id]))
})

describe.each(Object.values(readers))('$role', (reader) => {
  const { stream, index } = table[reader.role]

  test('sees in passing, finds and is counted what is for them, and nothing else', async () => {
    const listed = async (surface: 'stream' | 'index') =>
      (await getTimeline(reader, { limit: 100, surface })).entries.flatMap((entry) => entry.posts.map(({ externalId }) => externalId))
    expect((await listed('stream')).toSorted()).toEqual(stream.toSorted())
    expect((await listed('index')).toSorted()).toEqual(index.toSorted())
    const parsed = parseSearch('tabellenwort', { platforms: [], sources: [] }, 'UTC')
    if (!parsed || 'mistake' in parsed) throw new Error('it is a search')
    const hits = (await searchPosts(reader, parsed.search)).posts.map(({ externalId }) => externalId)
    expect(hits.toSorted()).toEqual(index.toSorted())
    expect(await countDay(reader, { at: NOW, zone: 'UTC' })).toBe(stream.length)
    const from = new Date(NOW.getTime() - 86_400_000)
    const days = await dailyCounts(reader, { from, to: new Date(NOW.getTime() + 86_400_000), zone: 'UTC' })
    expect(days.reduce((sum, { posts: number }) => sum + number, 0)).toBe(stream.length)
  })

  test.each(said)('is told of what is %s by its page, its media and its author’s name only where it is for them', async (name) => {
    const id = ids.get(name) ?? 0
    const isSeen = stream.includes(name)
    expect(await hasEntry(reader, id)).toBe(isSeen)
    expect((await postWithMedia(reader, id)) !== null).toBe(isSeen)
    expect((await namesOfPeople(reader, [`mastodon:id:${name}`], 'stream')).size).toBe(isSeen ? 1 : 0)
  })
})
