import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { eq, inArray, sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { connect } from '#db/client'
import type { Post } from '#db/post'
import { saveBatch } from '#db/save-batch'
import { posts } from '#db/schema'
import { forgetWithdrawals } from '#db/withdrawn'
import { cookieNames, encodePreferences } from '#lib/reading/preference-cookies'
import { defaultPreferences, type Mute } from '#lib/reading/preferences'
import type { LiveEvents } from '#lib/server/live-events'
import { builtPages } from '#tests/support/build'
import { testDatabase } from '#tests/support/database'
import { postsTold, type Told, type Watching, watch } from '#tests/support/live'
import { aBatch, ada, aPost, heldSource } from '#tests/support/post'
import { chatLine } from '#tests/support/talk'
import { get, startWeb, type Web } from '#tests/support/web'

/** What an open page is told of what is saved, over the wire from the real web process. */
const database = testDatabase()
const LONG_AGO = new Date('2026-01-01T00:00:00Z')
let web: Web
let owner: Record<string, string>
const open: Watching[] = []

beforeAll(async () => {
  await builtPages()
  web = await startWeb({ DATABASE_URL: database.url })
  owner = { authorization: `Bearer ${readFileSync(join(web.dataDir, 'owner-key'), 'utf8').trim()}` }
}, 240_000)
afterAll(() => web?.stop())
afterEach(() => {
  for (const stream of open.splice(0)) stream.close()
})

async function watching(query = '', headers: Record<string, string> = {}): Promise<Watching> {
  const stream = await watch(web.port, query, headers)
  open.push(stream)
  // Its place is told as soon as it was looked for what it missed: from here on everything is news.
  if (stream.response.statusCode === 200) await waitFor(() => stream.lastId() !== '')
  return stream
}

async function waitFor(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('it did not come about')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Saves posts of a platform as a worker does; returns their ids in that order. */
async function save(platform: string, said: Post[], change: object = {}, now = new Date()): Promise<number[]> {
  const { source, holder } = await heldSource(`A source of ${platform}`, { platform, firstReadAt: LONG_AGO })
  await saveBatch(source, holder, aBatch(said, change), now)
  const rows = await database.db
    .select({ id: posts.id, externalId: posts.externalId })
    .from(posts)
    .where(
      inArray(
        posts.externalId,
        said.map(({ externalId }) => externalId),
      ),
    )
  return said.map(({ externalId }) => rows.find((row) => row.externalId === externalId)?.id ?? 0)
}

let made = 0
const fresh = (change: Partial<Post> = {}) => aPost(`live-${++made}`, { publishedAt: new Date(), ...change })
const tells = (id: number | undefined) => (one: Told) => postsTold([one]).includes(id ?? -1)
const takesBack = (id: number | undefined) => (one: Told) =>
  one.event === 'gone' && (one.data as LiveEvents['gone']).posts.includes(id ?? -1)

describe('what is saved', () => {
  test('is told within a second, with the entry, its place, platform and source', async () => {
    const stream = await watching()
    const [id] = await save('feed', [fresh()])
    const savedAt = Date.now()
    const { event, data } = await stream.until(tells(id))
    expect(Date.now() - savedAt).toBeLessThan(1000)
    expect(event).toBe('new')
    expect(data).toEqual({
      entries: [
        { entry: id, place: expect.stringMatching(/^\d{13}-\d+$/), platform: 'feed', source: expect.any(Number), title: null, posts: [id] },
      ],
      more: false,
    })
  })

  test('comes as an event stream that nobody collects, compresses or keeps, also to a browser that takes brotli', async () => {
    const { response } = await watching('', { 'accept-encoding': 'gzip, deflate, br' })
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    })
    expect(response.headers['content-encoding']).toBeUndefined()
  })

  test('of one batch is one event', async () => {
    const stream = await watching()
    const ids = await save('feed', [fresh(), fresh(), fresh()])
    const { data } = await stream.until(tells(ids[0]))
    expect((data as LiveEvents['new']).entries.map(({ entry }) => entry)).toEqual(ids.toReversed())
    expect(stream.told).toHaveLength(1)
  })

  test('twice, or edited, is told once', async () => {
    const stream = await watching()
    const post = fresh()
    const [id] = await save('feed', [post])
    await stream.until(tells(id))
    await save('feed', [post])
    await save('feed', [{ ...post, text: 'Said better.', editedAt: new Date() }])
    const [last] = await save('feed', [fresh()])
    await stream.until(tells(last))
    expect(postsTold(stream.told)).toEqual([id, last])
  })

  test('by the first read of a source is no news: only that there is more to read', async () => {
    const stream = await watching()
    const { source, holder } = await heldSource('A source that is new', { platform: 'feed' })
    await saveBatch(source, holder, aBatch([fresh(), fresh()]), new Date())
    expect(await stream.until(() => true)).toEqual({ event: 'filled', data: {} })
    // A page that was made since has it.
    expect((await watching(`?since=${Date.now()}`)).told.map(({ event }) => event)).not.toContain('filled')
  })

  test('to a conversation is told as its growth, with what its people call it', async () => {
    const stream = await watching()
    const at = Date.now()
    const line = (index: number) => chatLine(`growing-${index}`, new Date(at - 60_000 + index * 1000), 'sl0th')
    const [first] = await save('irc', [line(0), line(1)])
    expect((await stream.until(tells(first))).event).toBe('new')
    const more = await save('irc', [line(2), line(3)])
    const { event, data } = await stream.until(tells(more[0]))
    expect([event, data]).toEqual(['grown', expect.objectContaining({ entry: first, title: '#hpc', platform: 'irc', posts: more })])
  })

  test('by a machine whose clock is ten minutes behind is told all the same', async () => {
    const stream = await watching()
    const [id] = await save('feed', [fresh()], {}, new Date(Date.now() - 600_000))
    await stream.until(tells(id))
  })

  test('arrives whole when a transaction that began earlier commits later', async () => {
    const stream = await watching()
    const other = connect(database.url, { max: 1 })
    const [held, committed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    let earlier = 0
    const { source } = await heldSource('A slow source', { platform: 'feed', firstReadAt: LONG_AGO })
    // A row like those that a save writes, in a transaction that stays open while a later one commits.
    const slow = other.transaction(async (tx) => {
      const [template] = await save('feed', [fresh()])
      const columns = sql`entry_id, platform, source_id, external_id, author, badges, html, text, tags, sensitive, media, kind, recovered, reactions, audience, first_seen_at, sort_at, late, revision`
      const [row] = await tx.execute<{ id: string }>(sql`
        insert into posts (${columns})
        select 0, platform, ${source.id}::bigint, 'slow', author, badges, html, text, tags, sensitive, media, kind, recovered, reactions, audience, now(), now(), late, revision
        from posts where id = ${template} returning id`)
      earlier = Number(row?.id)
      await tx.execute(sql`update posts set entry_id = id where id = ${earlier}`)
      await tx.execute(
        sql`insert into entries (id, platform, sort_at, last_at, audience) values (${earlier}, 'feed', now(), now(), 'public')`,
      )
      held.resolve()
      await committed.promise
      await tx.execute(sql`select pg_notify('backplane_saved', '')`)
    })
    await held.promise
    const [later] = await save('feed', [fresh()])
    await stream.until(tells(later))
    expect(earlier).toBeLessThan(later ?? 0)
    expect(postsTold(stream.told)).not.toContain(earlier)
    committed.resolve()
    await slow
    await stream.until(tells(earlier))
    expect(postsTold(stream.told).filter((id) => id === later)).toHaveLength(1)
    await other.$client.end()
  })
})

describe('who is told what', () => {
  test('a post for members is told to the owner, and to nobody else, not by an empty event or a sign of life', async () => {
    const [anonymous, mine] = [await watching(), await watching('', owner)]
    const silence = anonymous.wire()
    const [secret] = await save('slack', [fresh({ audience: 'members' })])
    await mine.until(tells(secret))
    // What is told after it shows that nothing was told of it.
    const [open] = await save('feed', [fresh()])
    await anonymous.until(tells(open))
    expect(postsTold(anonymous.told)).toEqual([open])
    expect(anonymous.wire().slice(silence.length)).toMatch(/^event: new\ndata: .*\n\nid: \d+\n\n$/)
  })

  test('what only members could see is taken back before their eyes only', async () => {
    const [secret] = await save('slack', [fresh({ externalId: 'to-delete', audience: 'members' })])
    const [anonymous, mine] = [await watching(), await watching('', owner)]
    await save('slack', [], { deleted: ['to-delete'] })
    await mine.until(takesBack(secret))
    const [open] = await save('feed', [fresh()])
    await anonymous.until(tells(open))
    expect(anonymous.told.map(({ event }) => event)).toEqual(['new'])
  })

  test('a line for members in a public conversation takes the conversation from who is none, as the timeline does', async () => {
    const at = new Date()
    const [line] = await save('irc', [
      chatLine('shut-1', at, 'vy', { conversation: { key: 'n/#shut', title: '#shut', silenceMinutes: 20 } }),
    ])
    const [anonymous, mine] = [await watching(), await watching('', owner)]
    const [secret] = await save('irc', [
      chatLine('shut-2', new Date(at.getTime() + 1000), 'vy', {
        conversation: { key: 'n/#shut', title: '#shut', silenceMinutes: 20 },
        audience: 'members',
      }),
    ])
    await mine.until(tells(secret))
    await anonymous.until(takesBack(line))
    expect(mine.told.map(({ event }) => event)).not.toContain('gone')
    expect(postsTold(anonymous.told)).toEqual([])
  })

  test('a filter lets through what it shows, and nothing else', async () => {
    const [feeds, talk, all] = [
      await watching('?platform=feed'),
      await watching('?platform=irc,mastodon'),
      await watching('?platform=nonsense'),
    ]
    const tagged = await watching('?tag=storage&platform=feed')
    const [blog] = await save('feed', [fresh()])
    const [line] = await save('irc', [chatLine('filtered', new Date(), 'kestrel')])
    await Promise.all([feeds.until(tells(blog)), talk.until(tells(line)), all.until(tells(line))])
    expect(postsTold(feeds.told)).toEqual([blog])
    expect(postsTold(talk.told)).toEqual([line])
    expect(postsTold(all.told)).toEqual([blog, line])
    const [storage] = await save('feed', [fresh({ tags: ['storage'] })])
    await tagged.until(tells(storage))
    expect(postsTold(tagged.told)).toEqual([storage])
  })
})

describe('what a reader muted', () => {
  const muting = (keys: string[], what: Mute['what'] = 'word', hard = false) => {
    const mutes: Mute[] = [{ what, keys, name: keys[0] ?? '', until: null, hard }]
    const values = encodePreferences({ ...defaultPreferences, mutes }) ?? []
    return {
      cookie: cookieNames(web.origin)
        .map((name, index) => `${name}=${values[index] ?? ''}`)
        .join('; '),
    }
  }

  test('is not told to them, folded or hidden, and is told to all others', async () => {
    const streams = [await watching('', muting(['zettascale'])), await watching('', muting(['zettascale'], 'word', true))]
    const other = await watching()
    const [muted, also, plain] = await save('feed', [
      fresh({ text: 'Zettascale is near.' }),
      fresh({ text: 'Nothing.', card: null, title: 'On zettascale' }),
      fresh({ text: 'Plain.' }),
    ])
    for (const stream of [...streams, other]) await stream.until(tells(plain))
    expect(new Set(postsTold(other.told))).toEqual(new Set([muted, also, plain]))
    for (const stream of streams) expect(postsTold(stream.told)).toEqual([plain])
  })

  test('in a conversation is no growth of it, nor is it when they come back', async () => {
    const [first] = await save('irc', [chatLine('muted-0', new Date(), 'kestrel')])
    const stream = await watching('', muting(['irc:net.example/vy'], 'person'))
    const [unheard, heard] = await save('irc', [chatLine('muted-1', new Date(), 'vy'), chatLine('muted-2', new Date(), 'kestrel')])
    await stream.until(tells(heard))
    expect(postsTold(stream.told)).toEqual([heard])
    const back = await watching(`?since=${Date.now() - 60_000}`, muting(['irc:net.example/vy'], 'person'))
    await back.until(tells(heard))
    expect(postsTold(back.told)).toContain(first)
    expect(postsTold(back.told)).not.toContain(unheard)
  })
})

describe('what may be shown no more', () => {
  test.each<[string, (externalId: string, authorId: string) => Promise<unknown>]>([
    ['a deleted post', (externalId) => save('feed', [], { deleted: [externalId] })],
    ['a post of a deleted account', (_, authorId) => save('feed', [], { authors: [{ authorId, change: 'deleted' }] })],
    ['a post of a hidden account', (_, authorId) => save('feed', [], { authors: [{ authorId, change: 'hidden' }] })],
    ['a post that is for members now', (externalId) => save('feed', [aPost(externalId, { audience: 'members' })])],
    ['a post that is kept no longer', (externalId) => database.db.delete(posts).where(eq(posts.externalId, externalId))],
  ])('%s is taken back at once, and from who was away meanwhile', async (_what, leave) => {
    const post = fresh({ author: { ...ada, id: `id:leaving-${made}` } })
    const [id] = await save('feed', [post])
    const stream = await watching()
    const since = Date.now()
    await leave(post.externalId, post.author.id)
    await stream.until(takesBack(id))
    await (await watching('', { 'last-event-id': String(since) })).until(takesBack(id))
  })

  test('is forgotten after a day', async () => {
    await forgetWithdrawals(new Date(Date.now() + 90_000_000))
    expect(await database.db.execute(sql`select 1 from withdrawals`)).toHaveLength(0)
  })
})

describe('who comes back', () => {
  test('with Last-Event-ID is told what came meanwhile, with a minute of overlap', async () => {
    const before = await watching()
    const [seen] = await save('feed', [fresh()])
    await before.until(tells(seen))
    await waitFor(() => before.wire().endsWith('\n\n'))
    before.close()
    const [missed, older] = [await save('feed', [fresh()]), await save('feed', [fresh()], {}, new Date(Date.now() - 120_000))]
    const after = await watching('', { 'last-event-id': before.lastId() })
    await after.until(tells(missed[0]))
    // What it saw a moment ago comes again: the page knows it and drops it. What is older than the overlap does not.
    expect(postsTold(after.told)).toContain(seen)
    expect(postsTold(after.told)).not.toContain(older[0])
  })

  test('a page names the time when it was made, and is told what came since', async () => {
    const since = Date.now()
    const [id] = await save('feed', [fresh()])
    await (await watching(`?since=${since}`)).until(tells(id))
  })

  test('what comes back does not make the others hear it again', async () => {
    const stream = await watching()
    const [id] = await save('feed', [fresh()])
    await stream.until(tells(id))
    await watching('', { 'last-event-id': String(Date.now() - 3_600_000) })
    const [next] = await save('feed', [fresh()])
    await stream.until(tells(next))
    expect(postsTold(stream.told)).toEqual([id, next])
  })

  test.each(['nonsense', '-1', '99999999999999999999', '0', `${Date.now() + 1e9}`])(
    'a Last-Event-ID that is none does no harm: %s',
    async (id) => {
      const stream = await watching('', { 'last-event-id': id })
      const [next] = await save('feed', [fresh()])
      await stream.until(tells(next))
    },
  )
})

describe('many at once', () => {
  test('a hundred pages with the same view are one question to the database', async () => {
    const streams = await Promise.all(Array.from({ length: 100 }, () => watching('?platform=feed')))
    const before = await questions()
    const [id] = await save('feed', [fresh()])
    await Promise.all(streams.map((stream) => stream.until(tells(id))))
    // The saving itself, and one look; not a hundred.
    expect((await questions()) - before).toBeLessThan(60)
  })

  test('more than a process may hold are asked to come later, in words', async () => {
    const small = await startWeb({ DATABASE_URL: database.url, LIVE_READERS: '1' })
    const first = await watch(small.port)
    const second = await watch(small.port)
    expect([second.response.statusCode, second.response.headers['retry-after']]).toEqual([503, '60'])
    first.close()
    await waitFor(async () => {
      const third = await watch(small.port)
      third.close()
      return third.response.statusCode === 200
    })
    await small.stop()
  })
})

describe('start and stop', () => {
  test('SIGTERM ends every stream, and the process with 0, at once', async () => {
    const stopped = await startWeb({ DATABASE_URL: database.url })
    const streams = await Promise.all(Array.from({ length: 20 }, () => watch(stopped.port)))
    const startedAt = Date.now()
    expect(await stopped.stop()).toBe(0)
    await Promise.all(streams.map(({ ended }) => ended))
    expect(Date.now() - startedAt).toBeLessThan(2500)
  })

  test('a connection that is lost is listened on again', async () => {
    const stream = await watching()
    await database.db.execute(
      sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'backplane live' and datname = current_database()`,
    )
    const [id] = await save('feed', [fresh()])
    await stream.until(tells(id))
  })

  test('HEAD is answered, and other paths are not taken for it', async () => {
    expect((await get(web.port, '/api/live', {}, 'HEAD')).status).toBe(200)
    expect((await get(web.port, '/api/live/x')).status).toBe(404)
  })
})

/** Statements that were committed in this database so far. */
async function questions(): Promise<number> {
  const [row] = await database.db.execute<{ count: string }>(
    sql`select xact_commit as count from pg_stat_database where datname = current_database()`,
  )
  return Number(row?.count)
}
