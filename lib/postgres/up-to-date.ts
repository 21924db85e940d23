import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { connect, type Database } from '#db/client'
import { migrate, pendingMigrations } from '#db/migrate'
import { backUp } from './backup.ts'
import { noAnswer, PostgresError } from './postgres.ts'

/** A database elsewhere may be starting too, as in a compose file. */
const DATABASE_PATIENCE_MS = 30_000

/** `say` is told in a sentence what takes long; after `signal` nothing is waited for. */
type Options = { say: (sentence: string) => void; signal: AbortSignal }

/**
 * Makes the database at `url` the one that this version works with: migrates it, after a backup where there is something to
 * lose. Waits a while for one that is only starting. Throws PostgresError with a sentence for the owner.
 */
export async function bringUpToDate(url: string, dataDir: string, { say, signal }: Options): Promise<void> {
  const connection = connect(url, { max: 2 })
  try {
    await answering(connection, url, { say, signal })
    if ((await pendingMigrations(connection)) === 0) return
    let backup: string | null = null
    // Of many that start at once one makes it, and they do not mistake each other's for what a crash left.
    const before = async () => {
      backup = await backUp(connection, join(dataDir, 'backups'))
      say(backup ? `Changing the database for this version; a backup is ${backup} …` : 'Preparing the database …')
    }
    await migrate(connection, undefined, before).catch((error: unknown) => {
      if (/ENOSPC|53100/.test(codeOf(error))) throw error
      const kept = backup ? `, and a backup is ${backup}` : ''
      throw new PostgresError(`The database could not be changed for this version (${reasonOf(error)}): it is as it was${kept}.`)
    })
  } catch (error) {
    // The disk's own word, or Postgres's (https://www.postgresql.org/docs/current/errcodes-appendix.html).
    if (/ENOSPC|53100/.test(codeOf(error)))
      throw new PostgresError(`The disk of ${dataDir} is full: make room and start again. Nothing that was saved is lost.`)
    throw error
  } finally {
    await connection.$client.end({ timeout: 1 })
  }
}

async function answering({ $client }: Database, url: string, { say, signal }: Options): Promise<void> {
  let waiting = false
  for (const startedAt = Date.now(); ; await wait(500)) {
    try {
      await Promise.race([$client`select 1`, noAnswer(DATABASE_PATIENCE_MS / 3)])
      return
    } catch (error) {
      // A refused connection and a server that is starting pass; a wrong password does not.
      const code = codeOf(error)
      const passing = /^(ECONN|CONNECT|57P|ENOTFOUND|EAI)/.test(code) && Date.now() - startedAt < DATABASE_PATIENCE_MS
      if (passing && !waiting) say(`Waiting for the database at ${new URL(url).host} …`)
      waiting = true
      if (passing && !signal.aborted) continue
      throw new PostgresError(`The database at ${new URL(url).host} cannot be used: ${reasonOf(error)}.`)
    }
  }
}

/** The code of an error, or of what caused it: Drizzle wraps what the driver throws. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  return 'code' in error ? String(error.code) : codeOf(error.cause)
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause ? reasonOf(error.cause) : error.message || codeOf(error)
}
