import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect, db } from '#db/client'
import { configuration } from '../config.ts'
import { noAnswer, startPostgres } from '../postgres/postgres.ts'
import { bringUpToDate } from '../postgres/up-to-date.ts'

/** A database on this machine answers at once. */
const ANSWER_MS = 3000

type Options = { say: (sentence: string) => void; signal: AbortSignal }

/**
 * Does `work` on the database that the program uses: a running one's, or its own, started for as long as it takes. For what
 * people run beside the program. `say` is told in a sentence what takes long; after `signal` nothing begins.
 */
export async function withDatabase({ say, signal }: Options, work: () => Promise<void>): Promise<void> {
  const { DATABASE_URL, DATABASE_DIRECT_URL, DATA_DIR } = configuration()
  const running = DATABASE_URL ?? (await urlOfRunning(DATA_DIR))
  const own = running ? null : await startPostgres(DATA_DIR, { say, signal })
  const url = running ?? own?.url ?? ''
  try {
    await bringUpToDate(DATABASE_DIRECT_URL ?? url, DATA_DIR, { say, signal })
    process.env.DATABASE_URL = url
    if (!signal.aborted) await work()
    await db().$client.end({ timeout: 1 })
  } finally {
    await own?.stop()
  }
}

/** The address of the database of a program that runs on this data folder; null when none answers. */
async function urlOfRunning(dataDir: string): Promise<string | null> {
  const file = join(dataDir, 'database-url')
  if (!existsSync(file) || !existsSync(join(dataDir, 'postgres', 'postmaster.pid'))) return null
  const url = readFileSync(file, 'utf8').trim()
  const { $client } = connect(url, { max: 1 })
  try {
    await Promise.race([$client`select 1`, noAnswer(ANSWER_MS)])
    return url
  } catch {
    return null
  } finally {
    await $client.end({ timeout: 0 })
  }
}
