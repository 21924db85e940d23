import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { claimDelivery, finishDelivery } from '#db/deliveries'
import { beat } from '#db/heartbeats'
import { measure } from '#db/measures'
import { saveBatch } from '#db/save-batch'
import { endSubscription } from '#db/subscriptions'
import { planDeliveries } from '#lib/digest/digest-queue'
import { builtPages } from '#tests/support/build'
import { HOST, runOwner, startCommunity } from '#tests/support/community'
import { testDatabase } from '#tests/support/database'
import { subscribed } from '#tests/support/digest'
import { eventually } from '#tests/support/eventually'
import { watch } from '#tests/support/live'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { get, startWeb, type Web } from '#tests/support/web'

const database = testDatabase()
const METRICS_TOKEN = 'a-token-for-who-watches'
let web: Web
let owner: Record<string, string>
let token: Record<string, string>

beforeAll(async () => {
  const room = await heldSource('Geheimtext room', { platform: 'slack', audience: 'members' })
  await saveBatch(room.source, room.holder, aBatch([aPost('room:1', { audience: 'members' })]), new Date())
  await builtPages()
  web = await startWeb({ DATABASE_URL: database.url, METRICS_TOKEN })
  owner = { host: 'localhost', authorization: `Bearer ${readFileSync(join(web.dataDir, 'owner-key'), 'utf8').trim()}` }
  token = { host: 'localhost', authorization: `Bearer ${METRICS_TOKEN}` }
}, 400_000)
afterAll(() => web?.stop())

const metrics = (headers: Record<string, string>, port = web.port) => get(port, '/metrics', headers)

test('the owner, and who shows the token, read what operators watch', async () => {
  await get(web.port, '/about', owner)
  await beat(crypto.randomUUID(), 'worker', new Date(), new Date())
  const stream = await watch(web.port)
  for (const headers of [owner, token]) {
    const { status, text, headers: answered } = await metrics(headers)
    expect([status, answered['content-type'], answered['cache-control']]).toEqual([
      200,
      expect.stringContaining('text/plain; version=0.0.4'),
      'no-store',
    ])
    expect(text).toMatch(/^backplane_source_posts_seen\{source="\d+ Geheimtext room",platform="slack"\} 1$/m)
    for (const name of ['source_failures', 'source_polls', 'source_unreadable']) expect(text).toContain(`backplane_${name}{`)
    expect(text).toMatch(/^backplane_workers 1$/m)
    expect(text).toMatch(/^backplane_live_readers 1$/m)
    expect(text).toMatch(/^backplane_answer_seconds_count\{kind="page",status="2xx"\} [1-9]/m)
    for (const name of ['backplane_posts', 'backplane_unindexed_posts', 'process_resident_memory_bytes', 'nodejs_eventloop_lag_seconds'])
      expect(text).toMatch(new RegExp(`^${name} `, 'm'))
  }
  stream.close()
  await eventually(async () => expect((await metrics(owner)).text).toMatch(/^backplane_live_readers 0$/m))
})

test('how mail fares is told: who gets it, what became of it, and when the next is due', async () => {
  // Due this hour, so that it is never so late as to be skipped.
  const hour = new Date(Date.now() - 120_000).getUTCHours()
  const before = new Date(Date.now() - 2 * 86_400_000)
  for (const [index, address] of ['ada@example.org', 'bob@example.org', 'eve@example.org'].entries()) {
    const { id } = await subscribed(address, before, { hour })
    if (index === 2) await endSubscription({ id }, 'bounced', new Date())
  }
  const [sent] = await planDeliveries(new Date())
  const claimed = sent && (await claimDelivery(sent, new Date(), 0))
  if (!claimed || typeof claimed === 'string') throw new Error('Nothing was due')
  await finishDelivery(claimed.delivery, 'sent', new Date())
  const { text } = await metrics(token)
  const next = claimed.delivery.dueAt.getTime() / 1000 + 86_400
  for (const line of [
    'backplane_digest_subscriptions{state="running"} 2',
    'backplane_digest_subscriptions{state="bounced"} 1',
    'backplane_digest_mails{outcome="sent"} 1',
    'backplane_digest_mails{outcome="failed"} 0',
    'backplane_digest_mails{outcome="open"} 1',
    `backplane_digest_next_timestamp_seconds ${next}`,
  ])
    expect(text.split('\n')).toContain(line)
  expect(text).toMatch(/^backplane_digest_last_sent_timestamp_seconds 1\d{9}/m)
  expect((await get(web.port, '/sources', owner)).text).toMatch(/2 subscriptions;[\s\S]*1 sent/)
})

test('nobody else learns a number, nor does a query answer them', async () => {
  const strangers: Record<string, string>[] = [{ host: 'localhost' }, { host: 'localhost', authorization: 'Bearer guess' }]
  for (const headers of strangers) {
    const { status, text } = await metrics(headers)
    expect([status, text]).toEqual([403, 'Metrics are for owners, and for who shows METRICS_TOKEN as a bearer token.\n'])
  }
  for (const role of ['anonymous', 'member'] as const) expect(await measure({ role })).toBeNull()
  // The token opens nothing else.
  expect((await get(web.port, '/api/posts', token)).status).toBe(401)
})

describe('of a community', () => {
  let board: Web
  beforeAll(async () => {
    const env = { DATABASE_URL: database.url, AUTH_SECRET: 'a secret that is long enough for a test' }
    await runOwner(['olga@board.example'], env)
    board = await startCommunity({ ...env, METRICS_TOKEN, TRUST_PROXY: '1' })
  }, 240_000)
  afterAll(() => board?.stop())

  test.each<[string, Record<string, string>, number]>([
    ['the machine itself, directly', { host: '127.0.0.1' }, 200],
    ['the machine itself through the proxy', { host: '127.0.0.1', 'x-forwarded-for': '203.0.113.7' }, 421],
    ['a proxy that says nothing of itself', { host: HOST }, 403],
    ['a reader', { host: HOST, 'x-forwarded-for': '203.0.113.7' }, 403],
    ['who shows the token', { host: HOST, 'x-forwarded-for': '203.0.113.7', authorization: `Bearer ${METRICS_TOKEN}` }, 200],
  ])('%s is answered %o with %i', async (_who, headers, status) => {
    expect((await metrics(headers, board.port)).status).toBe(status)
  })
})
