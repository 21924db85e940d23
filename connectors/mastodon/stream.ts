import type { mastodon } from 'masto'
import { createActionProxy, WebSocketActionDispatcher } from 'masto/adapters/action/index.js'
import { SerializerNativeImpl } from 'masto/adapters/serializers/index.js'
import { WebSocketSubscriptionCounterImpl } from 'masto/adapters/ws/index.js'
import type { Batch, Cursor, Reach } from '../contract.ts'
import { emptyBatch } from '../empty-batch.ts'
import { connectorErrorOf } from '../http.ts'
import type { Stream } from '../live.ts'
import { nowOf } from '../now-of.ts'
import { ConnectorError } from '../trouble.ts'
import { cursorOf, placeOf, readItems } from './place.ts'
import { type Settings, serverOf } from './settings.ts'
import { itemOf } from './timeline.ts'

/** The stream of a source's timeline; `poll` reads the same over REST. https://docs.joinmastodon.org/methods/streaming/ */
export function streamOf(
  { settings, http, now }: Reach & { settings: Settings },
  poll: Stream<mastodon.streaming.Event>['poll'],
): Stream<mastodon.streaming.Event> {
  return {
    async open(_cursor, signal) {
      const socket = await connect(settings, http, signal)
      const client = clientOn(socket)
      const subscription = settings.tag ? client.hashtag.subscribe({ tag: settings.tag }) : client.public.local.subscribe()
      const events = subscription.values()
      // The subscription is sent with the first question for an event, so that one is asked before REST is read.
      const first = events.next()
      first.catch(() => {})
      return eventsOf(first, events, hostOfStream(settings))
    },
    poll,
    batch: async (events, cursor) => batchOf(events, settings, { cursor, now: nowOf({ now }) }),
  }
}

/** Resolves once the connection stands; it is closed when `signal` is aborted. */
async function connect(settings: Settings, http: Reach['http'], signal: AbortSignal): Promise<WebSocket> {
  const host = hostOfStream(settings)
  if (!settings.streaming) throw new ConnectorError('refused', `${host} offers no stream`)
  signal.throwIfAborted()
  const url = new URL('/api/v1/streaming', settings.streaming.replace(/^http/i, 'ws'))
  // The token goes where Mastodon looks for it, and stands in no address that somebody logs.
  const socket = new http.WebSocket(url, settings.token ? [settings.token] : [])
  signal.addEventListener('abort', () => socket.close(), { once: true })
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), { once: true })
    socket.addEventListener('close', () => reject(new ConnectorError('unavailable', `${host} closed its stream`)), { once: true })
    socket.addEventListener('error', (event) => reject(connectorErrorOf(causeOf(event), `${host} does not open its stream`)), {
      once: true,
    })
  })
  return socket
}

/**
 * masto's streaming client on one connection of ours: its own connector reconnects by itself, and nobody would hear
 * that REST has to be read for what was missed.
 */
function clientOn(socket: WebSocket): mastodon.streaming.Client {
  const connector = {
    acquire: async () => socket,
    kill: () => socket.close(),
    async *[Symbol.asyncIterator]() {
      yield socket
    },
  }
  return createActionProxy(new WebSocketActionDispatcher(connector, new WebSocketSubscriptionCounterImpl(), new SerializerNativeImpl()))
}

async function* eventsOf(
  first: Promise<IteratorResult<mastodon.streaming.Event>>,
  events: AsyncIterator<mastodon.streaming.Event>,
  host: string,
): AsyncGenerator<mastodon.streaming.Event, void, void> {
  try {
    for (let next = await first; !next.done; next = await events.next()) yield next.value
  } catch (error) {
    throw new ConnectorError('malformed', `${host} said on its stream: ${error instanceof Error ? error.message : error}`, { cause: error })
  }
}

/** An edit is the post again; a deletion names the local id, which means something only for what was seen of late. */
function batchOf(events: mastodon.streaming.Event[], settings: Settings, { cursor, now }: { cursor: Cursor | null; now: Date }): Batch {
  const before = placeOf(cursor) ?? { seen: [], until: now.toISOString(), longest: 0 }
  const batch: Batch = { ...emptyBatch(cursor), covered: { from: new Date(before.until), to: now } }
  let { seen } = before
  for (const { event, payload } of events) {
    if (event === 'update' || event === 'status.update') {
      const read = readItems([itemOf(payload)], settings, { seen })
      // Known already: an edit keeps its place.
      const news = read.seen.filter(([id]) => !seen.some(([known]) => known === id))
      seen = [...news, ...seen]
      batch.posts = [...batch.posts.filter(({ externalId }) => !read.posts.some((post) => post.externalId === externalId)), ...read.posts]
      batch.deleted.push(...read.deleted)
      batch.unreadable.push(...read.unreadable)
    }
    if (event === 'delete') {
      const uri = seen.find(([id]) => id === payload)?.[1]
      if (!uri) continue
      batch.deleted.push(uri)
      batch.posts = batch.posts.filter(({ externalId, share }) => externalId !== uri && share?.externalId !== uri)
    }
  }
  return { ...batch, cursor: cursorOf({ ...before, seen, until: now.toISOString() }) }
}

function hostOfStream(settings: Settings): string {
  return new URL(settings.streaming ?? serverOf(settings)).host
}

/** The error within an ErrorEvent, where the runtime gives one. */
function causeOf(event: Event): unknown {
  return 'error' in event ? event.error : new Error('the connection failed')
}
