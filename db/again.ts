import { setTimeout as delay } from 'node:timers/promises'

/** Codes of Postgres are those of https://www.postgresql.org/docs/current/errcodes-appendix.html. */
const DEADLOCK = new Set(['40P01'])
/** Tries in all: who meets the same other one time after time has another trouble. */
const TRIES = 5

/** Runs a transaction again that Postgres ended because it and another waited for each other: nothing of it was written. */
export async function againIfDeadlocked<Result>(run: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await run()
    } catch (error) {
      if (tries === TRIES || !hasCode(error, DEADLOCK)) throw error
    }
  }
}

/** So long after it began something is asked once more: a standby takes over within it. */
const PATIENCE_MS = 2000
const PAUSE_MS = 50
/** That a connection was lost, or none could be had: as Postgres says it (class 57), postgres.js, and the system. */
const LOSS = new Set([
  ...['57P01', '57P02', '57P03'],
  ...['CONNECTION_CLOSED', 'CONNECTION_DESTROYED', 'CONNECTION_ENDED', 'CONNECT_TIMEOUT'],
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE'],
])

/**
 * What `read` gives; read again while the database is not there, for 2 s from the beginning, then the error. What it writes
 * may be written twice, since it may have been committed before the connection was lost.
 */
export async function throughLoss<Result>(read: () => Promise<Result>): Promise<Result> {
  const until = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      return await read()
    } catch (error) {
      if (!hasCode(error, LOSS) || performance.now() >= until) throw error
      await delay(PAUSE_MS)
    }
  }
}

/** Looks through the errors that wrap the driver's own. */
function hasCode(error: unknown, codes: Set<string>): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if ('code' in cause && codes.has(String(cause.code))) return true
  return false
}
