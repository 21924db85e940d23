import { beforeEach, describe, expect, test } from 'vitest'
import { db } from '#db/client'
import { rateLimits } from '#db/running-schema'
import { countAgainst, createLimits } from '#lib/server/limits'
import { testDatabase } from '#tests/support/database'
import { eventually } from '#tests/support/eventually'
import { serve } from '#tests/support/server'

testDatabase()

const behindProxy = { MODE: 'community', TRUST_PROXY: 1 } as const
/** What a process counted for itself is gone with it. */
const startAnew = () => Reflect.deleteProperty(globalThis, 'backplaneLimiters')

beforeEach(async () => {
  startAnew()
  await db().delete(rateLimits)
})

/** A server behind the limits that answers everything else with 200. `x-account` says who is signed in. */
async function limited(config: Parameters<typeof createLimits>[0] = behindProxy) {
  const limits = createLimits(config)
  const server = await serve({
    '*': async ({ headers }, response, request) => {
      const late = await limits.ask(request, response, headers['x-account']?.toString() ?? null)
      return late ? { status: late.status, headers: late.headers ?? {}, body: late.sentence } : {}
    },
  })
  const ask = (path: string, from = '203.0.113.7', { method = 'GET', account = '' } = {}) =>
    fetch(server.origin + path, { method, headers: { 'x-forwarded-for': from, ...(account && { 'x-account': account }) } })
  return { ask, [Symbol.asyncDispose]: server.close }
}

/** How many of `times` were answered before the first refusal, and that refusal. */
async function untilRefused(ask: () => Promise<Response>, times: number): Promise<{ answered: number; refusal: Response | null }> {
  for (let answered = 0; answered < times; answered++) {
    const response = await ask()
    if (response.status !== 200) return { answered, refusal: response }
    await response.arrayBuffer()
  }
  return { answered: times, refusal: null }
}

describe('who asks too often', () => {
  test.each([
    ['search', '/search?q=slurm', 60],
    ['search by programs', '/api/posts?q=slurm', 60],
    ['suggestions', '/search/suggestions', 60],
    ['feeds', '/rss.xml?platform=feed', 60],
    ['feeds of a search', '/feed.json?q=slurm', 60],
    ['the API', '/api/posts', 300],
    ['pages', '/', 600],
  ])('%s: is told so in a sentence, and when to come again', async (_what, path, times) => {
    await using web = await limited()
    const { answered, refusal } = await untilRefused(() => web.ask(path), times + 1)
    expect([answered, refusal?.status]).toEqual([times, 429])
    expect(Number(refusal?.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(Number(refusal?.headers.get('retry-after'))).toBeLessThanOrEqual(60)
    expect(await refusal?.text()).toMatch(/^At most \d+ [a-z ]+ in a minute are answered: try again in \d+ s\.$/)
    // Nobody else is: another address, another network, somebody who is signed in.
    for (const other of ['203.0.113.8', '2001:db8::1']) expect((await web.ask(path, other)).status).toBe(200)
    expect((await web.ask(path, '203.0.113.7', { account: 'ada@example.org' })).status).toBe(200)
    // Nor for something else.
    expect((await web.ask('/_next/static/x.js')).status).toBe(200)
  })

  test.each([
    ['sign in', '/sign-in', 20],
    ['sign in by its API', '/api/auth/sign-in/magic-link', 20],
    ['get mail', '/digest', 10],
    ['be left out', '/opt-out/ask', 10],
    ['report', '/report/send', 20],
    ['hand in links', '/submit/send', 30],
  ])('to %s is refused by every web process, and keeps reading', async (_what, path, times) => {
    await using web = await limited()
    const post = () => web.ask(path, '203.0.113.7', { method: 'POST' })
    expect(await untilRefused(post, times - 1)).toMatchObject({ answered: times - 1 })
    startAnew()
    await using other = await limited()
    expect((await other.ask(path, '203.0.113.7', { method: 'POST' })).status).toBe(200)
    const refusal = await other.ask(path, '203.0.113.7', { method: 'POST' })
    expect([refusal.status, Number(refusal.headers.get('retry-after')) > 60]).toEqual([429, true])
    expect((await other.ask(path)).status).toBe(200)
    const [row] = await db().select().from(rateLimits)
    expect(JSON.stringify(row)).not.toContain('203.0.113')
  })

  test('from the addresses of one IPv6 network counts as one', async () => {
    await using web = await limited()
    let last = 1
    const { answered } = await untilRefused(() => web.ask('/search', `2001:db8:1:2::${(last++).toString(16)}`), 61)
    expect(answered).toBe(60)
  })

  test('cannot pass for another by a header of their own', async () => {
    await using web = await limited()
    let last = 1
    const { answered } = await untilRefused(() => web.ask('/search', `198.51.100.${last++}, 203.0.113.7`), 61)
    expect(answered).toBe(60)
  })

  test('is counted by account where they are signed in, from wherever', async () => {
    await using web = await limited()
    let last = 1
    const { answered } = await untilRefused(() => web.ask('/search', `203.0.113.${last++}`, { account: 'ada@example.org' }), 61)
    expect(answered).toBe(60)
  })

  test('in personal mode is the owner', async () => {
    await using web = await limited({ MODE: 'personal', TRUST_PROXY: 0 })
    expect(await untilRefused(() => web.ask('/search'), 70)).toEqual({ answered: 70, refusal: null })
  })
})

test('one mailbox gets five mails an hour, whoever asks for them and however it is written', async () => {
  for (let mail = 0; mail < 5; mail++) expect(await countAgainst('mailbox', 'ada@example.org')).toBeNull()
  expect(await countAgainst('mailbox', 'Ada@Example.org')).toMatchObject({ status: 429 })
  expect(await countAgainst('mailbox', 'bea@example.org')).toBeNull()
})

test('with the database away each process counts for itself', async () => {
  await db().$client.unsafe('alter table rate_limits rename to away')
  for (let mail = 0; mail < 5; mail++) expect(await countAgainst('mailbox', 'ada@example.org')).toBeNull()
  expect(await countAgainst('mailbox', 'ada@example.org')).toMatchObject({ status: 429 })
  await db().$client.unsafe('alter table away rename to rate_limits')
})

test('one address has so many open pages, and gets a place back when one of them closes', async () => {
  const limits = createLimits(behindProxy)
  await using server = await serve({
    '*': async (_asked, response, request) => {
      const late = await limits.ask(request, response)
      if (late) return { status: late.status, body: late.sentence }
      response.writeHead(200).flushHeaders()
      return undefined
    },
  })
  const open = (from: string) => {
    const stop = new AbortController()
    const opened = fetch(`${server.origin}/api/live?since=1`, { headers: { 'x-forwarded-for': from }, signal: stop.signal })
    return { stop, opened }
  }
  const pages = Array.from({ length: 100 }, () => open('203.0.113.7'))
  for (const { opened } of pages) expect((await opened).status).toBe(200)
  expect((await open('203.0.113.7').opened).status).toBe(429)
  const other = open('203.0.113.8')
  expect((await other.opened).status).toBe(200)
  pages[0]?.stop.abort()
  await eventually(async () => expect((await open('203.0.113.7').opened).status).toBe(200))
  for (const { stop } of [...pages, other]) stop.abort()
})
