import { errorOfResponse } from '../http.ts'
import { ConnectorError, retryAfterSeconds } from '../trouble.ts'

/** Who goes on asking while Reddit blocks an address is blocked for longer. */
const BLOCK_SECONDS = 3600
/** Where Reddit does not say how long to wait. */
const LIMIT_SECONDS = 1800

/** Reddit will not talk to us: a page for people where data should be, its door to log in, or a plain 403. */
export function blocked(how: string): ConnectorError {
  // It passes without anybody's doing: the owner is told, and not called for.
  return new ConnectorError('rate-limited', `Reddit blocks this program or this network: ${how}; it is asked again after an hour`, {
    retryAfterSeconds: BLOCK_SECONDS,
  })
}

/** No more requests for now, as `Retry-After` or Reddit's own header says, which counts seconds to the end of its period. */
export function rateLimited(headers: Headers): ConnectorError {
  const reset = Number.parseFloat(headers.get('x-ratelimit-reset') ?? '')
  return new ConnectorError('rate-limited', 'Reddit takes no more requests from here for now', {
    retryAfterSeconds: retryAfterSeconds(headers.get('retry-after')) ?? (Number.isFinite(reset) ? Math.ceil(reset) : LIMIT_SECONDS),
  })
}

/** What a status that is no success means here, where it does not mean something special to who asked. */
export function errorOfAnswer(response: Response, text: string, name: string, host: string): ConnectorError {
  const { status, headers } = response
  const location = headers.get('location') ?? ''
  if (status === 429) return rateLimited(headers)
  if (status >= 300 && status < 400)
    return /\/login|\/account/i.test(location)
      ? blocked('it wants a login')
      : new ConnectorError('refused', `There is no ${name} on Reddit: it sends us on to a search`)
  if (status === 404) return new ConnectorError('refused', `There is no ${name} on Reddit, or it was banned`)
  if (status === 403 && /"reason":\s*"(private|quarantined|gold_only|employees_only)"/.test(text))
    return new ConnectorError('refused', `${name} is closed to the public`)
  if (status === 403) return blocked('it answered 403')
  return errorOfResponse(response, host)
}

export function isPage(text: string, headers: Headers): boolean {
  return /\bhtml\b/i.test(headers.get('content-type') ?? '') || /^\s*<(!doctype html|html)\b/i.test(text)
}
