import { join } from 'node:path'
import { connect } from '#db/client'
import { migrate, pendingMigrations } from '#db/migrate'
import { awaitDatabase, codeOf, reasonOf } from './await-database.ts'
import { backUp } from './backup.ts'
import { PostgresError } from './postgres.ts'

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
    await awaitDatabase(connection, url, { say, signal, patienceMs: DATABASE_PATIENCE_MS })
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
