import type { mastodon as masto } from 'masto'
import { SerializerNativeImpl } from 'masto/adapters/serializers/index.js'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Batch, Run } from '#connectors/contract'
import { createHttp } from '#connectors/http'
import { mastodon } from '#connectors/mastodon/mastodon'
import type { Settings } from '#connectors/mastodon/settings'
import { streamOf } from '#connectors/mastodon/stream'
import { eventually } from '#tests/support/eventually'
import { rawStatus, serveMastodon } from '#tests/support/mastodon-server'
import { type Peer, serveWebSocket } from '#tests/support/web-socket-server'

/** Following live, against a real WebSocket server that speaks as https://docs.joinmastodon.org/methods/streaming/ says. */

const http = createHttp({ userAgent: 'Backplane/test (+https://example.org)', trustedHosts: ['127.0.0.1'] })
let server: Awaited<ReturnType<typeof serveMastodon>>
let streaming: Awaited<ReturnType<typeof serveWebSocket>>
let stopped: AbortController
beforeEach(async () => {
  server = await serveMastodon({ token: 'a-token' })
  streaming = await serveWebSocket()
  stopped = new AbortController()
})
afterEach(async () => {
  stopped.abort()
  await Promise.all([server.close(), streaming.close()])
})

/** Follows until the test ends: what was saved, what the source says of itself, and how it ended. */
function follow(settings: Partial<Settings> = { local: true }) {
  const posts = new Map<string, string>()
  const batches: Batch[] = []
  const modes: string[] = []
  const run: Run<Settings> = {
    http,
    signal: stopped.signal,
    settings: { server: server.origin, token: 'a-token', streaming: streaming.origin, ...settings },
    cursor: null,
    backfill: { since: new Date(Date.UTC(2026, 10, 13)), posts: 500 },
    everySeconds: 180,
    mode: (mode, reason) => modes.push(reason ? `${mode}: ${reason}` : mode),
    permission: null,
    caughtUp: () => modes.push('caught up'),
  }
  const end = (async () => {
    for await (const batch of mastodon.read(run)) {
      batches.push(batch)
      for (const { externalId, text } of batch.posts) posts.set(externalId, text)
      for (const uri of batch.deleted) posts.delete(uri)
    }
  })()
  return { posts, batches, modes, end, texts: () => [...posts.values()] }
}

/** An event as the server sends it: its payload is JSON in a string, but for a deletion's id. */
function say(peer: Peer, event: string, payload: object | string, stream = ['public:local']) {
  peer.send({ stream, event, payload: typeof payload === 'string' ? payload : JSON.stringify(payload) })
}

const camelCased = (raw: object) => new SerializerNativeImpl().deserialize('json', JSON.stringify(raw))

async function subscribed(): Promise<Peer> {
  const peer = await streaming.connected()
  if (peer.received.length === 0) await peer.sent()
  return peer
}

test('a post, its edit and its deletion arrive as they are said, and the token stands in no address', async () => {
  server.add(rawStatus(1), rawStatus(2))
  const live = follow()
  const peer = await subscribed()
  expect(peer.url.href).toBe(`${streaming.origin}/api/v1/streaming`)
  expect(peer.headers['sec-websocket-protocol']).toBe('a-token')
  expect(peer.headers['user-agent']).toBe(http.userAgent)
  expect(JSON.parse(peer.received[0] ?? '')).toEqual({ type: 'subscribe', stream: 'public:local' })

  say(peer, 'update', rawStatus(3))
  await eventually(() => expect(live.texts()).toEqual(['Post 1', 'Post 2', 'Post 3']))
  say(peer, 'status.update', rawStatus(3, { content: '<p>Corrected</p>', edited_at: '2026-11-21T00:00:00.000Z' }))
  say(peer, 'status.update', rawStatus(1, { content: '<p>Corrected too</p>' }))
  await eventually(() => expect(live.texts()).toEqual(['Corrected too', 'Post 2', 'Corrected']))
  say(peer, 'delete', rawStatus(2).id)
  say(peer, 'delete', rawStatus(3).id)
  say(peer, 'delete', '999')
  await eventually(() => expect(live.texts()).toEqual(['Corrected too']))
  expect(live.modes).toEqual(['live', 'caught up'])

  stopped.abort()
  await live.end
  await peer.closed
})

test('the undoing of a boost names the boost, and a post that is said and deleted is not there', async () => {
  const boost = rawStatus(2, { uri: `${rawStatus(2).uri}/activity`, content: '', reblog: rawStatus(1) })
  const live = follow()
  const peer = await subscribed()
  await eventually(() => expect(live.modes).toContain('caught up'))
  say(peer, 'update', boost)
  say(peer, 'delete', boost.id)
  say(peer, 'update', rawStatus(3))
  say(peer, 'delete', rawStatus(3).id)
  say(peer, 'update', rawStatus(4))
  await eventually(() => expect(live.texts()).toContain('Post 4'))
  expect(live.batches.flatMap(({ deleted }) => deleted)).toEqual([boost.uri, rawStatus(3).uri])
  expect(live.posts.has(rawStatus(3).uri)).toBe(false)
})

test('a post that is deleted in the batch in which it was said is not in it, and an edit takes the place of what it edits', async () => {
  const stream = streamOf({ http, signal: stopped.signal, settings: { server: server.origin, local: true } }, async function* () {})
  const event = (name: string, payload: unknown) => ({ stream: ['public:local'], event: name, payload }) as masto.streaming.Event
  const said = (n: number, change = {}) => camelCased(rawStatus(n, change))
  const batch = await stream.batch(
    [
      event('update', said(1)),
      event('update', said(2)),
      event('delete', rawStatus(1).id),
      event('status.update', said(2, { content: '<p>Corrected</p>' })),
    ],
    null,
  )
  expect(batch).toMatchObject({ posts: [{ text: 'Corrected' }], deleted: [rawStatus(1).uri] })
})

test('what was said while the connection was away is read after it, and the stream goes on', async () => {
  server.add(rawStatus(1))
  const live = follow()
  const peer = await subscribed()
  say(peer, 'update', rawStatus(2))
  await eventually(() => expect(live.posts.size).toBe(2))
  server.add(...Array.from({ length: 120 }, (_, index) => rawStatus(2 + index)))
  peer.cut()
  const again = await subscribed()
  await vi.waitFor(() => expect(live.posts.size).toBe(121), { timeout: 5000 })
  say(again, 'update', rawStatus(500))
  await eventually(() => expect(live.texts()).toContain('Post 500'))
  expect(live.modes.filter((mode) => mode !== 'caught up')).toEqual(['live', expect.stringContaining('polled: '), 'live'])
})

test('a hashtag has its own stream, and events of others are none of its', async () => {
  const live = follow({ tag: 'hpc' })
  const peer = await subscribed()
  expect(JSON.parse(peer.received[0] ?? '')).toEqual({ type: 'subscribe', stream: 'hashtag', tag: 'hpc' })
  say(peer, 'update', rawStatus(1), ['hashtag', 'cats'])
  peer.send({ stream: ['hashtag', 'hpc'], event: 'filters_changed' })
  say(peer, 'update', rawStatus(2), ['hashtag', 'hpc'])
  await eventually(() => expect(live.texts()).toEqual(['Post 2']))
})

test('what may not be kept leaves no trace on the stream either, and nonsense is counted', async () => {
  const live = follow()
  const peer = await subscribed()
  say(peer, 'update', rawStatus(1, { visibility: 'private', content: '<p>secret words</p>' }))
  say(peer, 'update', rawStatus(2, { account: { id: '2', acct: 'bea', note: '<p>#nobot</p>' }, content: '<p>secret words</p>' }))
  say(peer, 'update', rawStatus(3, { created_at: 'nonsense' }))
  say(peer, 'update', rawStatus(4))
  await eventually(() => expect(live.texts()).toEqual(['Post 4']))
  expect(JSON.stringify(live.batches)).not.toContain('secret words')
  expect(live.batches.flatMap(({ unreadable }) => unreadable)).toHaveLength(1)
})

test.each([
  ['offers no stream', { streaming: undefined }, 'offers no stream'],
  ['names a private host as its stream', { streaming: 'wss://10.0.0.1' }, '10.0.0.1 is a private address'],
])('a server that %s is polled, and why is said', async (_, settings, reason) => {
  server.add(rawStatus(1))
  const live = follow({ local: true, ...settings })
  await eventually(() => expect(live.posts.size).toBe(1))
  expect(live.modes).toEqual([expect.stringContaining(reason), 'caught up'])
})

test('a server that refuses the stream, or says that there is none, is polled, and why is said', async () => {
  streaming.state.refuse = 401
  server.add(rawStatus(1))
  const live = follow()
  await eventually(() => expect(live.posts.size).toBe(1))
  expect(live.modes[0]).toContain('polled: ')
  streaming.state.refuse = 0
  const peer = await subscribed()
  peer.send({ error: 'Unknown stream type', status: 400 })
  // Not the newest: it is caught up by REST at once, and says that after it.
  await eventually(() => expect(live.modes).toContainEqual(expect.stringContaining('Unknown stream type')))
})

test('without a token, and for accounts and several hashtags, there is no stream', () => {
  const live = (settings: Settings) => mastodon.live?.(settings)
  const settings = { server: 'https://mast.example.org', token: 'a-token' }
  expect(
    [
      { ...settings, local: true as const },
      { ...settings, tag: 'hpc' },
    ].map(live),
  ).toEqual([true, true])
  expect(
    [
      { server: settings.server, tag: 'hpc' },
      { ...settings, tag: 'hpc', any: ['mpi'] },
      { ...settings, account: 'a@b.example' },
    ].map(live),
  ).toEqual([false, false, false])
})
