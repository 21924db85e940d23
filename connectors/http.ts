import { Readable } from 'node:stream'
import { type Dispatcher, EnvHttpProxyAgent, WebSocket as UndiciWebSocket, fetch as undiciFetch } from 'undici'
import { createGuard, type Guard } from './guard.ts'
import { ConnectorError, retryAfterSeconds, timeAtSender, troubleOfStatus } from './trouble.ts'
import { takeTurns } from './turns.ts'

/** The one way out to the network. Client libraries get `fetch`; what has none uses `get`. */
export type Http = {
  /**
   * WHATWG fetch behind our guard: honest User-Agent, timeouts, a cap on the decoded body (which arrives whole),
   * no private addresses, one request in flight per host. Throws ConnectorError where no answer came, and the
   * signal's reason where it was aborted; a status is the caller's to read.
   */
  fetch: typeof globalThis.fetch
  /** GET with validators. Throws ConnectorError for every status but 2xx and 304. */
  get(url: string, options: GetOptions): Promise<Page>
  /**
   * GET whose body is read as it comes, for what is too large to be held: no cap and no time limit but the signal's and
   * the stall's, so the reader counts. Throws ConnectorError for every status but 2xx; what is thrown half way is raw.
   */
  open(url: string, options: Pick<GetOptions, 'signal' | 'accept'>): Promise<Opened>
  /**
   * WebSocket behind the same guard, with the same User-Agent and proxy, for client libraries that take its constructor.
   * The constructor throws `refused` for what may not be reached at all; a name that leads there fails as a connection.
   */
  WebSocket: typeof globalThis.WebSocket
  userAgent: string
  /** The same way out under another honest name, for a platform that prescribes how programs call themselves. */
  named(userAgent: string): Http
  /** Which addresses may be reached, for what speaks another protocol than HTTP on a socket of its own. */
  guard: Guard
  /** What connects behind that guard, for client libraries that open WebSockets themselves and take undici's dispatcher. */
  dispatcher: Dispatcher
}

export type GetOptions = {
  signal: AbortSignal
  accept?: string
  etag?: string | null
  lastModified?: string | null
  /** Cap on the decoded body, where the common one is too generous. */
  maxBytes?: number
}

export type Page = {
  /** null: not modified since the validators that were sent. */
  body: Uint8Array | null
  /** After redirects. */
  url: string
  /** Where the page moved for good (its 301 and 308 hops, up to the first temporary one), else null. */
  movedTo: string | null
  headers: Headers
}

/** `url` is that after redirects; an answer that is to be left must be left by the signal. */
export type Opened = { url: string; headers: Headers; body: AsyncIterable<Uint8Array> }

export type HttpOptions = {
  userAgent: string
  /** Names or addresses that may be fetched though they are private. */
  trustedHosts: string[]
  /** A host that says nothing for this long is stalled. */
  silenceMs?: number
  /** An answer that is not whole after this long is given up, however steadily it drips. */
  wholeMs?: number
  /** The largest page worth reading, in decoded bytes: a decompression bomb is not worth its memory. */
  maxBytes?: number
  /** Requests in flight per host: one, unless a person waits for what is fetched. */
  atOnce?: number
  /** Which addresses may be reached, instead of the one that `trustedHosts` make. */
  guard?: Guard
}

type Limits = { silenceMs: number; wholeMs: number; maxBytes: number }
/** What is sent at each hop; `body` is kept so that it can be sent again after a redirect. */
type Asked = { method: string; headers: Headers; body: ArrayBuffer | null; follow: boolean }
/** The answer as it was read, or the address that it sends us on to. */
type Answer<Read> = { read: Read } | { to: URL; status: number }
/** `streams`: what it gives is still being read when it returns. */
type Reading<Read> = { streams: boolean; from(received: Received, url: string): Promise<Read> }

const MEGABYTE = 1024 * 1024
const MAX_REDIRECTS = 5
const REDIRECTS = new Set([301, 302, 303, 307, 308])
/** They are for the host that they were given for (RFC 9110 §15.4). */
const CREDENTIALS = ['authorization', 'cookie', 'proxy-authorization']

export function createHttp({
  userAgent: ownName,
  trustedHosts,
  guard = createGuard(trustedHosts),
  atOnce = 1,
  ...given
}: HttpOptions): Http {
  const limits = { silenceMs: 20_000, wholeMs: 90_000, maxBytes: 16 * MEGABYTE, ...given }
  const inTurn = takeTurns()
  let asks = 0
  const dispatcher = dispatcherBehind(guard, limits.silenceMs)

  /** One request and its answer, or the address that it sends us on to. */
  async function ask<Read>(url: string, asked: Asked, signal: AbortSignal | null, reading: Reading<Read>): Promise<Answer<Read>> {
    const stop = new AbortController()
    const abort = () => stop.abort(signal?.reason)
    signal?.addEventListener('abort', abort, { once: true })
    const timer = setTimeout(() => stop.abort(new DOMException('', 'TimeoutError')), limits.wholeMs)
    try {
      const { method, body } = asked
      const headers = [...asked.headers]
      const answer = await undiciFetch(url, { method, headers, body, redirect: 'manual', signal: stop.signal, dispatcher })
      const location = answer.headers.get('location')
      if (!asked.follow || !location || !REDIRECTS.has(answer.status)) return { read: await reading.from(answer, url) }
      await answer.body?.cancel()
      if (!URL.canParse(location, url)) throw new ConnectorError('malformed', `${hostOf(url)} redirects to what is no address`)
      return { to: new URL(location, url), status: answer.status }
    } catch (error) {
      signal?.throwIfAborted()
      throw noAnswer(error, hostOf(url), limits)
    } finally {
      clearTimeout(timer)
      if (!reading.streams) signal?.removeEventListener('abort', abort)
    }
  }

  /** Follows redirects; each hop is checked, and waits for the turn of its own host. */
  async function send<Read>(asked: Asked, first: string, signal: AbortSignal | null, reading: Reading<Read>) {
    let url = first
    let movedTo: string | null = null
    let permanent = true
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
      guard.check(url)
      const answer = await inTurn(`${hostOf(url)} ${asks++ % atOnce}`, signal, () => ask(url, asked, signal, reading))
      if ('read' in answer) return { read: answer.read, movedTo }
      // What was posted is not posted again, as browsers do it (RFC 9110 §15.4.2 to 15.4.4).
      if (answer.status === 303 || (asked.method === 'POST' && answer.status < 303)) {
        asked.method = asked.method === 'HEAD' ? 'HEAD' : 'GET'
        asked.body = null
        asked.headers.delete('content-type')
      }
      if (answer.to.origin !== new URL(url).origin) for (const name of CREDENTIALS) asked.headers.delete(name)
      url = answer.to.href
      permanent &&= answer.status === 301 || answer.status === 308
      if (permanent) movedTo = url
    }
    throw new ConnectorError('refused', `${hostOf(first)} redirects more than ${MAX_REDIRECTS} times`)
  }

  const named = (userAgent: string): Http => ({
    userAgent,
    guard,
    dispatcher,
    named,
    WebSocket: webSocketBehind(guard, dispatcher, userAgent),
    async fetch(input, init = {}) {
      guard.check(input instanceof Request ? input.url : String(input))
      // Without the signal: `ask` listens to it itself, and stops listening.
      const request = new Request(input, { ...init, signal: null })
      const headers = new Headers(request.headers)
      headers.set('user-agent', userAgent)
      if (request.redirect === 'error') throw new TypeError('fetch with redirect: "error" is not supported here')
      const asked: Asked = {
        method: request.method,
        headers,
        body: request.body ? await request.arrayBuffer() : null,
        follow: request.redirect === 'follow',
      }
      const signal = init.signal ?? (input instanceof Request ? input.signal : null)
      return (await send(asked, request.url, signal, whole(limits.maxBytes))).read
    },
    async open(url, { signal, accept = '*/*' }) {
      const headers = new Headers({ accept, 'user-agent': userAgent })
      return (await send({ method: 'GET', headers, body: null, follow: true }, url, signal, asItComes)).read
    },
    async get(url, { signal, accept = '*/*', etag, lastModified, maxBytes = limits.maxBytes }) {
      const headers = new Headers({ accept, 'user-agent': userAgent })
      if (etag) headers.set('if-none-match', etag)
      if (lastModified) headers.set('if-modified-since', lastModified)
      const { read: response, movedTo } = await send({ method: 'GET', headers, body: null, follow: true }, url, signal, whole(maxBytes))
      if (response.status !== 304 && !response.ok) throw errorOfResponse(response, hostOf(response.url))
      const body = response.status === 304 ? null : new Uint8Array(await response.arrayBuffer())
      return { body, url: response.url, movedTo, headers: response.headers }
    },
  })
  return named(ownName)
}

/**
 * HTTP_PROXY, HTTPS_PROXY and NO_PROXY are honoured as everywhere. Behind a proxy the proxy looks names up and its own
 * rules apply; the look-up that refuses private addresses is that of direct connections.
 */
function dispatcherBehind(guard: Guard, silenceMs: number) {
  const agent = new EnvHttpProxyAgent({ connect: { lookup: guard.lookup, timeout: silenceMs } })
  // Said for each request, because an agent's own limits do not reach what a proxy forwards.
  return agent.compose(
    (dispatch) => (options, handler) => dispatch({ ...options, headersTimeout: silenceMs, bodyTimeout: silenceMs }, handler),
  )
}

/** undici's own, with everything about it kept but where it connects to. */
function webSocketBehind(guard: Guard, dispatcher: Dispatcher, userAgent: string): typeof globalThis.WebSocket {
  return new Proxy(UndiciWebSocket, {
    construct(Original, [url, protocols]) {
      guard.check(String(url).replace(/^ws/i, 'http'))
      return new Original(url, { protocols, dispatcher, headers: { 'user-agent': userAgent } })
    },
    // Node's WebSocket is undici's, but the two are typed apart.
  }) as unknown as typeof globalThis.WebSocket
}

/** What is worth saying of a status beyond its number. */
const STATUS_WORDS: Record<number, string> = {
  401: 'it wants a login',
  403: 'it does not let us in',
  404: 'there is no such page',
  410: 'gone for good',
  418: 'it does not serve programs like this one',
  429: 'too many requests',
  451: 'withheld for legal reasons',
}

/** What a status that is no success means, in a sentence; `Retry-After` is honoured. */
export function errorOfResponse(response: { status: number; headers: Headers }, host: string): ConnectorError {
  const words = STATUS_WORDS[response.status]
  return new ConnectorError(troubleOfStatus(response.status), `${host} answered ${response.status}${words ? `: ${words}` : ''}`, {
    retryAfterSeconds: retryAfterSeconds(response.headers.get('retry-after'), timeAtSender(response.headers)),
  })
}

/** The ConnectorError within whatever a client library threw, or `unavailable` in our own words. */
export function connectorErrorOf(error: unknown, what: string): ConnectorError {
  return (
    causeIn(error) ??
    new ConnectorError('unavailable', `${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  )
}

/** Host and port: what must not see two requests at once. */
export function hostOf(url: string): string {
  return new URL(url).host
}

function causeIn(error: unknown): ConnectorError | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof ConnectorError) return cause
  return null
}

function noAnswer(error: unknown, host: string, { silenceMs, wholeMs }: Limits): ConnectorError {
  const known = causeIn(error)
  if (known) return known
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const words: Record<string, string> = {
    TimeoutError: `not whole after ${wholeMs / 1000} s`,
    ENOTFOUND: 'there is no such host, or no network',
    EAI_AGAIN: 'the name could not be looked up: no network?',
    ECONNREFUSED: 'the connection was refused',
    ECONNRESET: 'the connection was cut',
    UND_ERR_HEADERS_TIMEOUT: `no answer within ${silenceMs / 1000} s`,
    UND_ERR_BODY_TIMEOUT: `the answer stopped half way for ${silenceMs / 1000} s`,
    UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
    UND_ERR_SOCKET: 'the connection was cut half way',
    Z_DATA_ERROR: 'the answer is not compressed as it says',
  }
  const code = reason instanceof Error && 'code' in reason && typeof reason.code === 'string' ? reason.code : ''
  const said = reason instanceof Error ? (words[code] ?? words[reason.name] ?? reason.message) : String(reason)
  return new ConnectorError('unavailable', `${host}: ${said}`, { cause: error })
}

type Received = { status: number; statusText: string; headers: Iterable<[string, string]>; body: AsyncIterable<Uint8Array> | null }

const whole = (maxBytes: number): Reading<Response> => ({ streams: false, from: (received, url) => readWhole(received, url, maxBytes) })

const asItComes: Reading<Opened> = {
  streams: true,
  async from({ status, headers: received, body }, url) {
    const headers = new Headers([...received])
    if (status >= 200 && status < 300) return { url, headers, body: body ?? Readable.from([]) }
    await body?.[Symbol.asyncIterator]().return?.()
    throw errorOfResponse({ status, headers }, hostOf(url))
  },
}

/** The whole decoded body as a Response of the runtime's own class, or `malformed` once it passes the cap. */
async function readWhole({ status, statusText, headers: received, body }: Received, url: string, maxBytes: number): Promise<Response> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw new ConnectorError('malformed', `${hostOf(url)} sent more than ${Math.round(maxBytes / MEGABYTE)} MB`)
    chunks.push(chunk)
  }
  const headers = new Headers([...received])
  headers.delete('content-encoding')
  headers.delete('content-length')
  // No other content is allowed in these (WHATWG fetch, "null body status").
  const empty = [204, 205, 304].includes(status)
  const whole = new Response(empty ? null : Buffer.concat(chunks), { status, statusText, headers })
  Object.defineProperty(whole, 'url', { value: url })
  return whole
}
