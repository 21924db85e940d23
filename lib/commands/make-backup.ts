import { existsSync, statSync } from 'node:fs'
import { noteDeed } from '#db/audit-log'
import { db } from '#db/client'
import { configuration } from '../config.ts'
import { writeBackup } from '../postgres/backup.ts'
import { followDeletions } from '../postgres/deletions-journal.ts'
import { CommandError, meantFile, runCommand } from './run-command.ts'
import { withDatabase } from './with-database.ts'

// `npm run backup -- <file>`: all that the database holds, in one file, whether the program runs or not.

await runCommand('backup', async ({ words, ...options }) => {
  const [path, ...others] = words
  if (!path || others.length > 0) throw new CommandError('Say where to: npm run backup -- /a/folder/backplane.sql.gz')
  const file = meantFile(path)
  if (existsSync(file)) throw new CommandError(`${file} is there already: say another name.`)
  await withDatabase(options, async () => {
    const startedAt = Date.now()
    await writeBackup(db(), file, new Date())
    await (await followDeletions(configuration().DATA_DIR))()
    await noteDeed({ who: 'the command line', what: 'made a backup', about: file }, new Date())
    const megabytes = (statSync(file).size / 1024 / 1024).toFixed(1)
    options.say(`${file} holds everything (${megabytes} MB, ${Math.round((Date.now() - startedAt) / 1000)} s).`)
    options.say('Keep it like a password: what members said is in it.')
  })
})
