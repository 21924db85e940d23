import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createHttp } from '#connectors/http'
import { connectors } from '#connectors/registry'
import { posts } from '#db/schema'
import { declareSources, sourceById } from '#db/sources'
import { sources } from '#db/sources-schema'
import { getTimeline } from '#db/timeline'
import { bodyDays, forgetBodyDays } from '#lib/collecting/bodies'
import { ingest } from '#lib/collecting/ingest'
import { purseOf } from '#lib/collecting/purse'
import { recheckSource } from '#lib/collecting/recheck'
import { checkSources } from '#lib/sources/check-sources'
import { setupOf } from '#lib/sources/setup-of'
import { healthOf } from '#lib/sources/source-health'
import { parseSourcesFile } from '#lib/sources/sources-file'
import { switchedOff } from '#lib/sources/switched-on'
import { listIn, understand } from '#lib/sources/understand'
import { testDatabase } from '#tests/support/database'
import { rawMedium, serveThreads } from '#tests/support/threads-server'
import { rawTweet, serveX } from '#tests/support/x-server'

// Read once, at the first question: the tests of what is switched off ask for another environment by hand.
process.env.SWITCHED_ON = 'x, Threads,linkedin'
process.env.TEST_X_TOKEN = 'the-bearer'

const database = testDatabase()
const http = createHttp({ userAgent: 'Backplane/test (tests; contact nobody@example.org)', trustedHosts: ['127.0.0.1'] })
const reach = { http, signal: new AbortController().signal }

let x: Awaited<ReturnType<typeof serveX>>
let threads: Awaited<ReturnType<typeof serveThreads>>
const folder = mkdtempSync(join(tmpdir(), 'backplane-'))
const tokenFile = join(folder, 'threads-ada')
beforeAll(async () => {
  x = await serveX()
  threads = await serveThreads()
})
afterAll(async () => {
  await x.close()
  await threads.close()
})
beforeEach(() => forgetBodyDays())

async function declared(file: string): Promise<number> {
  const { sources: found, problems } = parseSourcesFile(file)
  expect(problems).toEqual([])
  await declareSources(found, new Date())
  const key = found[0]?.key ?? ''
  const [row] = await database.db.select().from(sources).where(eq(sources.key, key))
  return row?.id ?? 0
}

async function sourceAt(id: number) {
  const source = await sourceById(id)
  if (!source) throw new Error('there is no such source')
  return source
}

const list = (more = '') => `- x: { list: 77, token: env:TEST_X_TOKEN, api: "${x.origin}"${more} }`

describe('a source that is paid for', () => {
  test('is read within the day’s budget, which holds over restarts and for several workers, and then says until when it waits', async () => {
    x.add(...Array.from({ length: 60 }, (_, index) => rawTweet(index + 1)))
    const id = await declared(list(', readsPerDay: 50, rechecksPerDay: 100'))
    expect(await ingest(id, reach)).toMatchObject({ added: 50, error: null })
    expect((await sourceAt(id)).notice).toContain('50 paid reads are used up')
    x.add(rawTweet(61))
    x.asked.length = 0
    const again = await ingest(id, reach)
    expect(again?.error).toMatchObject({ trouble: 'rate-limited' })
    expect(x.asked).toHaveLength(0)
    const source = await sourceAt(id)
    expect(healthOf(source, new Date())).toMatchObject({ state: 'blocked', words: expect.stringContaining('after midnight UTC') })
    // The next day it holds as much again.
    const tomorrow = () => new Date(Date.now() + 86_400_000)
    const both = await Promise.all([1, 2, 3].map(() => purseOf(source, 'reads', tomorrow)?.take(30)))
    expect(both.reduce<number>((sum, granted) => sum + (granted ?? 0), 0)).toBe(50)
    expect(await purseOf(source, 'reads', tomorrow)?.take(1)).toBe(0)
    await purseOf(source, 'reads', tomorrow)?.putBack(7)
    expect(await purseOf(source, 'reads', tomorrow)?.take(10)).toBe(7)
  })

  test('is asked what became of its posts from a budget of its own; what was deleted or is protected is gone here', async () => {
    const id = await declared(list(', readsPerDay: 50, rechecksPerDay: 100'))
    const stored = await database.db.select().from(posts).where(eq(posts.sourceId, id))
    const [deleted = '', kept = ''] = stored.map(({ externalId }) => externalId)
    x.remove(deleted)
    await database.db
      .update(posts)
      .set({ recheckAt: new Date(0) })
      .where(eq(posts.sourceId, id))
    expect(await recheckSource(id, reach)).toBeGreaterThan(0)
    const at = async (externalId: string) => (await database.db.select().from(posts).where(eq(posts.externalId, externalId)))[0]
    expect(await at(deleted)).toMatchObject({ text: '', deletedAt: expect.any(Date) })
    expect((await at(kept))?.text).not.toBe('')
    // 49 were told of; the rest of the hundred does not do for all of them once more.
    expect(await purseOf(await sourceAt(id), 'rechecks')?.take(100)).toBe(51)
    await database.db
      .update(posts)
      .set({ recheckAt: new Date(0) })
      .where(eq(posts.sourceId, id))
    x.asked.length = 0
    expect(await recheckSource(id, reach)).toBeGreaterThan(0)
    expect(x.asked).toHaveLength(0)
    x.users[0] = { id: '11', username: 'Ada_HPC', protected: true }
    await database.db.execute('delete from rate_limits')
    await recheckSource(id, reach)
    const { entries } = await getTimeline({ role: 'anonymous' }, { limit: 100 })
    expect(entries).toEqual([])
  })

  test('keeps its words for two days only where nobody may be asked what became of them', async () => {
    x.users[0] = { id: '11', username: 'Ada_HPC', protected: false }
    const id = await declared(list(', rechecksPerDay: 0, name: Another'))
    const source = await sourceAt(id)
    expect(await bodyDays(source, async () => [source])).toBe(2)
  })

  test('keeps links as X gave them out, and is not visited for a check', async () => {
    await database.db.delete(posts)
    const id = await declared(list(', readsPerDay: 5000, name: Links'))
    await database.db.update(sources).set({ cursor: null }).where(eq(sources.id, id))
    const entities = { urls: [{ url: 'https://t.co/abc', expanded_url: 'https://blog.example.org/a', display_url: 'blog.example.org/a' }] }
    x.add(rawTweet(70, { text: 'See https://t.co/abc', entities }))
    const links = { followed: async () => [] }
    expect((await ingest(id, { ...reach, links }))?.added).toBeGreaterThan(0)
    const stored = await database.db.select().from(posts).where(eq(posts.sourceId, id))
    expect(stored.some(({ html }) => html.includes('href="https://t.co/abc"'))).toBe(true)
    x.asked.length = 0
    const { sources: found } = parseSourcesFile(list())
    expect(await checkSources(found, reach, new Date())).toMatchObject([{ state: 'alive', words: expect.stringContaining('not visited') }])
    expect(x.asked).toHaveLength(0)
  })
})

describe('a token that is renewed', () => {
  const file = () =>
    `- threads: { account: ada.hpc, token: "file:${tokenFile}", api: "${threads.origin}", permission: { by: Ada, on: 2026-11-20 } }`

  test('is written to the file that it came from, for its owner’s eyes only, and used from then on', async () => {
    writeFileSync(tokenFile, 'token-0\n', { mode: 0o600 })
    threads.add(rawMedium(1))
    const id = await declared(file())
    expect(await ingest(id, reach)).toMatchObject({ added: 1, error: null })
    expect(readFileSync(tokenFile, 'utf8')).toBe('token-0\n')
    const { cursor } = await sourceAt(id)
    await database.db
      .update(sources)
      .set({ cursor: { ...cursor, renewAt: new Date(0).toISOString() } })
      .where(eq(sources.id, id))
    expect(await ingest(id, reach)).toMatchObject({ error: null })
    expect(readFileSync(tokenFile, 'utf8')).toBe('token-1\n')
    expect(statSync(tokenFile).mode & 0o777).toBe(0o600)
    expect(await ingest(id, reach)).toMatchObject({ error: null })
    expect(threads.asked.at(-1)?.headers.authorization).toBe('Bearer token-1')
    expect(JSON.stringify(await database.db.select().from(sources))).not.toContain('token-1')
  })

  test('and that was taken back calls for its owner', async () => {
    const id = await declared(file())
    threads.tokens.set('token-1', { madeAt: 0, endsAt: Date.now() / 1000 + 86_400, revoked: true })
    expect((await ingest(id, reach))?.error).toMatchObject({ trouble: 'refused' })
    expect(healthOf(await sourceAt(id), new Date())).toMatchObject({ state: 'needs-you', words: expect.stringContaining('taken it back') })
  })
})

describe('what is switched off', () => {
  const off = (id: string, on: string[]) => {
    const connector = connectors.find((one) => one.id === id)
    return connector ? switchedOff(connector, on) : 'no such connector'
  }

  test.each(['x', 'threads', 'linkedin'])('%s says its price and its limits, and is off until it is named', (id) => {
    const connector = connectors.find((one) => one.id === id)
    const sentence = off(id, [])
    expect(sentence).toContain(connector?.switched?.price)
    expect(sentence).toContain(connector?.switched?.limits)
    expect(sentence).toContain('SWITCHED_ON')
    expect(off(id, [id])).toBeNull()
  })

  test('nothing that is free has a switch', () => {
    expect(connectors.filter(({ switched }) => switched).map(({ id }) => id)).toEqual(['x', 'threads', 'linkedin'])
  })

  test('what is on is offered to who pastes a link, and /setup says that it is on', () => {
    const first = (pasted: string) => {
      const understood = understand(pasted)
      return understood.as === 'source' ? understood.meanings.map(({ platform }) => platform) : understood
    }
    expect(first('https://x.com/i/lists/77')).toEqual(['x'])
    expect(first('https://x.com/HPC_Guru')).toEqual(['x'])
    expect(first('https://www.linkedin.com/company/example-lab/')).toEqual(['linkedin'])
    expect(first('https://www.threads.com/@ada.hpc')).toEqual(['mastodon', 'threads'])
    expect(listIn('- x: { list: 77 }\n- reddit: { subreddit: hpc }\n')).toHaveLength(2)
    expect(setupOf([]).flatMap(({ name, switched }) => (switched ? [[name, switched.on]] : []))).toEqual([
      ['X', true],
      ['Threads', true],
      ['LinkedIn', true],
    ])
  })
})
