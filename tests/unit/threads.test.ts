import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Batch, Cursor, Run } from '#connectors/contract'
import { Settings } from '#connectors/threads/settings'
import { threads } from '#connectors/threads/threads'
import { ConnectorError } from '#connectors/trouble'
import type { Post } from '#db/post'
import { runOf } from '#tests/support/run'
import { rawMedium, serveThreads } from '#tests/support/threads-server'

let server: Awaited<ReturnType<typeof serveThreads>>
beforeEach(async () => {
  server = await serveThreads()
})
afterEach(() => server.close())

const DAY_MS = 86_400_000
const since = new Date(Date.now() - 7 * DAY_MS)

/** A source and all that was ever saved of it; a renewed token is used from the next poll on, as it is written to its file. */
function source(given: object = {}, change: Partial<Run<Settings>> = {}) {
  let settings = Settings.parse({ account: 'ada.hpc', token: 'token-0', api: server.origin, ...given })
  const { run } = runOf<Settings>(settings, { backfill: { since, posts: 500 }, ...change })
  const posts = new Map<string, Post>()
  let cursor: Cursor | null = null
  return {
    posts,
    run,
    settings: () => settings,
    texts: () => [...posts.values()].map(({ text }) => text),
    /** As if so many days had gone by since the last poll. */
    sleep(days: number) {
      const back = (at: unknown) => (typeof at === 'string' ? new Date(Date.parse(at) - days * DAY_MS).toISOString() : at)
      cursor = cursor && { ...cursor, renewAt: back(cursor.renewAt), tokenSince: back(cursor.tokenSince) }
    },
    async poll(keeps = true): Promise<Batch | undefined> {
      let last: Batch | undefined
      for await (const batch of threads.read({ ...run, settings, cursor })) {
        last = batch
        for (const post of batch.posts) posts.set(post.externalId, post)
        cursor = JSON.parse(JSON.stringify(batch.cursor))
        if (keeps) settings = { ...settings, ...batch.renewed }
      }
      return last
    },
  }
}

async function failureOf(work: Promise<unknown>): Promise<ConnectorError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ConnectorError)) throw new Error('it did not fail as connectors do', { cause: error })
  return error
}

const readings = () => server.asked.filter(({ url }) => url.pathname.endsWith('/me/threads'))
const renewals = () => server.asked.filter(({ url }) => url.pathname === '/refresh_access_token')

test('is off until its owner gave a token and agreed', () => {
  const bare = Settings.parse({ account: '@Ada.HPC' })
  expect(bare.account).toBe('ada.hpc')
  expect(threads.off?.(bare, null)).toContain('token: file:')
  expect(threads.off?.({ ...bare, token: 't' }, null)).toContain('permission')
  expect(threads.off?.({ ...bare, token: 't' }, { by: 'Ada', on: '2026-11-20' })).toBeNull()
})

test.each(['https://www.threads.com/@Ada.HPC', 'threads.net/@ada.hpc/post/D1', 'https://www.threads.net/@ada.hpc?igshid=a'])(
  '%s is an account',
  (link) => {
    expect(threads.locate(link)).toEqual({ account: 'ada.hpc' })
  },
)

describe('what is new', () => {
  test('is read down to what is known, page after page, with the token in a header and not in an address', async () => {
    for (let n = 1; n <= 120; n++) server.add(rawMedium(n))
    const account = source()
    await account.poll()
    expect(account.posts.size).toBe(120)
    expect(readings()).toHaveLength(3)
    server.add(rawMedium(121))
    server.asked.length = 0
    await account.poll()
    expect(account.texts()).toContain('Post 121')
    expect(readings().length).toBeLessThanOrEqual(2)
    expect(server.asked.some(({ path }) => path.includes('token-0'))).toBe(false)
  })

  test('is the account’s that the entry names, and nobody else’s', async () => {
    server.behaviour.username = 'somebody.else'
    const failure = await failureOf(source().poll())
    expect(failure).toMatchObject({ trouble: 'refused', message: expect.stringContaining('@somebody.else') })
    expect(readings()).toHaveLength(0)
  })
})

describe('a post', () => {
  const read = async (...posts: ReturnType<typeof rawMedium>[]) => {
    server.add(...posts)
    const account = source()
    expect((await account.poll())?.unreadable).toEqual([])
    return account.posts
  }

  test('has what Threads tells of it: pictures, films, sound, links, a poll, a spoiler', async () => {
    const children = {
      data: [
        { id: '1', media_type: 'IMAGE', media_url: 'https://scontent.example.org/1.jpg', alt_text: 'A rack' },
        {
          id: '2',
          media_type: 'VIDEO',
          media_url: 'https://scontent.example.org/2.mp4',
          thumbnail_url: 'https://scontent.example.org/2.jpg',
        },
      ],
    }
    const posts = await read(
      rawMedium(1, { media_type: 'CAROUSEL_ALBUM', children, topic_tag: 'HPC' }),
      rawMedium(2, { media_type: 'AUDIO', media_url: 'https://scontent.example.org/3.mp4', text: undefined }),
      rawMedium(3, {
        link_attachment_url: 'https://blog.example.org/a',
        is_spoiler_media: true,
        text_entities: [{ entity_type: 'SPOILER', offset: 0, length: 4 }],
      }),
      rawMedium(4, {
        poll_attachment: { option_a: 'Yes', option_b: 'No', total_votes: 12, expiration_timestamp: '2026-11-30T00:00:00+0000' },
      }),
      rawMedium(5, { gif_url: 'https://gif.example.org/1.gif', text_attachment: { plaintext: 'A long text beside it' } }),
    )
    const [album, sound, link, poll, gif] = posts.values()
    const by = [...posts.values()].toSorted((one, other) => one.externalId.localeCompare(other.externalId))
    expect([album, sound, link, poll, gif].every(Boolean)).toBe(true)
    expect(by[0]).toMatchObject({
      media: [
        { kind: 'image', url: 'https://scontent.example.org/1.jpg', alt: 'A rack' },
        { kind: 'video', preview: 'https://scontent.example.org/2.jpg' },
      ],
      tags: ['hpc'],
      author: { id: 'ada.hpc', name: 'Ada', handle: '@ada.hpc', avatar: 'https://scontent.example.org/ada.jpg' },
      url: 'https://www.threads.com/@ada.hpc/post/D1',
    })
    expect(by[1]).toMatchObject({ media: [{ kind: 'audio' }], text: '' })
    expect(by[2]).toMatchObject({ card: { url: 'https://blog.example.org/a' }, sensitive: true, contentWarning: 'Spoiler' })
    expect(by[3]).toMatchObject({ poll: { options: [{ text: 'Yes' }, { text: 'No' }], voters: 12, closesAt: '2026-11-30T00:00:00.000Z' } })
    expect(by[4]).toMatchObject({
      media: [{ kind: 'gifv', url: 'https://gif.example.org/1.gif' }],
      text: 'Post 5\n\nA long text beside it',
    })
  })

  test('says what it quotes, passes on and answers, without a link where Threads gives none', async () => {
    const other = {
      id: '55',
      username: 'grace.hpc',
      permalink: 'https://www.threads.com/@grace.hpc/post/E1',
      text: 'The original',
      timestamp: '2026-11-20T10:00:00+0000',
    }
    const posts = await read(
      rawMedium(1, { is_quote_post: true, quoted_post: other }),
      rawMedium(2, { media_type: 'REPOST_FACADE', reposted_post: other, text: undefined }),
      rawMedium(3, { is_quote_post: true, quoted_post: { id: '56' } }),
      rawMedium(4, { is_reply: true, replied_to: { id: '57' }, root_post: { id: '58' } }),
      rawMedium(5, { permalink: undefined }),
      rawMedium(6, { media_type: 'HOLOGRAM' }),
    )
    const at = (n: number) => posts.get(rawMedium(n).id)
    expect(at(1)?.quote).toMatchObject({
      state: 'shown',
      text: 'The original',
      author: { handle: '@grace.hpc' },
      publishedAt: '2026-11-20T10:00:00.000Z',
    })
    expect(at(2)?.quote).toMatchObject({ state: 'shown', text: 'The original' })
    expect(at(3)?.quote).toMatchObject({ state: 'unauthorized' })
    expect(at(4)?.replyTo).toMatchObject({ externalId: '57', rootExternalId: '58' })
    expect(at(5)?.url).toBeNull()
    expect(at(6)?.unsupported).toBeTruthy()
  })
})

describe('the token', () => {
  test('is renewed when it is a week old, long before its 60 days are over, and the new one is used', async () => {
    server.add(rawMedium(1))
    const account = source()
    const first = await account.poll()
    // A look that keeps nothing must not make another token.
    expect(first?.renewed).toBeUndefined()
    expect(renewals()).toHaveLength(0)
    account.sleep(2)
    expect((await account.poll())?.renewed).toEqual({ token: 'token-1' })
    await account.poll()
    expect(renewals()).toHaveLength(1)
    expect(server.asked.at(-1)?.headers.authorization).toBe('Bearer token-1')
    account.sleep(6)
    expect((await account.poll())?.renewed).toBeUndefined()
    account.sleep(2)
    server.tokens.set('token-1', { madeAt: 0, endsAt: Date.now() / 1000 + 86_400, revoked: false })
    expect((await account.poll())?.renewed).toEqual({ token: 'token-2' })
  })

  test('that is too young to be renewed reads all the same, and is tried again the next day', async () => {
    server.tokens.set('token-0', { madeAt: Date.now() / 1000, endsAt: Date.now() / 1000 + 60 * 86_400, revoked: false })
    server.add(rawMedium(1))
    const account = source()
    await account.poll()
    account.sleep(2)
    expect((await account.poll())?.renewed).toBeUndefined()
    await account.poll()
    expect(renewals()).toHaveLength(1)
    account.sleep(2)
    await account.poll()
    expect(renewals()).toHaveLength(2)
  })

  test('that is not kept when it is renewed, since it stands in the environment, calls for its owner before it ends', async () => {
    const account = source()
    await account.poll()
    account.sleep(2)
    expect((await account.poll(false))?.notice).toBeUndefined()
    account.sleep(40)
    expect((await account.poll(false))?.notice).toBeUndefined()
    account.sleep(8)
    expect((await account.poll(false))?.notice).toMatch(/ends on \d{4}-\d\d-\d\d at the latest, and was not renewed/)
    // Once it is another, all is well.
    account.sleep(8)
    await account.poll()
    expect((await account.poll())?.notice).toBeUndefined()
  })

  test.each([
    ['was taken back', { revoked: true }, 'taken it back'],
    ['has ended', { endsAt: 1 }, 'has ended'],
  ])('that %s calls for its owner at once', async (_, change, words) => {
    const token = { madeAt: 0, endsAt: Date.now() / 1000 + 86_400, revoked: false, ...change }
    server.tokens.set('token-0', token)
    const failure = await failureOf(source().poll())
    expect(failure.trouble).toBe('refused')
    expect(failure.message).toContain(words)
    expect(failure.message).not.toContain('token-0')
  })
})

test('what became of posts: what Threads no longer has is gone, what stands is as it is now', async () => {
  server.add(rawMedium(1), rawMedium(2))
  const account = source()
  await account.poll()
  server.remove(rawMedium(1).id)
  server.change(rawMedium(2).id, { text: 'Better said' })
  const found = await threads.recheck?.([rawMedium(1).id, rawMedium(2).id], { ...account.run, settings: account.settings() })
  expect(found?.deleted).toEqual([rawMedium(1).id])
  expect(found?.posts.map(({ text }) => text)).toEqual(['Better said'])
  server.tokens.set('token-0', { madeAt: 0, endsAt: 1, revoked: false })
  const failure = await failureOf(
    threads.recheck?.([rawMedium(2).id], { ...account.run, settings: account.settings() }) ?? Promise.resolve(),
  )
  expect(failure.trouble).toBe('refused')
})

test.each([
  [{ status: 400, body: { error: { message: 'Application request limit reached', code: 4 } } }, 'rate-limited'],
  [{ status: 400, body: { error: { message: 'Application does not have permission', code: 10 } } }, 'refused'],
  [{ status: 500, body: { error: { message: 'An unknown error', code: 2, is_transient: true } } }, 'unavailable'],
  [{ status: 502, body: 'bad gateway' }, 'unavailable'],
  [{ body: '<html></html>' }, 'malformed'],
])('%j is trouble: %s', async (instead, trouble) => {
  server.behaviour.instead = instead
  expect((await failureOf(source().poll())).trouble).toBe(trouble)
})
