import { setTimeout as wait } from 'node:timers/promises'
import type { Database } from '#db/client'
import { noAnswer, PostgresError } from './postgres.ts'

/** Of one question: who accepts and says nothing may be another program. */
const ANSWER_MS = 10_000
const PAUSE_MS = 500

type Options = {
  /** Is told in a sentence, once, that it is waited for. */
  say: (sentence: string) => void
  /** A database elsewhere may be starting too, as in a compose file, or be away for a while. */
  patienceMs: number
  signal?: AbortSignal
}

/** Resolves once the database at `url` answers. Throws PostgresError where waiting does not help, or did not within `patienceMs`. */
export async function awaitDatabase({ $client }: Database, url: string, { say, patienceMs, signal }: Options): Promise<void> {
  let waiting = false
  for (const startedAt = performance.now(); ; await wait(PAUSE_MS)) {
    try {
      await Promise.race([$client`select 1`, noAnswer(ANSWER_MS)])
      return
    } catch (error) {
      const passing = isAway(error) && performance.now() - startedAt < patienceMs
      if (passing && !waiting) say(`Waiting for the database at ${new URL(url).host} …`)
      waiting = true
      if (passing && !signal?.aborted) continue
      throw new PostgresError(`The database at ${new URL(url).host} cannot be used: ${reasonOf(error)}.`)
    }
  }
}

/** A refused or lost connection and a server that is starting or full pass; a wrong password does not. */
export function isAway(error: unknown): boolean {
  return /^(ECONN|CONNECT|57P|53300|ENOTFOUND|EAI)/.test(codeOf(error))
}

/** The code of an error, or of what caused it: Drizzle wraps what the driver throws. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  return 'code' in error ? String(error.code) : codeOf(error.cause)
}

export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause ? reasonOf(error.cause) : error.message || codeOf(error)
}
