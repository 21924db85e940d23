import type { IGetHttpRequestArgs, ITwitterApiClientPlugin, TwitterApiReadOnly } from 'twitter-api-v2'
import { z } from 'zod'
import type { Reach } from '../contract.ts'
import { errorOfResponse } from '../http.ts'
import { ConnectorError, timeAtSender } from '../trouble.ts'
import type { Settings } from './settings.ts'

/**
 * The one file that makes twitter-api-v2's client. It would ask with Node's own https; its door for plugins, which may answer in
 * the place of the network, is where our way out stands (guard, proxy, one request at a time, an honest name), and where a
 * status becomes what the runner does about it. Endpoints, parameters and paging are the library's.
 */
export async function createClient(settings: Settings, { http, signal }: Reach): Promise<TwitterApiReadOnly['v2']> {
  const { token, api } = settings
  if (!token) throw new ConnectorError('refused', 'X is read with the bearer token of an app only')
  const transport: ITwitterApiClientPlugin = {
    async onBeforeRequestConfig({ params }) {
      const response = await http.fetch(addressOf(params, api), { headers: { authorization: `Bearer ${token}` }, signal })
      const data = jsonOf(await response.text())
      if (!response.ok) throw errorOf(response, data)
      if (data === null) throw new ConnectorError('malformed', 'X answered with something that is no data')
      return { data, headers: Object.fromEntries(response.headers), rateLimit: limitOf(response.headers) }
    },
  }
  // Two megabytes of code, which only who pays for X needs.
  const { TwitterApi } = await import('twitter-api-v2')
  return new TwitterApi(token, { plugins: [transport] }).readOnly.v2
}

const PREFIX = 'https://api.x.com'

/** The address that the library means: `:id` and its like filled in, lists joined by commas. */
function addressOf({ url, params = {}, query = {} }: IGetHttpRequestArgs, api = PREFIX): URL {
  const path = url.replace(PREFIX, '').replace(/:([a-z_]+)/g, (_, name) => encodeURIComponent(String(params[name] ?? '')))
  const address = new URL(path, api)
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) address.searchParams.set(name, String(value))
  }
  return address
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function limitOf(headers: Headers) {
  const [limit, remaining, reset] = ['limit', 'remaining', 'reset'].map((what) => Number(headers.get(`x-rate-limit-${what}`)))
  return limit && reset ? { limit, remaining: remaining ?? 0, reset } : undefined
}

const Problem = z.object({ title: z.string().catch(''), detail: z.string().catch(''), type: z.string().catch('') })

/** Where X does not say how long to wait: its limits are of 15 minutes. */
const LIMIT_SECONDS = 900
/** A month's cap, or credit that ran out, is not there again within minutes. */
const CAP_SECONDS = 6 * 3600

/** https://docs.x.com/x-api/fundamentals/response-codes-and-errors */
function errorOf({ status, headers }: Response, data: unknown): ConnectorError {
  const { title = '', detail = '', type = '' } = Problem.safeParse(data).data ?? {}
  if (status === 401)
    return new ConnectorError('refused', 'X does not take the bearer token of this source: make another at https://console.x.com')
  if (status === 402 || /credits/i.test(type + title))
    return new ConnectorError('refused', 'The credit of this app at X is used up: buy more at https://console.x.com, or pause the source')
  if (/usage-capped/.test(type))
    return new ConnectorError('rate-limited', `This app has read all that X lets it read for now: ${detail || title}`, {
      retryAfterSeconds: CAP_SECONDS,
    })
  if (status === 429) {
    const reset = Number(headers.get('x-rate-limit-reset'))
    const seconds = reset > 0 ? Math.max(1, Math.ceil(reset - timeAtSender(headers).getTime() / 1000)) : LIMIT_SECONDS
    return new ConnectorError('rate-limited', 'X takes no more requests from this app for now', { retryAfterSeconds: seconds })
  }
  if (status === 403) return new ConnectorError('refused', `X does not let this app read that: ${detail || title || 'it says no more'}`)
  if (status === 404) return new ConnectorError('refused', 'X knows no such list or account, or it is private')
  if (status === 400) return new ConnectorError('malformed', `X did not understand what it was asked: ${detail || title}`)
  return errorOfResponse({ status, headers }, 'api.x.com')
}
