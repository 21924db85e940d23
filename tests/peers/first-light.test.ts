import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Atproto, atprotoIsHere, startAtproto } from '#tests/support/atproto'
import { builtPages } from '#tests/support/build'
import { type Program, startProgram, temporaryFolder } from '#tests/support/program'

type ApiPost = { url: string; text: string; sortAt: string; sources: string[] }

/** The whole program, as people start it, on a real AT Protocol network. */
describe.skipIf(!atprotoIsHere)('Backplane, on a real AT Protocol network', () => {
  let network: Atproto
  let program: Program
  beforeAll(async () => {
    await builtPages()
    network = await startAtproto()
    const SOURCES = join(temporaryFolder(), 'sources.yaml')
    const at = `service: ${network.service}, jetstream: ${network.jetstream}`
    writeFileSync(
      SOURCES,
      `- bluesky: { feed: ${network.feedUri}, service: ${network.service}, name: the feed }
- bluesky: { list: ${network.listUri}, ${at}, name: the list }
- bluesky: { author: carla.test, ${at}, name: the author }
`,
    )
    program = await startProgram({ env: { SOURCES, TRUSTED_HOSTS: 'localhost,127.0.0.1' } })
  }, 240_000)
  afterAll(async () => {
    await program?.stop()
    await network?.close()
  })

  async function posts(): Promise<ApiPost[]> {
    const answer = await fetch(`${program.address}api/posts?limit=200`)
    return ((await answer.json()) as { posts: ApiPost[] }).posts
  }
  const page = async () => (await fetch(program.address)).text()
  const within = { interval: 100 }

  test('shows all that was seeded in feed, list and author, newest first, and not what was deleted', async () => {
    const uris = Object.entries(network.posts).filter(([word]) => word !== 'deleted')
    const names = new Set(['the feed', 'the list', 'the author'])
    const found = await vi.waitFor(
      async () => {
        const sofar = await posts()
        expect(sofar.length).toBeGreaterThanOrEqual(uris.length)
        expect(new Set(sofar.flatMap(({ sources }) => sources))).toEqual(names)
        return sofar
      },
      { timeout: 60_000, ...within },
    )
    const times = found.map(({ sortAt }) => sortAt)
    expect(times).toEqual(times.toSorted().reverse())
    const rkeys = found.map(({ url }) => url.split('/').at(-1))
    for (const [word, { uri }] of uris) expect(rkeys, word).toContain(uri.split('/').at(-1))
    const deleted = network.posts.deleted?.uri.split('/').at(-1)
    expect(rkeys).not.toContain(deleted)
  })

  test('a post that is made now stands on the page in less than 3 s', async () => {
    const health = async () =>
      (await (await fetch(`${program.address}api/sources`)).json()) as { sources: { name: string; mode: string }[] }
    await vi.waitFor(async () => expect((await health()).sources.find(({ name }) => name === 'the author')?.mode).toBe('live'), {
      timeout: 30_000,
      ...within,
    })
    await network.post('carla', 'The queue is empty, which is worse')
    await vi.waitFor(async () => expect(await page()).toContain('The queue is empty, which is worse'), { timeout: 3000, ...within })
  })

  test('a post that is deleted now is gone from the page in less than 10 s', async () => {
    const uri = await network.post('carla', 'Said too soon')
    await vi.waitFor(async () => expect(await page()).toContain('Said too soon'), { timeout: 10_000, ...within })
    await network.deletePost('carla', uri)
    await vi.waitFor(async () => expect(await page()).not.toContain('Said too soon'), { timeout: 10_000, ...within })
  })
})
