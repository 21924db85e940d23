import type { mastodon } from 'masto'
import { HttpActionDispatcherHookMastodon } from 'masto/adapters/action/dispatcher-http-hook-mastodon.js'
import { createActionProxy, HttpActionDispatcher } from 'masto/adapters/action/index.js'
import { SerializerNativeImpl } from 'masto/adapters/serializers/index.js'
import type { Http as MastoHttp } from 'masto/interfaces/index.js'
import { z } from 'zod'
import type { Reach } from '../contract.ts'
import { errorOfResponse, hostOf } from '../http.ts'
import { ConnectorError, timeAtSender } from '../trouble.ts'
import { type Settings, serverOf } from './settings.ts'

/**
 * masto's REST client, with our way out to the network under it. `createRestAPIClient` takes no fetch of ours, so the
 * client is put together here from the parts that it is made of, which the package exports. Every failure is a
 * ConnectorError.
 */
export function createClient(settings: Settings, { http, signal }: Reach): mastodon.rest.Client {
  const server = serverOf(settings)
  const headers: Record<string, string> = { accept: 'application/json' }
  if (settings.token) headers.authorization = `Bearer ${settings.token}`

  const request: MastoHttp['request'] = async ({ method, path, search }) => {
    const url = new URL(path, server)
    url.search = typeof search === 'string' ? search : search ? serializer.serialize('querystring', search) : ''
    const response = await http.fetch(url, { method, headers, signal })
    const data = decoded(await response.text())
    if (!response.ok) throw refusal(response, data, settings)
    if (data === undefined) throw new ConnectorError('malformed', `${url.host} answered ${path} with a page instead of data`)
    // What it is, who asked finds out: masto's types are a hope, not a check.
    return { headers: response.headers, data: data as never }
  }
  const get: MastoHttp['get'] = (path, search, meta) =>
    request({ method: 'GET', path, ...meta, search: search as Record<string, unknown> | undefined })
  // This program only reads.
  const write = () => Promise.reject(new Error('Backplane writes to no server'))
  const parts: MastoHttp = { request, get, post: write, patch: write, put: write, delete: write }
  return createActionProxy(new HttpActionDispatcher(parts, new HttpActionDispatcherHookMastodon(parts)), { context: ['api'] })
}

const serializer = new SerializerNativeImpl()

/** JSON with its keys camelCased, or undefined when it is none. */
function decoded(text: string): unknown {
  try {
    return serializer.deserialize('json', text)
  } catch {
    return undefined
  }
}

/** The server knows nothing under this id or name. */
export class NotThereError extends ConnectorError {}

/** How to get a token, for the owner of a source whose server wants one. */
export const TOKEN_ADVICE =
  'make one there under Preferences → Development → New application with the scope read:statuses, and name it in the source as token: env:NAME'

/** What a status that is no success means. The server's own words are given where it says any. */
function refusal({ status, headers, url }: Response, body: unknown, { token }: Settings): ConnectorError {
  const host = hostOf(url)
  const said = ErrorBody.safeParse(body).data?.error.slice(0, 120) ?? ''
  const words = said && `: “${said}”`
  // Before 4.5 a closed timeline says 422, "This method requires an authenticated user".
  if (status === 401 || status === 403 || (status === 422 && /authenticated user/i.test(said))) {
    if (!token) return new ConnectorError('refused', `${host} shows this only to those who have a token: ${TOKEN_ADVICE}`)
    return new ConnectorError('refused', `${host} does not accept the token of this source (${status}${words})`)
  }
  if (status === 404 || status === 410) return new NotThereError('refused', `${host} answered ${status}: there is no such thing${words}`)
  const error = errorOfResponse({ status, headers }, host)
  const wait = error.retryAfterSeconds ?? secondsUntil(headers.get('x-ratelimit-reset'), timeAtSender(headers))
  return new ConnectorError(error.trouble, `${error.message}${words}`, {
    retryAfterSeconds: status === 429 ? wait : error.retryAfterSeconds,
  })
}

const ErrorBody = z.object({ error: z.string() })

/** The time of a reset is in ISO 8601. https://docs.joinmastodon.org/api/rate-limits/ */
function secondsUntil(time: string | null, now: Date): number | null {
  const at = Date.parse(time ?? '')
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now.getTime()) / 1000))
}
