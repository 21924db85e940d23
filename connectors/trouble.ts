/**
 * The closed set of what can go wrong while reading a platform, by what the runner should do:
 * - `rate-limited`: wait as long as we are told (`retryAfterSeconds`)
 * - `unavailable`: wait a little, then longer; it is theirs and it passes
 * - `refused`: stop hammering and tell the owner: a token, a permission or an address is wrong
 * - `malformed`: tell us: the platform changed, or this is not the platform we took it for
 */
export type Trouble = 'rate-limited' | 'unavailable' | 'refused' | 'malformed'

/** What a connector throws. The message is shown to the owner: a sentence, without secrets. */
export class ConnectorError extends Error {
  readonly trouble: Trouble
  /** Seconds to wait before the next request, where the platform named them. */
  readonly retryAfterSeconds: number | null

  constructor(trouble: Trouble, message: string, options: { cause?: unknown; retryAfterSeconds?: number | null } = {}) {
    super(message, { cause: options.cause })
    this.name = 'ConnectorError'
    this.trouble = trouble
    this.retryAfterSeconds = options.retryAfterSeconds ?? null
  }
}

/**
 * What an HTTP status asks of us. 401, 403, 404, 410 and 451 stay wrong until somebody acts; 408, 425 and 5xx
 * pass by themselves; any other 4xx means that we asked for something that the platform does not understand.
 * Source: RFC 9110 §15.
 */
export function troubleOfStatus(status: number): Trouble {
  if (status === 429) return 'rate-limited'
  if (status === 408 || status === 425 || status >= 500) return 'unavailable'
  if ([401, 402, 403, 404, 405, 410, 418, 451].includes(status)) return 'refused'
  return 'malformed'
}

/**
 * The time by the clock of whoever answered (RFC 9110 §6.6.1), else by this machine's: when they say until when we are to
 * wait, it is by theirs.
 */
export function timeAtSender(headers: { get(name: string): string | null }): Date {
  const at = Date.parse(headers.get('date') ?? '')
  return Number.isNaN(at) ? new Date() : new Date(at)
}

/** `Retry-After` in seconds from now, or null: delta-seconds or an HTTP date (RFC 9110 §10.2.3). */
export function retryAfterSeconds(header: string | null | undefined, now: Date = new Date()): number | null {
  if (!header) return null
  if (/^\d+$/.test(header.trim())) return Number(header)
  // Date.parse takes "-5" for a month; an HTTP date has a time of day and a zone.
  const at = /:\d\d (GMT|UTC)$/i.test(header.trim()) ? Date.parse(header) : Number.NaN
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now.getTime()) / 1000))
}
