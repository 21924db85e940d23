import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { Agent, type Dispatcher, EnvHttpProxyAgent, fetch as undiciFetch } from 'undici'
import { ConnectorError, retryAfterSeconds, troubleOfStatus } from './trouble.ts'

/** The one way out to the network. Client libraries get `fetch`; what has none uses `get`. */
export type Http = {
  /**
   * WHATWG fetch behind our guard: honest User-Agent, timeouts, a cap on the decoded body (which arrives whole),
   * no private addresses, one request in flight per host. Throws ConnectorError where no answer came; a status is
   * the caller's to read.
   */
  fetch: typeof globalThis.fetch
  /** GET with validators. Throws ConnectorError for every status but 2xx and 304. */
  get(url: string, options: GetOptions): Promise<Page>
  userAgent: string
}

export type GetOptions = {
  signal: AbortSignal
  accept?: string
  etag?: string | null
  lastModified?: string | null
}

export type Page = {
  /** null: not modified since the validators that were sent. */
  body: Uint8Array | null
  /** After redirects. */
  url: string
  /** Where the page moved for good (301, 308 all the way), else null. */
  movedTo: string | null
  headers: Headers
}

const MEGABYTE = 1024 * 1024
/** The largest page worth reading: HPC feeds with full text stay under 2 MB; the cap is on decoded bytes. */
const MAX_BODY_BYTES = 16 * MEGABYTE
/** A host that says nothing for this long is stalled. */
const SILENCE_MS = 20_000
/** A page that is not whole after this long is given up, however steadily it drips. */
const WHOLE_MS = 90_000
const MAX_REDIRECTS = 5

/** `trustedHosts`: names or addresses that may be fetched though they are private. */
export function createHttp({ userAgent, trustedHosts }: { userAgent: string; trustedHosts: string[] }): Http {
  const trusted = new Set(trustedHosts.map((host) => host.toLowerCase()))
  const dispatcher = guardedDispatcher(trusted)
  const inTurn = oneAtATimePerHost()

  async function request(url: string, init: RequestInit): Promise<{ response: Response; movedTo: string | null }> {
    const given = init.signal ?? null
    const whole = AbortSignal.timeout(WHOLE_MS)
    const headers = new Headers(init.headers)
    headers.set('user-agent', userAgent)
    let at = url
    let movedTo: string | null = null
    let permanent = true
    for (let hops = 0; ; hops++) {
      const answer = await undiciFetch(at, {
        ...(init as object),
        headers: Object.fromEntries(headers),
        redirect: 'manual',
        dispatcher,
        signal: given ? AbortSignal.any([given, whole]) : whole,
      })
      const location = answer.headers.get('location')
      if (![301, 302, 303, 307, 308].includes(answer.status) || !location || init.redirect === 'manual') {
        return { response: await readWhole(answer as unknown as Response, at), movedTo: permanent ? movedTo : null }
      }
      await answer.body?.cancel()
      if (hops === MAX_REDIRECTS) throw new ConnectorError('refused', `${hostOf(url)} redirects more than ${MAX_REDIRECTS} times`)
      permanent &&= answer.status === 301 || answer.status === 308
      const next = new URL(location, at)
      // A credential is for the host it was given for (RFC 9110 §15.4).
      if (next.origin !== new URL(at).origin) headers.delete('authorization')
      at = next.href
      movedTo = at
    }
  }

  const fetchGuarded = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const asked = input instanceof Request ? await requestInit(input, init) : { url: String(input), init }
    return (await send(asked.url, asked.init)).response
  }

  function send(url: string, init: RequestInit) {
    assertFetchable(url, trusted)
    return inTurn(hostOf(url), init.signal ?? null, () => request(url, init)).catch((error: unknown) => {
      if (init.signal?.aborted) throw init.signal.reason
      throw noAnswer(error, hostOf(url))
    })
  }

  return {
    userAgent,
    fetch: fetchGuarded,
    async get(url, { signal, accept = '*/*', etag, lastModified }) {
      const headers: Record<string, string> = { accept }
      if (etag) headers['if-none-match'] = etag
      if (lastModified) headers['if-modified-since'] = lastModified
      const { response, movedTo } = await send(url, { headers, signal })
      if (response.status !== 304 && !response.ok) throw errorOfResponse(response, hostOf(url))
      const body = response.status === 304 ? null : new Uint8Array(await response.arrayBuffer())
      return { body, url: response.url, movedTo, headers: response.headers }
    },
  }
}

/** What a status that is no success means, in a sentence; `Retry-After` is honoured. */
export function errorOfResponse(response: { status: number; headers: Headers }, host: string): ConnectorError {
  const wait = retryAfterSeconds(response.headers.get('retry-after'))
  return new ConnectorError(troubleOfStatus(response.status), `${host} answered ${response.status}`, {
    retryAfterSeconds: wait,
  })
}

/** The ConnectorError within whatever a client library threw, or `unavailable` in our own words. */
export function connectorErrorOf(error: unknown, what: string): ConnectorError {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof ConnectorError) return cause
  return new ConnectorError('unavailable', `${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
}

export function hostOf(url: string): string {
  return new URL(url).host
}

function noAnswer(error: unknown, host: string): ConnectorError {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof ConnectorError) return cause
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = (reason as { code?: string }).code
  const words: Record<string, string> = {
    ENOTFOUND: 'there is no such host, or no network',
    EAI_AGAIN: 'the name could not be looked up: no network?',
    ECONNREFUSED: 'the connection was refused',
    ECONNRESET: 'the connection was cut',
    UND_ERR_HEADERS_TIMEOUT: `no answer within ${SILENCE_MS / 1000} s`,
    UND_ERR_BODY_TIMEOUT: `the answer stopped half way for ${SILENCE_MS / 1000} s`,
    UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
    UND_ERR_SOCKET: 'the connection was cut half way',
  }
  const slow = reason instanceof Error && reason.name === 'TimeoutError'
  const said = slow
    ? `not whole after ${WHOLE_MS / 1000} s`
    : (words[code ?? ''] ?? (reason instanceof Error ? reason.message : String(reason)))
  return new ConnectorError('unavailable', `${host}: ${said}`, { cause: error })
}

async function requestInit(request: Request, init: RequestInit): Promise<{ url: string; init: RequestInit }> {
  const body = request.body ? await request.arrayBuffer() : undefined
  return {
    url: request.url,
    init: { method: request.method, headers: request.headers, signal: request.signal, body, redirect: request.redirect, ...init },
  }
}

/** The whole decoded body, or `malformed` once it passes the cap: a decompression bomb is not worth its memory. */
async function readWhole(answer: Response, url: string): Promise<Response> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength
    if (bytes > MAX_BODY_BYTES) throw new ConnectorError('malformed', `${hostOf(url)} sent more than ${MAX_BODY_BYTES / MEGABYTE} MB`)
    chunks.push(chunk)
  }
  const headers = new Headers([...answer.headers])
  headers.delete('content-encoding')
  headers.delete('content-length')
  const empty = [101, 204, 205, 304].includes(answer.status)
  const whole = new Response(empty ? null : Buffer.concat(chunks), { status: answer.status, statusText: answer.statusText, headers })
  Object.defineProperty(whole, 'url', { value: url })
  return whole
}

function assertFetchable(url: string, trusted: Set<string>): void {
  if (!URL.canParse(url)) throw new ConnectorError('refused', `“${url}” is not an address`)
  const { protocol, hostname } = new URL(url)
  if (protocol !== 'https:' && protocol !== 'http:') throw new ConnectorError('refused', `${protocol} addresses are not fetched`)
  refusePrivate(hostname, hostname, trusted)
}

/** Throws unless `address` (a literal; names are checked when they are looked up) is a public one, or trusted. */
function refusePrivate(address: string, hostname: string, trusted: Set<string>): void {
  const literal = address.replace(/^\[|\]$/g, '')
  if (!ipaddr.isValid(literal) || trusted.has(hostname.toLowerCase().replace(/^\[|\]$/g, ''))) return
  // `process` folds IPv4-mapped IPv6 (::ffff:127.0.0.1) into the IPv4 address that is really meant.
  if (ipaddr.process(literal).range() === 'unicast') return
  throw new ConnectorError('refused', `${hostname} is a private address (${literal}); name it in TRUSTED_HOSTS to allow it`)
}

/**
 * A dispatcher that checks each hop twice: the literal in its address, and the address that its name leads to, in the
 * very look-up that the connection uses, so that a second answer from DNS cannot slip in between (rebinding).
 * Behind a proxy (HTTPS_PROXY) the proxy looks names up, and its own rules apply.
 */
function guardedDispatcher(trusted: Set<string>): Dispatcher {
  const guardedLookup: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0)
      try {
        for (const { address } of addresses) refusePrivate(address, hostname, trusted)
      } catch (refusal) {
        return callback(refusal as NodeJS.ErrnoException, '', 0)
      }
      if (options.all) return callback(null, addresses)
      const [first] = addresses
      callback(null, first?.address ?? '', first?.family ?? 0)
    })
  }
  const proxied = process.env.HTTPS_PROXY ?? process.env.https_proxy ?? process.env.HTTP_PROXY ?? process.env.http_proxy
  const limits = { headersTimeout: SILENCE_MS, bodyTimeout: SILENCE_MS }
  const agent = proxied ? new EnvHttpProxyAgent(limits) : new Agent({ ...limits, connect: { lookup: guardedLookup, timeout: SILENCE_MS } })
  return agent.compose((dispatch) => (options, handler) => {
    assertFetchable(String(new URL(options.path, String(options.origin))), trusted)
    return dispatch(options, handler)
  })
}

/** Runs the tasks of one host one after the other. A task whose turn comes after its signal was aborted does not run. */
function oneAtATimePerHost() {
  const last = new Map<string, Promise<unknown>>()
  return async function inTurn<T>(host: string, signal: AbortSignal | null, task: () => Promise<T>): Promise<T> {
    const before = last.get(host) ?? Promise.resolve()
    const mine = before.then(() => {
      signal?.throwIfAborted()
      return task()
    })
    const settled = mine.catch(() => {})
    last.set(host, settled)
    try {
      return await mine
    } finally {
      if (last.get(host) === settled) last.delete(host)
    }
  }
}
