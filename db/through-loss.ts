import { setTimeout as delay } from 'node:timers/promises'

/** So long after it began something is asked once more: a standby takes over within it, and no reader waits longer for a page that fails. */
const PATIENCE_MS = 2000
const PAUSE_MS = 50

/**
 * That a connection was lost, or none could be had: as Postgres says it
 * (https://www.postgresql.org/docs/current/errcodes-appendix.html, class 57), postgres.js, and the system.
 */
const LOST = new Set([
  ...['57P01', '57P02', '57P03'],
  ...['CONNECTION_CLOSED', 'CONNECTION_DESTROYED', 'CONNECTION_ENDED', 'CONNECT_TIMEOUT'],
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE'],
])

/** Whether the database was not there, rather than that it refused. Looks through the errors that wrap the driver's own. */
export function isLoss(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if ('code' in cause && LOST.has(String(cause.code))) return true
  return false
}

/**
 * What `read` gives; read again while the database is not there, for 2 s from the beginning, then the error. Nothing
 * that writes belongs in here: what was committed before the connection was lost would be written twice.
 */
export async function throughLoss<T>(read: () => Promise<T>): Promise<T> {
  const until = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      return await read()
    } catch (error) {
      if (!isLoss(error) || performance.now() >= until) throw error
      await delay(PAUSE_MS)
    }
  }
}
