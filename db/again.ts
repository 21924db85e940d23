/** Tries in all: who meets the same other one time after time has another trouble. */
const TRIES = 5

/** Runs a transaction again that Postgres ended because it and another waited for each other: nothing of it was written. */
export async function againIfDeadlocked<Result>(run: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await run()
    } catch (error) {
      if (tries === TRIES || !isDeadlock(error)) throw error
    }
  }
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html; the error may be wrapped. */
function isDeadlock(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if ('code' in cause && cause.code === '40P01') return true
  return false
}
