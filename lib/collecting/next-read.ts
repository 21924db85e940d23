import type { ConnectorError } from '#connectors/trouble'

const MINUTE = 60
const HOUR = 3600
/** Waits are capped: a platform that comes back is noticed within a quarter of an hour. */
const LONGEST_WAIT = 15 * MINUTE
/** By so much of its interval, sooner or later, a source is read at random: who was started together drifts apart. */
const WANDER = 0.04
/** By so much of its interval at most a read makes up for having begun late. */
const MADE_UP = 0.05

/** How the last read ended; null: well. */
type Outcome = Pick<ConnectorError, 'trouble' | 'retryAfterSeconds'> | null

/**
 * Seconds until a source is read again: its interval, give or take a little; after a failure what the platform asks for, or
 * exponential backoff with full jitter; what needs a person is tried once an hour.
 */
export function secondsUntilNext(everySeconds: number, failures: number, error: Outcome, random: () => number = Math.random): number {
  if (!error) return everySeconds * (1 - WANDER + 2 * WANDER * random())
  switch (error.trouble) {
    case 'rate-limited':
    case 'unavailable': {
      if (error.retryAfterSeconds !== null) return error.retryAfterSeconds + everySeconds * 0.2 * random()
      const backoff = Math.min(Math.max(LONGEST_WAIT, everySeconds), Math.min(everySeconds, MINUTE) * 2 ** Math.min(failures, 16))
      return Math.max(1, backoff * random())
    }
    case 'refused':
    case 'malformed':
      return Math.max(error.retryAfterSeconds ?? 0, HOUR * (0.8 + 0.4 * random()))
    default:
      return error.trouble satisfies never
  }
}

/** A read that ended at `now`, was to begin at `planned` (null: it was not planned) and began at `began`. */
type Ended = { planned: Date | null; began: Date; now: Date }

/**
 * When a source that is polled is read again. Where all is well its interval counts from when it was to be read: neither how
 * long reading takes nor how long it waited for its turn adds up, and who was late is not read twice in a row. No two reads
 * are further from the interval than a tenth, as long as none begins later than MADE_UP. After a failure the wait counts
 * from now: that is what the platform meant.
 */
export function nextPoll(
  { planned, began, now }: Ended,
  everySeconds: number,
  failures: number,
  error: Outcome,
  random = Math.random,
): Date {
  const seconds = secondsUntilNext(everySeconds, failures, error, random)
  if (error) return new Date(now.getTime() + seconds * 1000)
  const earliest = began.getTime() - MADE_UP * everySeconds * 1000
  const from = Math.min(began.getTime(), Math.max(earliest, planned?.getTime() ?? began.getTime()))
  return new Date(Math.max(now.getTime(), from + seconds * 1000))
}
