import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Batch, Run } from '#connectors/contract'
import { reddit } from '#connectors/reddit/reddit'
import type { Settings } from '#connectors/reddit/settings'
import { connectors } from '#connectors/registry'
import { ConnectorError } from '#connectors/trouble'
import type { Post } from '#db/post'
import { rawSubmission, serveReddit } from '#tests/support/reddit-server'
import { readAll, runOf } from '#tests/support/run'

const FEED_TOKEN = '0123456789abcdef0123456789abcdef01234567'
const APP = { clientId: 'the-app', clientSecret: 'the-secret', username: 'ada_example' }

let server: Awaited<ReturnType<typeof serveReddit>>
beforeEach(async () => {
  server = await serveReddit()
})
afterEach(() => server.close())

const since = new Date('2026-11-13T12:00:00Z')

/** A source and all that was ever saved of it, polled as the runner does. `most` batches are saved before the process dies. */
function source(settings: Partial<Settings> = {}, change: Partial<Run<Settings>> = {}) {
  const given = { subreddit: 'hpc', api: server.origin, ...settings }
  const { run, stop } = runOf<Settings>(given, { backfill: { since, posts: 500 }, ...change })
  const trusting = { ...run, ...change }
  const posts = new Map<string, Post>()
  let cursor: Batch['cursor'] = null
  let batches: Batch[] = []
  return {
    run: trusting,
    posts,
    stop,
    titles: () => [...posts.values()].map(({ title }) => title),
    batches: () => batches,
    /** As if the last poll had been when this submission was made. */
    wasReadAt(n: number) {
      cursor = { ...cursor, readAt: timeOf(n).toISOString() }
    },
    async poll(settingsNow: Partial<Settings> = {}, most = Number.POSITIVE_INFINITY): Promise<Batch[]> {
      batches = []
      for await (const batch of reddit.read({ ...trusting, settings: { ...given, ...settingsNow }, cursor })) {
        batches.push(batch)
        for (const post of batch.posts) posts.set(post.externalId, post)
        for (const id of batch.deleted) posts.delete(id)
        cursor = JSON.parse(JSON.stringify(batch.cursor))
        if (batches.length >= most) break
      }
      return batches
    },
  }
}

const add = (from: number, to: number) => {
  const more = Array.from({ length: to - from + 1 }, (_, index) => rawSubmission(from + index))
  server.add(...more)
  return more.map(({ name }) => name)
}

const timeOf = (n: number) => new Date(rawSubmission(n).created_utc * 1000)
const nameOf = (n: number) => rawSubmission(n).name

async function failureOf(work: Promise<unknown>): Promise<ConnectorError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ConnectorError)) throw new Error('it did not fail as connectors do', { cause: error })
  return error
}

const BLOCK = '<!doctype html><html><head><title>Blocked</title></head><body>whoa there, pardner</body></html>'

describe('what people paste', () => {
  test.each([
    'r/hpc',
    '/r/HPC',
    'https://www.reddit.com/r/HPC/',
    'https://old.reddit.com/r/hpc',
    'https://reddit.com/r/hpc/new/.rss',
    'https://www.reddit.com/r/hpc/comments/1abc/a_title/?share=1',
    'www.reddit.com/r/hpc',
  ])('%s is r/hpc, and nobody else takes it before', (link) => {
    expect(reddit.locate(link)).toEqual({ subreddit: 'hpc' })
    expect(connectors.find(({ locate }) => locate(link) !== null)?.id).toBe('reddit')
  })

  test.each(['https://reddit.com.example.org/r/hpc', '#hpc', 'hpc', 'https://example.org/r/hpc', '@ada@example.org'])(
    '%s is not',
    (link) => {
      expect(reddit.locate(link)).toBeNull()
    },
  )

  test('the address of a personal feed brings its token along, so that its owner is told where to put it', () => {
    expect(reddit.locate(`https://www.reddit.com/r/hpc/new/.rss?feed=${FEED_TOKEN}&user=ada`)).toEqual({
      subreddit: 'hpc',
      feedToken: FEED_TOKEN,
      feedUser: 'ada',
    })
  })

  test.each([
    [{ subreddit: 'h' }, 'subreddit'],
    [{ subreddit: 'hpc', clientId: 'x', username: 'ada' }, 'clientSecret'],
    [{ subreddit: 'hpc', clientId: 'x', clientSecret: 'y' }, 'username'],
    [{ subreddit: 'hpc', refreshToken: 'x' }, 'refreshToken goes with clientId'],
    [{ subreddit: 'hpc', feedToken: 'x' }, 'feedUser'],
    [{ subreddit: 'hpc', sort: 'top' }, 'sort'],
  ])('settings that cannot work are refused: %j', (settings, word) => {
    expect(JSON.stringify(reddit.settings.safeParse(settings).error?.issues)).toContain(word)
  })

  test('several subreddits are one source', () => {
    expect(reddit.describe(reddit.settings.parse({ subreddit: 'r/HPC+SLURM' }))).toBe('r/hpc+slurm')
  })
})

describe('an account or a multireddit', () => {
  test.each([
    [{ user: 'ada_example' }, '/user/ada_example/submitted', 'u/ada_example'],
    [{ multi: 'ada_example/m/hpc' }, '/user/ada_example/m/hpc/new', 'u/ada_example/m/hpc'],
  ] as const)('%j is read by Atom, and by the API, each post where it was said', async (what, path, name) => {
    add(1, 3)
    const anonymous = source({ subreddit: undefined, ...what })
    await anonymous.poll()
    expect([...anonymous.posts.values()].map(({ place }) => place)).toEqual(['r/HPC', 'r/HPC', 'r/HPC'])
    expect(server.asked.at(-1)?.path).toBe(`${path}/.rss?limit=100`)
    const again = await anonymous.poll()
    expect(again.at(-1)?.covered).not.toBeNull()

    const app = source({ subreddit: undefined, ...what, ...APP })
    await app.poll()
    expect(app.posts.size).toBe(3)
    expect(server.pagesAsked().at(-1)?.url.pathname).toBe(path)
    expect(reddit.describe(reddit.settings.parse(what))).toBe(name)
  })

  test('that is not there is named as its people name it', async () => {
    const nobody = source({ subreddit: undefined, user: 'nobody_example', ...APP })
    expect((await failureOf(nobody.poll())).message).toContain('u/nobody_example')
  })
})

describe('read anonymously', () => {
  test('a poll is one request, of one page, under an honest name, and not wanted again for half an hour', async () => {
    add(1, 30)
    const hpc = source()
    const [batch] = await hpc.poll()
    expect(hpc.posts.size).toBe(30)
    expect(server.asked.map(({ path }) => path)).toEqual(['/r/hpc/new/.rss?limit=100'])
    expect(server.asked[0]?.headers['user-agent']).toBe(hpc.run.http.userAgent)
    expect(batch).toMatchObject({ everySeconds: 1800, notice: expect.stringContaining('Read anonymously by Atom: no comment counts') })
    expect([...hpc.posts.values()][0]?.replyCount).toBeNull()
  })

  test('an answer that is a page for people is a block, not a feed without posts', async () => {
    server.behaviour.instead = { headers: { 'content-type': 'text/html; charset=utf-8' }, body: BLOCK }
    const error = await failureOf(source().poll())
    expect(error).toMatchObject({ trouble: 'rate-limited', message: expect.stringContaining('Reddit blocks') })
    expect(error.retryAfterSeconds).toBeGreaterThanOrEqual(3600)
  })

  test.each([
    ['its door to log in', { status: 302, headers: { location: 'https://www.reddit.com/login/?dest=x' } }],
    ['403', { status: 403, headers: { 'content-type': 'text/html' }, body: BLOCK }],
  ])('%s is a block, and not asked again for an hour', async (_, instead) => {
    server.behaviour.instead = instead
    const error = await failureOf(source().poll())
    expect(error).toMatchObject({ trouble: 'rate-limited', message: expect.stringContaining('Reddit blocks') })
    expect(error.retryAfterSeconds).toBeGreaterThanOrEqual(3600)
    expect(server.asked).toHaveLength(1)
  })

  test.each([
    [{ status: 429, headers: { 'x-ratelimit-reset': '421.0' } }, 421],
    [{ status: 429, headers: { 'retry-after': '90' } }, 90],
    [{ status: 429 }, 1800],
  ])('too many requests: %j waits %i s', async (instead, seconds) => {
    server.behaviour.instead = instead
    expect(await failureOf(source().poll())).toMatchObject({ trouble: 'rate-limited', retryAfterSeconds: seconds })
  })

  test('a subreddit that is not there is its owner’s to mend', async () => {
    server.behaviour.instead = { status: 404 }
    expect(await failureOf(source().poll())).toMatchObject({ trouble: 'refused', message: expect.stringContaining('r/hpc') })
    server.behaviour.instead = { status: 302, headers: { location: 'https://www.reddit.com/subreddits/search?q=hpc' } }
    expect(await failureOf(source().poll())).toMatchObject({ trouble: 'refused', message: expect.stringContaining('There is no r/hpc') })
  })

  test('what is neither a page nor a feed is ours to mend', async () => {
    server.behaviour.instead = { headers: { 'content-type': 'application/atom+xml' }, body: '{"not": "a feed"}' }
    expect(await failureOf(source().poll())).toMatchObject({ trouble: 'malformed' })
  })

  test('each read proves the time since the last, unless it no longer reaches what was known', async () => {
    add(1, 100)
    const hpc = source()
    const [first] = await hpc.poll()
    expect(first?.covered?.from).toEqual(timeOf(1))
    add(101, 150)
    const [second] = await hpc.poll()
    expect(second?.covered?.from).toEqual(first?.covered?.to)
    server.behaviour.entries = 25
    hpc.wasReadAt(150)
    add(151, 300)
    const [third] = await hpc.poll()
    expect(third?.covered?.from).toEqual(timeOf(276))
    expect(hpc.titles()).not.toContain('Submission 160')
  })

  test('a post is removed once it is absent from two readings in a row that should show it', async () => {
    add(1, 30)
    const hpc = source()
    await hpc.poll()
    server.remove(nameOf(12))
    expect((await hpc.poll())[0]?.deleted).toEqual([])
    expect((await hpc.poll())[0]?.deleted).toEqual([nameOf(12)])
    expect((await hpc.poll())[0]?.deleted).toEqual([])
  })

  test('a post that was let in late, or back in, is shown and not taken for removed', async () => {
    add(1, 30)
    const hpc = source()
    await hpc.poll()
    server.remove(nameOf(12))
    await hpc.poll()
    server.add(rawSubmission(12), rawSubmission(10, { name: 't3_late', title: 'Let in late' }))
    expect((await hpc.poll())[0]?.deleted).toEqual([])
    server.remove(nameOf(12))
    expect((await hpc.poll())[0]?.deleted).toEqual([])
    expect(hpc.titles()).toContain('Let in late')
  })

  test('what merely fell off the end of the feed is not removed, nor what a shorter feed leaves out', async () => {
    add(1, 100)
    const hpc = source()
    await hpc.poll()
    add(101, 140)
    await hpc.poll()
    expect((await hpc.poll())[0]?.deleted).toEqual([])
    server.behaviour.entries = 3
    await hpc.poll()
    expect((await hpc.poll())[0]?.deleted).toEqual([])
  })

  test('a feed without most of what it should show, or in disorder, is at fault itself', async () => {
    add(1, 30)
    const hpc = source()
    await hpc.poll()
    server.behaviour.isInOrder = false
    server.remove(nameOf(5))
    for (let polls = 0; polls < 3; polls++) expect((await hpc.poll())[0]?.deleted).toEqual([])
    server.behaviour.isInOrder = true
    server.remove(...Array.from({ length: 20 }, (_, index) => nameOf(6 + index)))
    for (let polls = 0; polls < 3; polls++) expect((await hpc.poll())[0]?.deleted).toEqual([])
    // Once the feed is itself again, what is really gone is noticed.
    add(6, 25)
    await hpc.poll()
    expect((await hpc.poll())[0]?.deleted).toEqual([nameOf(5)])
  })

  test('an empty feed proves nothing', async () => {
    const all = add(1, 30)
    const hpc = source()
    await hpc.poll()
    server.remove(...all)
    await hpc.poll()
    const [batch] = await hpc.poll()
    expect(batch).toMatchObject({ deleted: [], covered: null })
    expect(hpc.posts.size).toBe(30)
  })

  test('a text that was blanked is gone at once', async () => {
    add(1, 30)
    const hpc = source()
    await hpc.poll()
    server.change(nameOf(3), { selftext_html: '<!-- SC_OFF --><div class="md"><p>[removed]</p>\n</div><!-- SC_ON -->' })
    expect((await hpc.poll())[0]?.deleted).toEqual([nameOf(3)])
  })
})

describe('read by a personal feed', () => {
  const personal = { feedToken: FEED_TOKEN, feedUser: 'ada_example' }

  test('asks with the token, names the account, and says what is in use', async () => {
    add(1, 5)
    const hpc = source(personal)
    const [batch] = await hpc.poll()
    expect(server.asked[0]?.url.searchParams.get('feed')).toBe(FEED_TOKEN)
    expect(server.asked[0]?.headers['user-agent']).toMatch(/^web:backplane:[\w.]+ \(by \/u\/ada_example\)$/)
    expect(batch?.notice).toContain('u/ada_example')
  })

  test('the token shows nowhere: not in posts, cursor or what is kept aside, and in no error', async () => {
    server.add(
      rawSubmission(1, { url: `https://www.reddit.com/r/hpc/new/.rss?feed=${FEED_TOKEN}` }),
      rawSubmission(2, { name: 'nonsense', title: FEED_TOKEN }),
    )
    const hpc = source(personal)
    expect(JSON.stringify(await hpc.poll())).not.toContain(FEED_TOKEN)
    const failures = [
      { status: 500, body: FEED_TOKEN },
      { status: 403, body: BLOCK },
      { status: 302, headers: { location: '/login' } },
      { body: 'x' },
    ]
    for (const instead of failures) {
      server.behaviour.instead = instead
      const error = await failureOf(hpc.poll())
      expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toContain(FEED_TOKEN)
    }
    await server.close()
    const error = await failureOf(hpc.poll())
    expect(`${error.message} ${error.stack}`).not.toContain(FEED_TOKEN)
  })
})

describe('read by an app', () => {
  test('gets a token under the name that Reddit prescribes, and tells comments', async () => {
    add(1, 30)
    const hpc = source(APP)
    const [batch] = await hpc.poll()
    expect(hpc.posts.size).toBe(30)
    expect(hpc.posts.get(nameOf(7))?.replyCount).toBe(7)
    expect(batch?.everySeconds).toBeUndefined()
    expect(batch?.notice).toContain('u/ada_example')
    for (const { headers } of server.asked) expect(headers['user-agent']).toMatch(/^web:backplane:[\w.]+ \(by \/u\/ada_example\)$/)
  })

  test('a token is used as long as it is good, and a new one fetched before it expires', async () => {
    add(1, 3)
    const hpc = source(APP)
    await hpc.poll()
    await hpc.poll()
    expect(server.tokensAsked()).toHaveLength(1)
    const short = source({ ...APP, refreshToken: 'the-refresh-token' })
    server.behaviour.expiresIn = 59
    await short.poll()
    await short.poll()
    expect(server.tokensAsked()).toHaveLength(3)
  })

  test('a token that Reddit no longer takes is replaced once, and then it is the owner’s', async () => {
    add(1, 3)
    const hpc = source(APP)
    await hpc.poll()
    server.forgetTokens()
    await hpc.poll()
    expect(server.tokensAsked()).toHaveLength(2)
    server.forgetTokens()
    server.behaviour.grants = []
    expect(await failureOf(hpc.poll())).toMatchObject({ trouble: 'refused', message: expect.stringContaining('no token') })
    server.behaviour.grants = ['client_credentials']
    server.behaviour.instead = { status: 401 }
    server.asked.length = 0
    expect(await failureOf(hpc.poll())).toMatchObject({ trouble: 'refused' })
    expect(server.asked.length).toBeLessThanOrEqual(4)
  })

  test('an account’s refresh token is used where there is one, and named when it was revoked', async () => {
    await source({ ...APP, refreshToken: 'the-refresh-token' }).poll()
    expect(new URLSearchParams(server.tokensAsked()[0]?.body).get('grant_type')).toBe('refresh_token')
    const error = await failureOf(source({ ...APP, refreshToken: 'revoked-one' }).poll())
    expect(error).toMatchObject({ trouble: 'refused', message: expect.stringContaining('refresh token') })
    expect(`${error.message}${error.stack}`).not.toContain('revoked-one')
  })

  test('a wrong secret is named without being told', async () => {
    const error = await failureOf(source({ ...APP, clientSecret: 'a-wrong-one' }).poll())
    expect(error).toMatchObject({ trouble: 'refused', message: expect.stringContaining('clientSecret') })
    expect(`${error.message}${error.stack}`).not.toContain('a-wrong-one')
  })

  test('a listing shorter than its limit is asked for once a page, not until it is full', async () => {
    server.behaviour.cap = 1
    add(1, 5)
    const hpc = source(APP)
    await hpc.poll()
    expect(server.pagesAsked()).toHaveLength(5)
    server.asked.length = 0
    await hpc.poll()
    expect(server.pagesAsked()).toHaveLength(1)
  })

  test('is read from the top without an anchor, down to what is known, with nothing skipped', async () => {
    add(1, 50)
    const hpc = source(APP)
    await hpc.poll()
    add(51, 400)
    // The newest that was known is gone: asked from there, Reddit would answer with nothing for ever.
    server.remove(nameOf(50))
    server.asked.length = 0
    const batches = await hpc.poll()
    expect(hpc.posts.size).toBe(400)
    expect(server.pagesAsked()).toHaveLength(4)
    for (const { url } of server.pagesAsked()) expect(url.searchParams.has('before')).toBe(false)
    expect(batches.flatMap(({ posts }) => posts.map(({ title }) => title))[0]).toBe('Submission 1')
    expect(batches.at(-1)?.covered).not.toBeNull()
  })

  test('a crash between two batches repeats, and skips nothing', async () => {
    add(1, 10)
    const hpc = source(APP)
    await hpc.poll()
    add(11, 350)
    await hpc.poll({}, 1)
    expect(hpc.posts.size).toBeLessThan(350)
    await hpc.poll()
    expect(hpc.posts.size).toBe(350)
  })

  test('more than a listing holds is a hole, which is said', async () => {
    add(1, 10)
    const hpc = source(APP)
    await hpc.poll()
    hpc.wasReadAt(10)
    add(11, 1200)
    const batches = await hpc.poll()
    expect(server.pagesAsked().length).toBeLessThanOrEqual(12)
    expect(batches.at(-1)?.covered?.from).toEqual(timeOf(201))
  })

  test('a first read goes as far back as it may, in time and in number', async () => {
    server.add(...Array.from({ length: 120 }, (_, index) => rawSubmission(-20 * 24 * 60 + index)))
    add(1, 150)
    const byTime = source(APP)
    await byTime.poll()
    expect(byTime.posts.size).toBe(150)
    const byNumber = source(APP, { backfill: { since, posts: 60 } })
    const batches = await byNumber.poll()
    expect(byNumber.posts.size).toBe(60)
    expect(batches.at(-1)?.covered?.from).toEqual(timeOf(91))
    // What was left out then does not come in later.
    await byNumber.poll()
    expect(byNumber.posts.size).toBe(60)
  })

  test('the end of the limit is waited for, as long as Reddit says, without asking', async () => {
    add(1, 3)
    server.behaviour.remaining = 1
    server.behaviour.reset = 137
    const hpc = source(APP)
    await hpc.poll()
    server.asked.length = 0
    const error = await failureOf(hpc.poll())
    expect(error.trouble).toBe('rate-limited')
    expect(error.retryAfterSeconds).toBeGreaterThan(130)
    expect(error.retryAfterSeconds).toBeLessThanOrEqual(137)
    expect(server.asked).toHaveLength(0)
  })

  test('429 waits as long as it says, and is not tried again here', async () => {
    server.behaviour.instead = { status: 429, headers: { 'x-ratelimit-reset': '77' } }
    expect(await failureOf(source(APP).poll())).toMatchObject({ trouble: 'rate-limited', retryAfterSeconds: 77 })
    expect(server.pagesAsked()).toHaveLength(1)
  })

  test.each([500, 502, 503, 504])('%i is waited for by the schedule, not tried again here', async (status) => {
    server.behaviour.instead = { status }
    expect(await failureOf(source(APP).poll())).toMatchObject({ trouble: 'unavailable' })
    expect(server.pagesAsked()).toHaveLength(1)
  })

  test('a block, a login and a closed subreddit are told apart', async () => {
    const hpc = source(APP)
    server.behaviour.instead = { status: 403, headers: { 'content-type': 'text/html' }, body: BLOCK }
    expect((await failureOf(hpc.poll())).message).toContain('Reddit blocks')
    server.behaviour.instead = { headers: { 'content-type': 'text/html' }, body: BLOCK }
    expect((await failureOf(hpc.poll())).message).toContain('Reddit blocks')
    server.behaviour.instead = { status: 403, body: { reason: 'private', message: 'Forbidden', error: 403 } }
    expect(await failureOf(hpc.poll())).toMatchObject({ trouble: 'refused', message: 'r/hpc is closed to the public' })
  })

  test('what was deleted or removed in the listing vanishes; what waits for a moderator and was never shown is not buried', async () => {
    add(1, 10)
    server.change(nameOf(4), { removed_by_category: 'automod_filtered' })
    const hpc = source(APP)
    await hpc.poll()
    server.change(nameOf(2), { removed_by_category: 'deleted', author: '[deleted]', selftext: '[deleted]' })
    server.change(nameOf(3), { removed_by_category: 'moderator', selftext: '[removed]' })
    const [batch] = await hpc.poll()
    expect(batch?.deleted).toEqual([nameOf(2), nameOf(3)])
    server.change(nameOf(4), { removed_by_category: null })
    await hpc.poll()
    expect(hpc.titles()).toContain('Submission 4')
  })

  test('a submission that cannot be read is kept aside once, and stops nothing', async () => {
    server.add(rawSubmission(1), rawSubmission(2, { title: 42 }), rawSubmission(3))
    const hpc = source(APP)
    const [batch] = await hpc.poll()
    expect(hpc.posts.size).toBe(2)
    expect(batch?.unreadable).toMatchObject([{ reason: expect.stringContaining('title') }])
    expect((await hpc.poll())[0]?.unreadable).toEqual([])
  })

  test('a better way in takes over where the other was, and tells the same posts', async () => {
    add(1, 10)
    const hpc = source()
    const [first] = await hpc.poll()
    const before = new Set(hpc.posts.keys())
    const [second] = await hpc.poll(APP)
    expect(new Set(hpc.posts.keys())).toEqual(before)
    expect(second?.covered?.from).toEqual(first?.covered?.to)
    expect(hpc.posts.get(nameOf(7))?.replyCount).toBe(7)
  })

  test('stopping ends a read that waits', async () => {
    const hpc = source(APP)
    hpc.stop()
    await expect(readAll(reddit.read({ ...hpc.run }))).rejects.toThrow()
  })
})

test('the client library stands on kept-up packages, and not on the abandoned ones that it names', () => {
  const snoowrap = createRequire(createRequire(import.meta.url).resolve('snoowrap'))
  const nameAndVersion = (name: string) => {
    const folder = snoowrap.resolve(name).split(/(?<=node_modules\/(?:@[^/]+\/)?[^/]+)\//)[0] ?? ''
    const { name: is, version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
    return [is, Number.parseInt(version, 10)]
  }
  expect(nameAndVersion('request')).toEqual(['@cypress/request', 4])
  expect(nameAndVersion('tough-cookie')).toEqual(['tough-cookie', 6])
  expect(nameAndVersion('ws')).toEqual(['ws', 8])
})

describe('what became of posts', () => {
  const recheck = (ids: string[], settings: Partial<Settings> = APP) => {
    const { run } = source(settings)
    if (!reddit.recheck) throw new Error('Reddit has no recheck')
    return reddit.recheck(ids, run)
  }

  test('a hundred at once: edits, what is gone, and what Reddit no longer knows', async () => {
    add(1, 100)
    server.change(nameOf(5), { edited: 1_795_200_000, selftext_html: '<div class="md"><p>Better</p></div>' })
    server.change(nameOf(6), { removed_by_category: 'reddit' })
    server.change(nameOf(7), { removed_by_category: 'automod_filtered' })
    server.change(nameOf(8), { selftext: '[removed]' })
    server.remove(nameOf(9))
    const { posts, deleted } = await recheck(Array.from({ length: 100 }, (_, index) => nameOf(index + 1)))
    expect(server.pagesAsked()).toHaveLength(1)
    expect(deleted.toSorted()).toEqual([nameOf(6), nameOf(7), nameOf(8), nameOf(9)].toSorted())
    expect(posts).toHaveLength(96)
    expect(posts.find(({ externalId }) => externalId === nameOf(5))).toMatchObject({
      text: 'Better',
      editedAt: new Date(1_795_200_000_000),
    })
  })

  test('an account that is gone takes its name along; what it said stays', async () => {
    server.add(rawSubmission(1, { author: '[deleted]', author_fullname: undefined }))
    const { posts, deleted } = await recheck([nameOf(1)])
    expect(deleted).toEqual([])
    expect(posts[0]?.author).toMatchObject({ name: '[deleted]', url: null, badges: [] })
    expect(JSON.stringify(posts)).not.toContain('ada')
  })

  test('an answer without any of the posts says nothing about each', async () => {
    expect(await recheck([nameOf(1), nameOf(2)])).toEqual({ posts: [], deleted: [] })
  })

  test('without an app nothing is asked', async () => {
    expect(await recheck([nameOf(1)], {})).toEqual({ posts: [], deleted: [] })
    expect(server.asked).toHaveLength(0)
  })
})
