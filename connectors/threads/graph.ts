import { z } from 'zod'
import type { Reach } from '../contract.ts'
import { errorOfResponse } from '../http.ts'
import { ConnectorError, retryAfterSeconds } from '../trouble.ts'
import { Failure, FIELDS, Me, Page, Renewed } from './answers.ts'
import type { Settings } from './settings.ts'

/** Meta publishes no client library for Threads; of its API these few readings are used. https://developers.facebook.com/docs/threads */
const ORIGIN = 'https://graph.threads.net'
const VERSION = 'v1.0'
/** Calls are counted over 24 hours; who asks too often is told nothing of when. */
const LIMIT_SECONDS = 3600

/** Threads has no such post any more, or shows it to this token no longer. */
export class GoneError extends ConnectorError {}

export type Graph = ReturnType<typeof createGraph>

export function createGraph({ token, api = ORIGIN, account }: Settings, { http, signal }: Reach) {
  async function ask<T extends z.ZodType>(path: string, shape: T, query: { [name: string]: string }): Promise<z.infer<T>> {
    const url = new URL(path, api)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    // In a header rather than the address, which others may keep.
    const response = await http.fetch(url, { headers: { authorization: `Bearer ${token}`, accept: 'application/json' }, signal })
    const data: unknown = await response.json().catch(() => null)
    if (!response.ok) throw errorOf(response, data, account)
    const read = shape.safeParse(data)
    if (!read.success) throw new ConnectorError('malformed', `Threads answered with something that is no ${path.split('/').at(-1)}`)
    return read.data
  }

  return {
    me: () => ask(`/${VERSION}/me`, Me, { fields: 'id,username,name,threads_profile_picture_url' }),
    /** Newest first. */
    posts: (limit: number, after: string | null) =>
      ask(`/${VERSION}/me/threads`, Page, { fields: FIELDS, limit: String(limit), ...(after && { after }) }),
    post: (id: string) => ask(`/${VERSION}/${encodeURIComponent(id)}`, z.looseObject({ id: z.string() }), { fields: FIELDS }),
    /** A token for 60 days more; it must be a day old at least, and not have ended. The address wants it in itself. */
    renew: () => ask('/refresh_access_token', Renewed, { grant_type: 'th_refresh_token', access_token: token ?? '' }),
  }
}

/** https://developers.facebook.com/docs/graph-api/guides/error-handling */
function errorOf(response: Response, data: unknown, account: string): ConnectorError {
  const { code = 0, error_subcode, is_transient, message = '' } = Failure.safeParse(data).data?.error ?? {}
  if (code === 190 || response.status === 401)
    return new ConnectorError(
      'refused',
      error_subcode === 463
        ? `The token of @${account} has ended: ask them for another, and keep it in a file, so that it is renewed`
        : `Threads does not take the token of @${account} any more: they may have taken it back. Ask them; else pause the source`,
    )
  if ([4, 17, 32, 613].includes(code) || response.status === 429)
    return new ConnectorError('rate-limited', 'Threads takes no more requests from this app for now', {
      retryAfterSeconds: retryAfterSeconds(response.headers.get('retry-after')) ?? LIMIT_SECONDS,
    })
  if (
    code === 100 &&
    (error_subcode === 33 || error_subcode === undefined) &&
    /does not exist|nonexisting|missing permissions/i.test(message)
  )
    return new GoneError('refused', 'Threads knows no such post')
  if (code === 10 || (code >= 200 && code < 300))
    return new ConnectorError('refused', `The token of @${account} may not read their posts: it needs threads_basic`)
  if (is_transient || code === 1 || code === 2)
    return new ConnectorError('unavailable', `Threads is not well: ${message || response.status}`)
  if (code > 0) return new ConnectorError('malformed', `Threads did not understand what it was asked: ${message}`)
  return errorOfResponse(response, 'graph.threads.net')
}
