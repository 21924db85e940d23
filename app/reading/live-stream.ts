import type { LiveEvents } from '#lib/server/live-events'

/** Who does not look for as long needs no connection; what came is told when they look again. */
const HIDDEN_MS = 5 * 60_000
/** A connection that is back sooner was not missed. */
const LOST_MS = 2000
/** Where the server sent us away, and the browser gave up: first soon, then less and less often. */
const AGAIN_MS = 5000
const AGAIN_AT_MOST_MS = 60_000

export type LiveHandlers = {
  [Name in keyof LiveEvents]: (data: LiveEvents[Name]) => void
} & {
  /** The connection is away since then; null: it is back. */
  lost(since: Date | null): void
}

/**
 * Follows what is new for as long as somebody looks. `search` is the address's, `since` the server's time (ms) until
 * which the page has everything, as text; empty where it is not known.
 */
export function followStream(search: string, since: string, handlers: LiveHandlers): void {
  let source: EventSource | null = null
  let upTo = since
  let lostAt: Date | null = null
  let told = false
  let againMs = AGAIN_MS
  const timers = { hidden: 0, lost: 0, again: 0 }
  // Browsers allow a host six connections over HTTP/1.1, over all tabs: those that nobody looks at make room.
  const tabs = 'BroadcastChannel' in window ? new BroadcastChannel('backplane-live') : null

  const back = () => {
    clearTimeout(timers.lost)
    lostAt = null
    againMs = AGAIN_MS
    if (told) handlers.lost(null)
    told = false
  }
  const lose = () => {
    if (lostAt) return
    lostAt = new Date()
    timers.lost = window.setTimeout(() => {
      told = true
      if (lostAt) handlers.lost(lostAt)
    }, LOST_MS)
  }
  const close = () => {
    clearTimeout(timers.again)
    source?.close()
    source = null
  }
  const open = () => {
    close()
    const query = new URLSearchParams(search)
    if (upTo) query.set('since', upTo)
    source = new EventSource(`/api/live?${query}`)
    source.addEventListener('open', back)
    source.addEventListener('error', () => {
      lose()
      if (source?.readyState !== EventSource.CLOSED) return
      timers.again = window.setTimeout(open, againMs)
      againMs = Math.min(againMs * 2, AGAIN_AT_MOST_MS)
    })
    const hear = <Name extends keyof LiveEvents>(name: Name) =>
      source?.addEventListener(name, (event) => {
        upTo = event.lastEventId || upTo
        handlers[name](JSON.parse(event.data))
      })
    for (const name of ['new', 'grown', 'gone', 'filled', 'health'] as const) hear(name)
    tabs?.postMessage('opened')
  }

  const look = () => {
    clearTimeout(timers.hidden)
    if (!document.hidden && !source) open()
    if (document.hidden) timers.hidden = window.setTimeout(close, HIDDEN_MS)
  }
  document.addEventListener('visibilitychange', look)
  tabs?.addEventListener('message', () => document.hidden && close())
  // A page that waits in the history holds no connection.
  window.addEventListener('pagehide', close)
  window.addEventListener('pageshow', ({ persisted }) => persisted && !document.hidden && open())
  window.addEventListener('online', () => lostAt && open())
  window.addEventListener('offline', lose)
  if (!document.hidden) open()
}
