import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { bluesky } from '#connectors/bluesky/bluesky'
import type { Batch } from '#connectors/contract'
import type { Post } from '#db/post'
import { type Atproto, atprotoIsHere, startAtproto } from '#tests/support/atproto'
import { follow, readAll, runOf } from '#tests/support/run'

/** Against a real AppView, PDS and feed generator. */
describe.skipIf(!atprotoIsHere)('Bluesky, on a real AT Protocol network', () => {
  let network: Atproto
  beforeAll(async () => {
    network = await startAtproto()
  })
  afterAll(() => network?.close())

  /** What a source of these settings would be read with, looked up as the runner does it. */
  async function settingsOf(given: object) {
    const settings = bluesky.settings.parse({ ...given, service: network.service, jetstream: network.jetstream })
    const { run } = runOf(settings)
    return (await bluesky.resolve?.(settings, run)) ?? settings
  }

  async function postsOf(given: object): Promise<Post[]> {
    const settings = { ...(await settingsOf(given)), jetstream: 'ws://127.0.0.1:1/subscribe' }
    const { run, stop } = runOf(settings)
    const { posts } = await follow(bluesky.read(run)).next()
    stop()
    return posts.toSorted((a, b) => Number(a.publishedAt) - Number(b.publishedAt))
  }

  /** Words of the seeded posts, in the order in which they were made, as `serve.mjs` names them. */
  const seeded = (...names: string[]) => names.map((name) => network.posts[name]?.uri)
  const bulk = Array.from({ length: 60 }, (_, index) => `bulk${index}`)

  test('a feed is found by its name, and brings every post in order, but for the deleted one', async () => {
    const settings = await settingsOf({ feedsBy: '@alice.test', named: 'hpc' })
    expect(settings).toMatchObject({ feed: network.feedUri, label: 'HPC', handle: 'alice.test' })
    expect(bluesky.describe(settings)).toBe('HPC feed')
    const { run } = runOf(settings)
    const [batch] = await readAll(bluesky.read(run))
    const posts = batch?.posts.toSorted((a, b) => Number(a.publishedAt) - Number(b.publishedAt))
    const all = ['root', 'reply', 'reply2', 'quote', 'image', 'external', 'selflabel', 'unicode', ...bulk]
    expect(posts?.map(({ externalId }) => externalId)).toEqual(seeded(...all))
    expect(batch?.unreadable).toEqual([])
    expect(posts?.[1]?.replyTo).toMatchObject({ state: 'shown', author: { handle: '@alice.test' } })
    expect(posts?.[3]?.quote).toMatchObject({ state: 'shown', author: { handle: '@alice.test' } })
    expect(posts?.[4]?.media).toMatchObject([{ kind: 'image', alt: 'a rack' }])
    expect(posts?.[6]?.contentWarning).toContain('graphic-media')

    const again = runOf(settings, { cursor: batch?.cursor ?? null })
    const [second] = await readAll(bluesky.read(again.run))
    expect(second).toMatchObject({ posts: [], deleted: [] })
  })

  test('a list brings what its members say', async () => {
    const posts = await postsOf({ list: network.listUri })
    expect(posts.map(({ externalId }) => externalId)).toEqual(seeded('root', 'reply', 'reply2', 'image', 'unicode', ...bulk))
  })

  test('an author comes without answers to others, and with reposts', async () => {
    const alice = await postsOf({ author: 'alice.test' })
    expect(alice.map(({ externalId }) => externalId)).toEqual(seeded('root', 'unicode', ...bulk))
    const bob = await postsOf({ author: 'bob.test' })
    expect(bob.map(({ externalId, share }) => [externalId, share?.by.handle])).toEqual([
      [network.posts.image?.uri, undefined],
      [network.posts.root?.uri, '@bob.test'],
    ])
  })

  test.for([['author'], ['list']] as const)(
    'of one %s a post made now comes within 3 s, and its end is noticed within 10 s',
    async ([kind]) => {
      const settings = await settingsOf(kind === 'author' ? { author: 'bob.test' } : { list: network.listUri })
      const { run, modes, stop } = runOf(settings)
      const live = follow(bluesky.read(run))
      await live.next()
      expect(modes).toEqual(['live'])
      const has = (uri: string) => (batch: Batch) => batch.posts.some(({ externalId }) => externalId === uri)
      const said = await network.post('bob', 'Just said')
      const saidAt = Date.now()
      const batch = await live.next(has(said))
      expect(Date.now() - saidAt).toBeLessThan(3000)
      expect(batch.posts.find(({ externalId }) => externalId === said)).toMatchObject({
        text: 'Just said',
        author: { name: 'Bob Builder' },
      })
      await network.deletePost('bob', said)
      const deletedAt = Date.now()
      expect((await live.next(({ deleted }) => deleted.includes(said))).deleted).toEqual([said])
      expect(Date.now() - deletedAt).toBeLessThan(10_000)
      stop()
      await live.ended()
      // The AppView hears of it a moment after the stream does.
      const reach = { http: run.http, signal: new AbortController().signal, settings }
      const asked = [said, network.posts.root?.uri ?? '']
      await vi.waitUntil(async () => (await bluesky.recheck?.(asked, reach))?.deleted.includes(said), 5000)
      const rechecked = await bluesky.recheck?.(asked, reach)
      expect(rechecked?.deleted).toEqual([said])
      expect(rechecked?.posts).toHaveLength(1)
    },
  )

  test('what was said and deleted while nobody listened is told afterwards', async () => {
    const settings = await settingsOf({ author: 'carla.test' })
    const kept = await network.post('carla', 'This one will go')
    const first = runOf(settings)
    const reading = follow(bluesky.read(first.run))
    const { cursor } = await reading.next(({ posts }) => posts.some(({ externalId }) => externalId === kept))
    first.stop()
    await network.deletePost('carla', kept)
    const said = await network.post('carla', 'This one was said meanwhile')
    const second = runOf(settings, { cursor })
    const live = follow(bluesky.read(second.run))
    const told = { posts: new Set<string>(), deleted: new Set<string>() }
    await live.next((batch) => {
      for (const { externalId } of batch.posts) told.posts.add(externalId)
      for (const uri of batch.deleted) told.deleted.add(uri)
      return told.posts.has(said) && told.deleted.has(kept)
    })
    second.stop()
  })

  test('an account that is deactivated is hidden, and shown again when it comes back', async () => {
    const settings = await settingsOf({ author: 'carla.test' })
    const { run, stop } = runOf(settings)
    const live = follow(bluesky.read(run))
    await live.next()
    const carla = await network.agentOf('carla')
    await carla.com.atproto.server.deactivateAccount({})
    const change = (batch: Batch) => batch.authors.map(({ change }) => change)
    expect((await live.next((batch) => change(batch).includes('hidden'))).authors[0]?.authorId).toBe(network.accounts.carla?.did)
    await carla.com.atproto.server.activateAccount()
    await live.next((batch) => change(batch).includes('shown'))
    stop()
  })

  test.for([
    [{ feed: 'at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/app.bsky.feed.generator/x' }],
    [{ list: 'at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/app.bsky.graph.list/x' }],
    [{ author: 'nobody.test' }],
    [{ feedsBy: 'alice.test', named: 'Weather' }],
  ])('%j is not there, which the owner has to know', async ([given]) => {
    await expect(settingsOf(given ?? {})).rejects.toMatchObject({ trouble: 'refused' })
  })
})
