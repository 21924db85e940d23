import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Batch, Cursor, Purse, Run } from '#connectors/contract'
import { connectors } from '#connectors/registry'
import { ConnectorError } from '#connectors/trouble'
import { Settings } from '#connectors/x/settings'
import { x } from '#connectors/x/x'
import type { Post } from '#db/post'
import { runOf } from '#tests/support/run'
import { idAt, type RawTweet, rawTweet, serveX } from '#tests/support/x-server'

let server: Awaited<ReturnType<typeof serveX>>
beforeEach(async () => {
  server = await serveX()
})
afterEach(() => server.close())

/** A purse that holds so many a day, and says what is left. */
function purseOf(perDay: number): Purse & { left(): number } {
  let left = perDay
  return {
    left: () => left,
    async take(most) {
      const granted = Math.max(0, Math.min(most, left))
      left -= granted
      return granted
    },
    async putBack(unused) {
      left += unused
    },
  }
}

const since = new Date(Date.now() - 7 * 86_400_000)

/** A source and all that was ever saved of it, polled as the runner does. */
function source(given: object, purse = purseOf(1000), change: Partial<Run<Settings>> = {}) {
  const settings = Settings.parse({ token: 'the-bearer', api: server.origin, ...given })
  const { run } = runOf<Settings>(settings, { backfill: { since, posts: 500 }, purse, ...change })
  const posts = new Map<string, Post>()
  let cursor: Cursor | null = null
  return {
    posts,
    purse,
    run,
    settings,
    texts: () => [...posts.values()].map(({ text }) => text),
    async poll(): Promise<Batch[]> {
      const batches: Batch[] = []
      for await (const batch of x.read({ ...run, settings, cursor })) {
        batches.push(batch)
        for (const post of batch.posts) posts.set(post.externalId, post)
        cursor = JSON.parse(JSON.stringify(batch.cursor))
      }
      return batches
    },
  }
}

const add = (from: number, to: number, change: Partial<RawTweet> = {}) =>
  server.add(...Array.from({ length: to - from + 1 }, (_, index) => rawTweet(from + index, change)))

async function failureOf(work: Promise<unknown>): Promise<ConnectorError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ConnectorError)) throw new Error('it did not fail as connectors do', { cause: error })
  return error
}

const pathsAsked = () => server.asked.map(({ url }) => url.pathname)
const asked = (name: string) => server.asked.map(({ url }) => url.searchParams.get(name))

describe('what people paste', () => {
  test.each([
    ['https://x.com/i/lists/77', { list: '77' }],
    ['https://twitter.com/Ada_HPC', { users: ['ada_hpc'] }],
    ['x.com/ada/status/123?s=20', { users: ['ada'] }],
    ['https://mobile.twitter.com/hashtag/HPC', { search: '#HPC' }],
    ['https://x.com/search?q=slurm%20lang%3Aen&f=live', { search: 'slurm lang:en' }],
  ])('%s', (link, settings) => {
    expect(x.locate(link)).toMatchObject(settings)
    expect(connectors.find(({ locate }) => locate(link) !== null)?.id).toBe('x')
  })

  test.each(['https://x.com/home', 'https://x.com/messages', 'https://t.co/abc', 'https://x.com/i/communities/1'])(
    '%s is none, and why is said',
    (link) => {
      expect(x.locate(link)).toBeNull()
      expect(x.cannot?.(link)).toBeTruthy()
    },
  )

  test('one of a list, accounts and a search, and a budget that is one', () => {
    const wrong = (given: object) =>
      Settings.safeParse(given)
        .error?.issues.map(({ message }) => message)
        .join() ?? ''
    expect(wrong({})).toContain('one of list')
    expect(wrong({ list: 7, search: 'hpc' })).toContain('one of list')
    expect(wrong({ list: 7, readsPerDay: 3 })).toContain('at least 10')
    expect(wrong({ list: 7, rechecksPerDay: 20 })).toContain('at least 100')
    expect(x.off?.(Settings.parse({ list: 7 }), null)).toContain('bearer token')
    expect(x.off?.(Settings.parse({ list: 7, token: 't' }), null)).toBeNull()
  })
})

describe('a list', () => {
  test('is read from the newest down, and afterwards to what is known, since it has no place to begin at', async () => {
    add(1, 130)
    const list = source({ list: 77 })
    const first = (await list.poll()).at(-1)
    expect(list.posts.size).toBe(130)
    expect(list.texts()[0]).toBe('Post 1')
    expect(first?.covered?.from).toEqual(since)
    add(131, 133)
    server.asked.length = 0
    await list.poll()
    expect(list.texts().slice(-3)).toEqual(['Post 131', 'Post 132', 'Post 133'])
    expect(pathsAsked()).toEqual(['/2/lists/77/tweets'])
    expect(asked('since_id')).toEqual([null])
    expect(asked('max_results')).toEqual(['20'])
  })

  test('counts what X would charge: what was read before on the same day costs nothing once more', async () => {
    add(1, 30)
    const list = source({ list: 77 }, purseOf(100))
    await list.poll()
    expect(list.purse.left()).toBe(70)
    await list.poll()
    await list.poll()
    expect(list.purse.left()).toBe(70)
    expect(server.billed.size).toBe(30)
  })

  test('stops when the day’s budget is used up, until midnight UTC', async () => {
    add(1, 300)
    const list = source({ list: 77, readsPerDay: 120 }, purseOf(120))
    const batches = await list.poll()
    // The newest of them; what is below is a gap.
    expect(list.posts.size).toBe(120)
    expect(list.texts()).toContain('Post 300')
    expect(list.texts()).not.toContain('Post 180')
    const last = batches.at(-1)
    expect(last?.notice).toContain('Today’s 120 paid reads are used up')
    expect(last?.everySeconds).toBeLessThanOrEqual(86_460)
    expect(last?.covered?.from.getTime()).toBeGreaterThan(since.getTime())
    expect(server.billed.size).toBe(120)
    add(301, 305)
    server.asked.length = 0
    const failure = await failureOf(list.poll())
    expect(failure).toMatchObject({ trouble: 'rate-limited', retryAfterSeconds: expect.any(Number) })
    expect(failure.retryAfterSeconds).toBeGreaterThan(0)
    expect(server.asked).toHaveLength(0)
  })

  test('is not read at all where nobody counts', async () => {
    add(1, 3)
    const failure = await failureOf(source({ list: 77 }, undefined, { purse: undefined }).poll())
    expect(failure.trouble).toBe('refused')
    expect(server.asked).toHaveLength(0)
  })

  test('goes by the name that its owner gave it', async () => {
    const { settings, run } = source({ list: 77 })
    const resolved = await x.resolve?.(settings, run)
    expect(resolved && x.describe(resolved)).toBe('HPC people')
  })
})

describe('accounts', () => {
  const users = { users: ['ada_hpc', 'grace'] }
  const resolved = async () => {
    const { settings, run } = source(users)
    const found = await x.resolve?.(settings, run)
    return { ...users, ids: found?.ids }
  }

  test('are looked up once, and asked for what is newer than the newest', async () => {
    const given = await resolved()
    expect(given.ids).toEqual({ ada_hpc: '11', grace: '12' })
    const [, newest] = add(1, 2)
    server.add(rawTweet(3, { author_id: '12', text: 'From Grace' }))
    const accounts = source(given)
    server.asked.length = 0
    await accounts.poll()
    expect(accounts.texts()).toEqual(['Post 1', 'Post 2', 'From Grace'])
    expect(asked('start_time').every(Boolean)).toBe(true)
    server.asked.length = 0
    add(4, 4)
    await accounts.poll()
    expect(pathsAsked()).toEqual(['/2/users/11/tweets', '/2/users/12/tweets'])
    expect(asked('since_id')[0]).toBe(newest)
    expect(asked('start_time')).toEqual([null, null])
    expect(accounts.texts()).toContain('Post 4')
  })

  test('that are not there, or protect their posts, are named before anything is read', async () => {
    const { run, settings } = source({ users: ['nobody_here'] })
    expect((await failureOf(x.resolve?.(settings, run) ?? Promise.resolve())).message).toContain('@nobody_here')
    server.users[1] = { id: '12', username: 'grace', protected: true }
    const other = source({ users: ['grace'] })
    expect((await failureOf(x.resolve?.(other.settings, other.run) ?? Promise.resolve())).message).toContain('whom they let in')
  })

  test('whose owner protects them from now on show nothing here either, until they open them again', async () => {
    const accounts = source(await resolved())
    add(1, 2)
    await accounts.poll()
    server.users[0] = { ...server.users[0], id: '11', username: 'Ada_HPC', protected: true }
    expect((await accounts.poll()).at(-1)?.authors).toEqual([{ authorId: '11', change: 'hidden' }])
    expect((await accounts.poll()).at(-1)?.authors).toEqual([])
    server.users[0] = { ...server.users[0], id: '11', username: 'Ada_HPC', protected: false }
    expect((await accounts.poll()).at(-1)?.authors).toEqual([{ authorId: '11', change: 'shown' }])
  })
})

describe('a search', () => {
  test('begins no earlier than X allows, and goes on from its newest', async () => {
    add(1, 25)
    const search = source({ search: '#HPC' }, purseOf(1000), { backfill: { since: new Date(0), posts: 500 } })
    await search.poll()
    expect(search.posts.size).toBe(25)
    add(26, 26)
    await search.poll()
    expect(search.texts()).toContain('Post 26')
    expect(asked('query').every((query) => query === '#HPC')).toBe(true)
    expect(asked('since_id').at(-1)).toBe(rawIdOf(search, 'Post 25'))
  })

  test('that slept for more than a week begins anew', async () => {
    const old = new Date(Date.now() - 8 * 86_400_000)
    const search = source({ search: '#HPC' })
    const cursor = { of: 'search #HPC', readAt: old.toISOString(), sinceIds: { search: idAt(old) }, hidden: [], paid: { day: '', ids: [] } }
    add(1, 2)
    const texts: string[] = []
    for await (const batch of x.read({ ...search.run, settings: search.settings, cursor }))
      texts.push(...batch.posts.map(({ text }) => text))
    expect(texts).toEqual(['Post 1', 'Post 2'])
    expect(asked('since_id')).toEqual([null])
  })

  const rawIdOf = (search: ReturnType<typeof source>, text: string) =>
    [...search.posts.values()].find((post) => post.text === text)?.externalId
})

describe('a post', () => {
  const read = async (...raw: RawTweet[]) => {
    server.add(...raw)
    const list = source({ list: 77 })
    const batches = await list.poll()
    expect(batches.flatMap(({ unreadable }) => unreadable)).toEqual([])
    return list.posts
  }

  test('is shown as X’s display requirements ask: text as it is, links as X writes and leads them, people and hashtags to X', async () => {
    const text = 'Hello @grace &amp; all: https://t.co/abc #HPC is not #Slurm https://t.co/pic'
    const posts = await read(
      rawTweet(1, {
        text,
        entities: {
          urls: [
            {
              ...{
                url: 'https://t.co/abc',
                expanded_url: 'https://blog.example.org/a-long-address',
                display_url: 'blog.example.org/a-long-ad…',
              },
              ...{ unwound_url: 'https://blog.example.org/a-long-address', title: 'A post', description: 'About it', images: [] },
            },
            { url: 'https://t.co/pic', expanded_url: 'https://x.com/ada/status/1/photo/1', display_url: 'pic.x.com/pic', media_key: '3_1' },
          ],
          hashtags: [{ tag: 'HPC' }],
          mentions: [{ username: 'grace' }],
        },
        attachments: { media_keys: ['3_1'] },
      }),
    )
    const [post] = posts.values()
    expect(post?.text).toBe('Hello @grace & all: blog.example.org/a-long-ad… #HPC is not #Slurm')
    expect(post?.html).toContain('href="https://t.co/abc" title="https://blog.example.org/a-long-address"')
    expect(post?.html).toContain('href="https://x.com/grace"')
    expect(post?.html).toContain('href="https://x.com/search?q=%23HPC"')
    expect(post?.html).not.toContain('23Slurm')
    expect(post?.author).toMatchObject({
      name: 'Ada',
      handle: '@Ada_HPC',
      url: 'https://x.com/Ada_HPC',
      avatar: 'https://pbs.example.org/ada.jpg',
    })
    expect(post?.url).toBe(`https://x.com/Ada_HPC/status/${post?.externalId}`)
    expect(post?.card).toMatchObject({ url: 'https://blog.example.org/a-long-address', title: 'A post' })
    expect(x.shownAsIs).toBe(true)
  })

  test('has its pictures with their descriptions, its film, its poll, and all of a long text', async () => {
    server.media.push(
      { media_key: '3_1', type: 'photo', url: 'https://pbs.example.org/1.jpg', alt_text: 'A rack', width: 800, height: 600 },
      {
        ...{ media_key: '7_1', type: 'video', preview_image_url: 'https://pbs.example.org/2.jpg', duration_ms: 4000 },
        variants: [
          { content_type: 'application/x-mpegURL', url: 'https://video.example.org/1.m3u8' },
          { content_type: 'video/mp4', url: 'https://video.example.org/small.mp4', bit_rate: 100 },
          { content_type: 'video/mp4', url: 'https://video.example.org/large.mp4', bit_rate: 900 },
        ],
      },
    )
    server.polls.push({
      id: '5',
      options: [
        { position: 2, label: 'No', votes: 1 },
        { position: 1, label: 'Yes', votes: 3 },
      ],
      end_datetime: '2026-11-30T00:00:00.000Z',
    })
    const posts = await read(
      rawTweet(1, {
        attachments: { media_keys: ['3_1', '7_1'], poll_ids: ['5'] },
        note_tweet: { text: 'The whole of a very long text' },
        text: 'The whole of…',
      }),
    )
    const [post] = posts.values()
    expect(post?.text).toBe('The whole of a very long text')
    expect(post?.media).toMatchObject([
      { kind: 'image', url: 'https://pbs.example.org/1.jpg', alt: 'A rack', width: 800 },
      { kind: 'video', url: 'https://video.example.org/large.mp4', preview: 'https://pbs.example.org/2.jpg', durationSeconds: 4 },
    ])
    expect(post?.poll).toMatchObject({
      options: [
        { text: 'Yes', votes: 3 },
        { text: 'No', votes: 1 },
      ],
      voters: 4,
    })
  })

  test('says who passed it on, what it quotes and what it answers; what it may not show it does not', async () => {
    const original = rawTweet(1, { text: 'The original', author_id: '12' })
    const repost = rawTweet(2, { text: 'RT @grace: The orig…', referenced_tweets: [{ type: 'retweeted', id: original.id }] })
    const quoting = rawTweet(3, { text: 'Look', referenced_tweets: [{ type: 'quoted', id: original.id }] })
    const gone = rawTweet(4, { text: 'Look again', referenced_tweets: [{ type: 'quoted', id: '123' }] })
    const reply = rawTweet(5, {
      text: '@grace yes',
      referenced_tweets: [{ type: 'replied_to', id: original.id }],
      conversation_id: original.id,
    })
    const ofGone = rawTweet(6, { text: 'RT @x: …', referenced_tweets: [{ type: 'retweeted', id: '124' }] })
    const posts = await read(original, repost, quoting, gone, reply, ofGone)
    const shared = posts.get(original.id)
    expect(shared).toMatchObject({
      text: 'The original',
      share: { externalId: repost.id, by: { handle: '@Ada_HPC' } },
      author: { handle: '@grace' },
    })
    expect(shared?.originalAt?.getTime()).toBeLessThan(shared?.publishedAt?.getTime() ?? 0)
    expect(posts.get(quoting.id)?.quote).toMatchObject({ state: 'shown', text: 'The original', author: { handle: '@grace' } })
    expect(posts.get(gone.id)?.quote).toMatchObject({ state: 'not-found' })
    expect(posts.get(reply.id)?.replyTo).toMatchObject({
      state: 'shown',
      externalId: original.id,
      text: 'The original',
      rootExternalId: original.id,
    })
    expect(posts.has(ofGone.id)).toBe(false)
  })

  test('that was edited is one post, at the time when it was first said', async () => {
    const first = rawTweet(1)
    const edit = rawTweet(20, { text: 'Better said' })
    const history = [first.id, edit.id]
    const posts = await read({ ...first, edit_history_tweet_ids: history }, { ...edit, edit_history_tweet_ids: history })
    expect([...posts.keys()]).toEqual([first.id])
    const post = posts.get(first.id)
    expect(post).toMatchObject({ text: 'Better said', url: `https://x.com/Ada_HPC/status/${edit.id}` })
    expect(post?.editedAt?.getTime()).toBeGreaterThan(post?.publishedAt?.getTime() ?? 0)
  })
})

describe('what became of posts', () => {
  test('what was deleted or is protected now is gone, what was edited is as it is now, and each is paid for', async () => {
    const [kept = '', deleted = '', edited = ''] = add(1, 3)
    const [ofGrace = ''] = server.add(rawTweet(9, { author_id: '12' }))
    const edit = rawTweet(30, { text: 'Better said' })
    server.add({ ...edit, edit_history_tweet_ids: [edited, edit.id] })
    server.change(edited, { edit_history_tweet_ids: [edited, edit.id] })
    server.remove(deleted)
    server.users[1] = { id: '12', username: 'grace', protected: true }
    const { settings, run, purse } = source({ list: 77 }, purseOf(200))
    const found = await x.recheck?.([kept, deleted, edited, ofGrace, 'not-an-id'], { ...run, settings })
    expect(found?.deleted.toSorted()).toEqual([deleted, ofGrace].toSorted())
    expect(found?.posts.map(({ externalId, text }) => [externalId, text])).toEqual([
      [kept, 'Post 1'],
      [edited, 'Better said'],
    ])
    expect(purse.left()).toBe(200 - 3)
  })

  test('waits for tomorrow when the budget is used up', async () => {
    const ids = add(1, 100)
    const { settings, run } = source({ list: 77 }, purseOf(50))
    const failure = await failureOf(x.recheck?.(ids, { ...run, settings }) ?? Promise.resolve())
    expect(failure).toMatchObject({ trouble: 'rate-limited', retryAfterSeconds: expect.any(Number) })
    expect(server.asked).toHaveLength(0)
    expect(await run.purse?.take(100)).toBe(50)
  })

  test('nobody is asked about an own archive, and nothing is kept for long of what nobody may be asked about', () => {
    expect(x.rechecksPerHour?.(Settings.parse({ account: 'ada' }))).toBeNull()
    expect(x.rechecksPerHour?.(Settings.parse({ list: 7, rechecksPerDay: 0 }))).toBe(0)
    expect(x.rechecksPerHour?.(Settings.parse({ list: 7 }))).toBeGreaterThan(0)
  })
})

describe('trouble', () => {
  test('too many requests: it waits until the time that X says', async () => {
    server.behaviour.remaining = 0
    server.behaviour.reset = Math.ceil(Date.now() / 1000) + 120
    const list = source({ list: 77 }, purseOf(100))
    const failure = await failureOf(list.poll())
    expect(failure.trouble).toBe('rate-limited')
    expect(failure.retryAfterSeconds).toBeGreaterThan(100)
    expect(failure.retryAfterSeconds).toBeLessThanOrEqual(121)
    // What did not come is not paid for.
    expect(list.purse.left()).toBe(100)
  })

  test.each([
    [{ token: 'another' }, 'refused', 'bearer token'],
    [
      { instead: { status: 402, body: { title: 'CreditsDepleted', detail: 'no credits', type: 'https://api.x.com/2/problems/credits' } } },
      'refused',
      'credit',
    ],
    [
      { instead: { status: 429, body: { title: 'UsageCapExceeded', type: 'https://api.x.com/2/problems/usage-capped' } } },
      'rate-limited',
      'all that X lets it',
    ],
    [
      {
        instead: {
          status: 403,
          body: { title: 'Client Forbidden', detail: 'not enrolled', type: 'https://api.x.com/2/problems/client-forbidden' },
        },
      },
      'refused',
      'not enrolled',
    ],
    [{ instead: { status: 503, body: 'over capacity' } }, 'unavailable', '503'],
    [{ instead: { body: '<html>hello</html>' } }, 'malformed', 'no data'],
  ])('%j', async (change, trouble, words) => {
    Object.assign(server.behaviour, change)
    const failure = await failureOf(source({ list: 77 }).poll())
    expect(failure.trouble).toBe(trouble)
    expect(failure.message).toContain(words)
    expect(failure.message).not.toContain('the-bearer')
  })

  test('a list that is private or gone', async () => {
    expect((await failureOf(source({ list: 78 }).poll())).message).toContain('no such list')
  })
})
