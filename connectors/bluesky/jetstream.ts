import { ReadableStream } from 'node:stream/web'
import { type JetstreamEvent, JetstreamSubscription } from '@atcute/jetstream'
import type { Run } from '../contract.ts'
import { type Http, hostOf } from '../http.ts'
import type { Stream } from '../live.ts'
import { nowOf } from '../now-of.ts'
import { ConnectorError } from '../trouble.ts'
import type { Api } from './api.ts'
import { batchOf, POST, REPOST } from './events.ts'
import { cursorOf, placeOf } from './place.ts'
import { poll } from './poll.ts'
import { isDid, type Settings } from './settings.ts'

/** Two servers tell the time a little apart, and so does one after a restart; what comes twice is folded. */
const REWIND_US = 5_000_000
const CONNECT_MS = 10_000
const MEMBERS_MS = 60 * 60_000

/**
 * An author, or the members of a list, through Jetstream v1, which filters by up to 10,000 accounts.
 * https://github.com/bluesky-social/jetstream
 */
export function jetstreamOf(run: Run<Settings>, api: Api): Stream<JetstreamEvent> {
  const { author, list } = run.settings
  const wanted = { dids: new Set<string>(), askedAt: Number.NEGATIVE_INFINITY }
  let subscription: JetstreamSubscription | null = null
  let startUs = 0

  async function refreshWanted(): Promise<void> {
    if (Date.now() - wanted.askedAt < MEMBERS_MS) return
    const dids = author ? [author] : await api.members(list ?? '')
    wanted.askedAt = Date.now()
    // To Jetstream nobody means everybody. A list that is empty all at once is rather an odd answer.
    if (dids.length === 0) return
    wanted.dids = new Set(dids)
    subscription?.updateOptions({ wantedDids: dids.filter(isDid) })
  }

  return {
    async open(cursor, signal) {
      await refreshWanted()
      if (wanted.dids.size === 0) throw new ConnectorError('unavailable', 'nobody is on the list')
      startUs = placeOf(cursor).timeUs ?? nowOf(run).getTime() * 1000
      const opened = await connect(run, [...wanted.dids].filter(isDid), startUs - REWIND_US, signal)
      subscription = opened.subscription
      return about(opened.events, wanted)
    },
    async *poll(cursor) {
      await refreshWanted()
      const place = placeOf(cursor)
      yield* poll(run, api, cursorOf({ ...place, timeUs: place.timeUs ?? startUs }))
    },
    batch: (events, cursor) => batchOf(events, placeOf(cursor), run, api),
  }
}

/** What concerns us: before its filters are told, a Jetstream without `requireHello` sends everything. */
async function* about(events: AsyncIterable<JetstreamEvent>, wanted: { dids: Set<string> }): AsyncGenerator<JetstreamEvent, void, void> {
  for await (const event of events) {
    if (!wanted.dids.has(event.did) || event.kind === 'identity') continue
    if (event.kind === 'account' || event.commit.collection === POST || event.commit.collection === REPOST) yield event
  }
}

/**
 * Resolves once the connection stands. The client library connects again by itself, for ever, and its iterator never
 * ends; here the first loss ends the events, so that what happens then is decided in one place.
 */
async function connect(run: Run<Settings>, wantedDids: `did:${string}:${string}`[], cursor: number, signal: AbortSignal) {
  const url = run.settings.jetstream
  const opened = Promise.withResolvers<void>()
  let close = (_error: unknown) => {}
  let stands = false
  const lost = (why: string) => close(new ConnectorError('unavailable', `${hostOf(url)}: ${why}`))
  const subscription = new JetstreamSubscription({
    url,
    cursor,
    wantedDids,
    wantedCollections: [POST, REPOST],
    onConnectionOpen: () => {
      stands = true
      opened.resolve()
    },
    // Why a connection does not come about, undici does not tell.
    onConnectionClose: ({ code, reason }) =>
      lost(stands ? `the connection was closed (${[code, reason].filter(Boolean).join(' ')})` : 'no connection to its stream'),
    onConnectionError: () => lost('no connection to its stream'),
    ws: { maxRetries: 0, connectionTimeout: CONNECT_MS, WebSocket: careful(run.http.WebSocket, (error) => close(error)) },
  })
  const events = new ReadableStream<JetstreamEvent>({
    start(controller) {
      const iterator = subscription[Symbol.asyncIterator]()
      close = (error) => {
        close = () => {}
        controller.error(error)
        opened.reject(error)
        void iterator.return()
      }
      const pass = async () => {
        for await (const event of iterator) controller.enqueue(event)
      }
      pass().catch((error: unknown) => close(error))
    },
    cancel: (reason) => close(reason),
  })
  const abort = () => close(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  await opened.promise
  return { subscription, events }
}

/**
 * The client library parses each frame where an error has nobody to catch it, so that one that is no JSON ends the
 * connection before; and it keeps why an address may not be reached to itself.
 */
function careful(WebSocket: Http['WebSocket'], refused: (error: unknown) => void): Http['WebSocket'] {
  return new Proxy(WebSocket, {
    construct(Original, [url, protocols]) {
      try {
        const socket = new Original(url, protocols)
        socket.addEventListener('message', (event) => {
          if (isJson(event.data)) return
          event.stopImmediatePropagation()
          socket.close(4000, 'not JSON')
        })
        return socket
      } catch (error) {
        refused(error)
        throw error
      }
    },
  })
}

function isJson(data: unknown): boolean {
  try {
    JSON.parse(String(data))
    return true
  } catch {
    return false
  }
}
