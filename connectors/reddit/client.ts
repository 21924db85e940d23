import type Snoowrap from 'snoowrap'
import { z } from 'zod'
import type { Reach } from '../contract.ts'
import type { Http } from '../http.ts'
import { ConnectorError } from '../trouble.ts'
import { blocked, errorOfAnswer, isPage, rateLimited } from './blocked.ts'
import { nameOf, type Settings, userAgentOf } from './settings.ts'

/**
 * The one file that touches snoowrap, with our way out to the network under it (`rawRequest` is its own door for that).
 * What it gets wrong is put right here:
 * - the request for an app's token names no User-Agent, and an app's token is never renewed: tokens are fetched here,
 *   with snoowrap's own call, before they expire and when Reddit no longer takes one;
 * - a listing is fetched again and again until it is as long as its limit, and unknown fields hide behind proxies:
 *   answers are handed to it as text, which it passes on as it is;
 * - 429 is an error like any other to it: every status is ours to judge, and nothing is tried again here.
 */
export type Client = {
  /** GET of the API as JSON. Throws ConnectorError. */
  get(path: string, query: { [name: string]: string | number }): Promise<unknown>
}

type Session = { requester: Snoowrap; expiresAt: number }

/** A token is good for hours, and the limit counts per app: sources of one app share both. */
const sessions = new WeakMap<Http, Map<string, Session>>()

/** A token that is about to expire may have expired when it arrives. */
const LATENCY_MS = 60_000

export function createClient(settings: Settings, { http, signal }: Reach): Client {
  const ours = sessions.get(http) ?? new Map<string, Session>()
  sessions.set(http, ours)
  const key = JSON.stringify([settings.api, settings.clientId, settings.clientSecret, settings.refreshToken, settings.username])
  const userAgent = userAgentOf(settings, http.userAgent)
  const send = senderOf(settings, http.named(userAgent))

  async function session(): Promise<Session> {
    const known = ours.get(key)
    if (known && Date.now() < known.expiresAt - LATENCY_MS) return known
    const Library = await loadLibrary()
    const { access_token: accessToken, expires_in: seconds } = await fetchToken(Library, settings, { userAgent, send, signal })
    const requester = new Library({ userAgent, accessToken })
    // Requests are spaced by our own way out; snoowrap would wait for a negative time, about which Node complains.
    Object.assign(requester, { rawRequest: send, _awaitRequestDelay: () => Promise.resolve() })
    // Its retries go by a status that our errors do not have; an empty list of them would make it choke on any error.
    requester.config({ warnings: false })
    // The limit is the app's, not the token's.
    if (known) Object.assign(requester, standingOf(known.requester))
    const fresh = { requester, expiresAt: Date.now() + seconds * 1000 }
    ours.set(key, fresh)
    return fresh
  }

  async function ask(path: string, query: object): Promise<unknown> {
    const { requester } = await session()
    const { ratelimitRemaining: left, ratelimitExpiration: until } = standingOf(requester)
    if (left !== null && left < 1 && Date.now() < until)
      throw rateLimited(new Headers({ 'retry-after': String(Math.ceil((until - Date.now()) / 1000)) }))
    const options = { uri: path, method: 'get', qs: query, signal }
    return requester.oauthRequest(options)
  }

  return {
    async get(path, query) {
      const text = await ask(path, query).catch((error: unknown) => {
        if (!(error instanceof TokenError)) throw error
        const refused = ours.get(key)
        if (refused) refused.expiresAt = 0
        return ask(path, query)
      })
      return jsonOf(String(text))
    },
  }
}

/** Reddit no longer takes the token. */
class TokenError extends ConnectorError {}

const Standing = z.object({ ratelimitRemaining: z.number().nullable().catch(null), ratelimitExpiration: z.number().catch(0) })

function standingOf(requester: Snoowrap): z.infer<typeof Standing> {
  return Standing.parse(requester)
}

const Token = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() })
const Refusal = z.object({ error: z.union([z.string(), z.number()]) })

/** Nearly 40 MB of memory, which only who has an app needs. */
async function loadLibrary(): Promise<typeof Snoowrap> {
  return (await import('snoowrap')).default
}

type Asking = { userAgent: string; send: Send; signal: AbortSignal }

/** A token of the app, or of the account that let it in. */
async function fetchToken(
  Library: typeof Snoowrap,
  { clientId, clientSecret, refreshToken }: Settings,
  { userAgent, send, signal }: Asking,
) {
  const form = refreshToken ? { grant_type: 'refresh_token', refresh_token: refreshToken } : { grant_type: 'client_credentials' }
  const options = { method: 'post', baseUrl: 'https://www.reddit.com', uri: 'api/v1/access_token', form, signal }
  // snoowrap lets this one be called on anything that has these four.
  const from = { clientId, clientSecret, userAgent, rawRequest: send }
  const answer = jsonOf(String(await Library.prototype.credentialedClientRequest.call(from, options)))
  const token = Token.safeParse(answer)
  if (token.success) return token.data
  const refusal = Refusal.safeParse(answer)
  if (refusal.success && refusal.data.error === 'invalid_grant')
    throw new ConnectorError('refused', 'Reddit no longer takes the refresh token: the account has to let the app in once more')
  throw new ConnectorError('refused', `Reddit gives this app no token${refusal.success ? ` (${refusal.data.error})` : ''}`)
}

/** What snoowrap asks of us. https://not-an-aardvark.github.io/snoowrap/snoowrap.html#rawRequest */
const Options = z.object({
  baseUrl: z.string(),
  uri: z.string(),
  method: z.string().default('get'),
  qs: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  form: z.record(z.string(), z.string()).optional(),
  auth: z.union([z.object({ bearer: z.string() }), z.object({ user: z.string(), pass: z.string() })]),
  signal: z.instanceof(AbortSignal),
  transform: z.custom<(body: string, response: unknown) => unknown>((value) => typeof value === 'function').optional(),
})

type Send = Snoowrap['rawRequest']

function senderOf(settings: Settings, http: Http): Send {
  return async (given) => {
    const { baseUrl, uri, method, qs, form, auth, signal, transform } = Options.parse(given)
    const url = new URL(uri.replace(/^\//, ''), `${settings.api ? new URL(settings.api).origin : baseUrl}/`)
    for (const [name, value] of Object.entries(qs)) url.searchParams.set(name, String(value))
    const isApi = 'bearer' in auth
    const response = await http.fetch(url, {
      method: method.toUpperCase(),
      headers: { authorization: isApi ? `Bearer ${auth.bearer}` : `Basic ${btoa(`${auth.user}:${auth.pass}`)}` },
      body: form && new URLSearchParams(form),
      redirect: 'manual',
      signal,
    })
    const text = await response.text()
    if (response.status === 401)
      throw isApi
        ? new TokenError('refused', 'Reddit does not take the token that it gave')
        : new ConnectorError('refused', 'Reddit does not know this clientId, or its clientSecret is another')
    // Why it gives no token stands in the answer.
    const isRefusal = !isApi && response.status === 400
    if (!response.ok && !isRefusal) throw errorOfAnswer(response, text, nameOf(settings), url.host)
    if (isPage(text, response.headers)) throw blocked('it sends a page for people where data should be')
    const answer = {
      statusCode: response.status,
      body: text,
      headers: Object.fromEntries(response.headers),
      request: { method: method.toUpperCase(), uri: { href: url.href } },
    }
    return transform ? transform(text, answer) : text
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ConnectorError('malformed', 'Reddit answered with something that is not JSON')
  }
}
