import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Reader } from '#db/audience'
import { KEPT_MS } from '#db/withdrawn'
import { filterFrom } from '../reading/filter-address.ts'
import { preferencesOf } from '../reading/reader-preferences.ts'
import { starredFilter } from '../reading/starred-filter.ts'
import { type LiveHub, OVERLAP_MS, type Watcher } from './live-hub.ts'

/** The open pages of this process: those that wait at `/api/live` to be told what is new. */
export type LivePages = {
  /** Whether the request was one for what is new, and was answered. */
  take(request: IncomingMessage, response: ServerResponse, reader: Reader): boolean
  /** How many there are. */
  count(): number
  /** Lets all of them go; they come back by themselves, to whoever answers then. */
  end(): void
}

const PATH = '/api/live'
/** Bytes that wait for one page: who does not take them is let go, and asks for what it missed when it comes back. */
const MOST_WAITING = 64 * 1024
/** When to come back after a lost connection, and up to how much later: a thousand pages do not come at once. */
const RETRY_MS = 1000
const SPREAD_MS = 2000
/** How long a page is told of news without being asked again who looks at it. */
const SESSION_MS = 10 * 60_000

/** Answers `/api/live?…`, with the filters of the timeline's address and `since` in milliseconds, as Server-Sent Events. */
export function livePages(hub: LiveHub, most: number): LivePages {
  const open = new Map<ServerResponse, () => void>()
  let ended = false
  return {
    take(request, response, reader) {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
      if (pathname !== PATH) return false
      if (ended || open.size >= most) {
        const sentence = 'No more open pages can be told what is new. The timeline is there all the same; try this again later.\n'
        response.writeHead(503, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store', 'Retry-After': '60' })
        response.end(sentence)
        return true
      }
      response.writeHead(200, {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'no-store, no-transform',
        // Said to nginx, which would collect what it passes on.
        'X-Accel-Buffering': 'no',
        Vary: 'Cookie, Authorization',
      })
      if (request.method === 'HEAD') {
        response.end()
        return true
      }
      // A page whose computer vanished says nothing; the system asks after it.
      request.socket.setKeepAlive(true, 30_000)
      response.write(`retry: ${RETRY_MS + Math.floor(Math.random() * SPREAD_MS)}\n\n`)
      const watcher: Watcher = {
        mutes: [],
        since: sinceFrom(request.headers['last-event-id'] ?? searchParams.get('since')),
        write(frames) {
          response.write(frames)
          if (response.writableLength > MOST_WAITING) response.destroy()
        },
      }
      // Who is signed out meanwhile is told no more: the page comes back by itself, as whoever it then is.
      const ask = reader.account ? setTimeout(() => response.end(), SESSION_MS * (0.8 + 0.4 * Math.random())) : undefined
      let leave = () => {}
      open.set(response, () => leave())
      response.on('close', () => {
        clearTimeout(ask)
        open.delete(response)
        leave()
      })
      preferencesOf(new Headers({ cookie: request.headers.cookie ?? '', host: request.headers.host ?? '' }), reader).then(
        ({ stars, mutes }) => {
          watcher.mutes = mutes
          const starred = searchParams.get('starred') === '1' ? { starred: starredFilter(stars) } : {}
          const filter = { ...filterFrom(searchParams), ...starred }
          if (!response.closed) leave = hub.watch(reader, filter, watcher)
        },
      )
      return true
    },
    count: () => open.size,
    end() {
      ended = true
      for (const response of open.keys()) response.end()
    },
  }
}

/** What a page that has everything until `text` may miss, from an overlap on; news only for one that names no time. */
function sinceFrom(text: string | string[] | null): number {
  const now = Date.now()
  if (typeof text !== 'string' || !/^\d{1,15}$/.test(text)) return now
  return Math.max(now - KEPT_MS, Math.min(Number(text), now) - OVERLAP_MS)
}
