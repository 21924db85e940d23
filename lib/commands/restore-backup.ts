import { join } from 'node:path'
import { noteDeed } from '#db/audit-log'
import { db } from '#db/client'
import { workerAlive } from '#db/heartbeats'
import { configuration } from '../config.ts'
import { backUp } from '../postgres/backup.ts'
import { applyJournal, followDeletions } from '../postgres/deletions-journal.ts'
import { checkBackup, isEmpty, RestoreError, restore } from '../postgres/restore.ts'
import { CommandError, meantFile, runCommand } from './run-command.ts'
import { withDatabase } from './with-database.ts'

// `npm run restore -- <file> [--force]`: makes the database what it was, less what was deleted since.

/** A worker gives a sign of life every five seconds. */
const ALIVE_SECONDS = 20

await runCommand('restore', async ({ words, ...options }) => {
  const { say } = options
  const force = words.includes('--force')
  const [path, ...others] = words.filter((word) => word !== '--force')
  if (!path || others.length > 0) throw new CommandError('Say which file: npm run restore -- /a/folder/backplane.sql.gz [--force]')
  const file = meantFile(path)
  const { DATA_DIR } = configuration()
  const { madeAt } = await checkBackup(file).catch(sayWhy)
  await withDatabase(options, async () => {
    if (await workerAlive(ALIVE_SECONDS)) throw new CommandError('Backplane runs on this database: stop it first, and wait half a minute.')
    const empty = await isEmpty(db())
    if (!empty && !force)
      throw new CommandError(
        'The database is not empty. With --force what is in it is kept in a backup, and replaced by what is in the file.',
      )
    if (!empty) {
      // What was deleted until now must stay so, too.
      await (await followDeletions(DATA_DIR))()
      say(`What was there is kept in ${await backUp(db(), join(DATA_DIR, 'backups'))}.`)
    }
    say(`Restoring what was there on ${madeAt} …`)
    await restore(db(), file).catch(sayWhy)
    const removed = await applyJournal(DATA_DIR)
    await noteDeed({ who: 'the command line', what: 'restored a backup', about: `${file} of ${madeAt}` }, new Date())
    if (removed > 0)
      say(
        `${removed} ${removed === 1 ? 'post that was' : 'posts that were'} deleted or withheld since ${removed === 1 ? 'is' : 'are'} gone again.`,
      )
    say('Done. Search finds everything again some minutes after the next start.')
  })
})

function sayWhy(error: unknown): never {
  throw error instanceof RestoreError ? new CommandError(error.message) : error
}
