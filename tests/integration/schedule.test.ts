import { sql } from 'drizzle-orm'
import { afterEach, expect, test, vi } from 'vitest'
import { createHttp } from '#connectors/http'
import { sourceById, sourcesToRead } from '#db/sources'
import { startSchedule } from '#lib/collecting/schedule'
import { takeOver } from '#lib/consent/leave-out'
import { parseSourcesFile } from '#lib/sources/sources-file'
import { testDatabase } from '#tests/support/database'
import { eventually } from '#tests/support/eventually'
import { serve } from '#tests/support/server'

/** When many sources are read, and how the hosts that they stand on see it: hosts are servers, and workers have ways out of their own. */
const database = testDatabase()
const ending: (() => Promise<unknown>)[] = []

afterEach(async () => {
  vi.restoreAllMocks()
  for (const end of ending.splice(0).reverse()) await end()
})

const feed = {
  headers: { 'content-type': 'application/rss+xml' },
  body: '<?xml version="1.0"?><rss version="2.0"><channel><title>Cluster</title><link>https://blog.example.org/</link><item><guid isPermaLink="false">one</guid><title>One</title></item></channel></rss>',
}

/** A host whose feeds answer when `answer` does. `most` is how many it was asked for at once, `polls` how often each. */
async function aHost(answer: () => Promise<unknown>) {
  const host = { origin: '', asked: 0, most: 0, polls: new Map<string, number>() }
  const server = await serve({
    '*': async ({ path }) => {
      host.most = Math.max(host.most, ++host.asked)
      await answer()
      host.asked--
      host.polls.set(path, (host.polls.get(path) ?? 0) + 1)
      return feed
    },
  })
  ending.push(server.close)
  return Object.assign(host, { origin: server.origin })
}

const within = (milliseconds: number) => () => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Declares these feeds and nothing else. */
async function declare(urls: string[], every: string): Promise<void> {
  const { sources, problems } = parseSourcesFile(urls.map((url) => `- feed: { url: "${url}", every: ${every} }\n`).join(''))
  expect(problems).toEqual([])
  await takeOver(sources, new Date())
}

async function startWorkers(count: number): Promise<void> {
  for (let worker = 0; worker < count; worker++) {
    const http = createHttp({ userAgent: `Backplane/test ${worker}`, trustedHosts: ['127.0.0.1'] })
    const schedule = await startSchedule(database.url, { http })
    ending.push(() => schedule.stop(5))
  }
}

/** From now on it takes a while until others see that a worker took a job: workers that look in the same moment are the rule. */
async function slowToTake(): Promise<void> {
  await database.db.execute(sql`
    create function taken_slowly() returns trigger language plpgsql as $$ begin perform pg_sleep(0.05); return new; end $$`)
  await database.db.execute(sql`
    create trigger taken_slowly before update on pgboss.job for each row when (new.state = 'active' and old.state < 'active')
    execute function taken_slowly()`)
  // Last of all: workers that still take jobs would be waited for, and wait.
  ending.unshift(() => database.db.execute(sql`drop function taken_slowly cascade`))
}

const feedsOf = (origin: string, count: number) => Array.from({ length: count }, (_, nth) => `${origin}/${nth}.xml`)

test('no host sees two requests at once, however many sources stand on it and however many workers read them', async () => {
  const hosts = await Promise.all(Array.from({ length: 8 }, () => aHost(within(30))))
  await declare(
    hosts.flatMap(({ origin }) => feedsOf(origin, 6)),
    '1s',
  )
  await startWorkers(3)
  await slowToTake()
  await eventually(() => {
    for (const { polls } of hosts) for (let nth = 0; nth < 6; nth++) expect(polls.get(`/${nth}.xml`)).toBeGreaterThanOrEqual(3)
  })
  expect(hosts.map(({ most }) => most)).toEqual(hosts.map(() => 1))
}, 30_000)

test('hosts that do not answer hold up none but themselves', async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const dead = await Promise.all(Array.from({ length: 8 }, () => aHost(() => released)))
  const alive = await Promise.all([aHost(within(5)), aHost(within(5))])
  await declare(
    [...dead, ...alive].flatMap(({ origin }) => feedsOf(origin, 3)),
    '1s',
  )
  await startWorkers(1)
  await eventually(() => {
    for (const { polls } of alive) for (let nth = 0; nth < 3; nth++) expect(polls.get(`/${nth}.xml`)).toBeGreaterThanOrEqual(3)
    // All the while each of the others has one request that waits.
    expect(dead.map(({ asked }) => asked)).toEqual(dead.map(() => 1))
  })
  release()
}, 30_000)

test('the next poll is planned from when this one was to be, not from when its answer was there', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
  const slow = await aHost(within(1000))
  await declare([`${slow.origin}/slow.xml`], '100s')
  await startWorkers(1)
  await eventually(() => expect(slow.polls.size).toBe(1))
  const [{ id } = { id: 0 }] = await sourcesToRead()
  const source = await eventually(async () => {
    const row = await sourceById(id)
    if (!row?.lastSuccessAt || !row.nextRunAt || row.nextRunAt < row.lastSuccessAt) throw new Error('not planned yet')
    return row
  })
  const secondsFrom = (began: Date | null) => ((source.nextRunAt?.getTime() ?? 0) - (began?.getTime() ?? 0)) / 1000
  expect(secondsFrom(source.lastAttemptAt)).toBeGreaterThan(94)
  expect(secondsFrom(source.lastAttemptAt)).toBeLessThanOrEqual(100)
}, 30_000)

test('sources that were just added, however many, give way to those that are read already', async () => {
  const host = await aHost(within(5))
  await declare([`${host.origin}/added.xml`], '100s')
  await startWorkers(1)
  const [{ id } = { id: 0 }] = await sourcesToRead()
  const jobs = () =>
    database.db.execute<{ state: string; priority: number }>(
      sql`select state, priority from pgboss.job where name = 'poll' and singleton_key = ${String(id)} order by created_on`,
    )
  await eventually(async () => {
    expect([...(await jobs())]).toEqual([
      { state: 'completed', priority: -1 },
      { state: 'created', priority: 0 },
    ])
  })
})
