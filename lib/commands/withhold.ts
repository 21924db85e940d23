import { parseArgs } from 'node:util'
import { noteDeed } from '#db/audit-log'
import { isWithheld, letBackIn, listWithholdings, type What, withhold } from '#db/withholdings'
import { configuration } from '../config.ts'
import { type Meant, whomMeans } from '../consent/whom.ts'
import { openJournal, writeDownDeletions } from '../postgres/deletions-journal.ts'
import { CommandError, runCommand } from './run-command.ts'
import { withDatabase } from './with-database.ts'

// `npm run withhold -- <address | author | server>`: for owners, what is not to be here. It prints for people.

const USAGE = `npm run withhold -- <what>          leave it out, now and in time to come
  npm run withhold -- <what> --undo   let it back in
  npm run withhold -- --list          what is left out
What is the address of a post (there or here, /p/…), an author (address, handle, name or id) or a server or site
(spam.example, blogs.example/~somebody).`

const WHO = 'the command line'

await runCommand('withhold', async ({ words, say, signal }) => {
  openJournal(configuration().DATA_DIR)
  const { values, positionals } = wordsOf(words)
  const what = positionals.join(' ').trim()
  if (values.help) return say(`  ${USAGE}`)
  if (!values.list && what === '') throw new CommandError(`Say what.\n  ${USAGE}`)
  await withDatabase({ say, signal }, async () => say(await (values.list ? list() : values.undo ? undo(what) : leaveOut(what))))
})

function wordsOf(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { undo: { type: 'boolean' }, list: { type: 'boolean' }, help: { type: 'boolean' } },
    })
  } catch (error) {
    throw new CommandError(`${error instanceof Error ? error.message.split('\n')[0] : error}\n  ${USAGE}`)
  }
}

async function leaveOut(written: string): Promise<string> {
  const meant = await onlyOne(written)
  const again = await isWithheld(meant.what)
  const removed = await withhold(meant.what, 'decided', new Date())
  await writeDownDeletions()
  await noteDeed({ who: WHO, what: 'withheld', about: nameOf(meant.what) }, new Date())
  const posts = removed === 1 ? '1 post is blanked' : `${removed} posts are blanked`
  return `${again ? 'Left out already' : 'Left out'}: ${meant.called}. ${posts} here, and what comes is dropped before it is stored.`
}

async function undo(written: string): Promise<string> {
  const left = (await listWithholdings()).filter(({ key, address }) => key === written || address === written || `@${key}` === written)
  const known: What[] = left.length > 0 ? left : (await whomMeans(written)).map(({ what }) => what)
  let blanked = 0
  let undone = 0
  for (const what of known) {
    const count = await letBackIn(what)
    if (count === null) continue
    undone++
    blanked += count
    await writeDownDeletions()
    await noteDeed({ who: WHO, what: 'let back in', about: nameOf(what) }, new Date())
  }
  if (undone === 0) throw new CommandError(`Nothing called “${written}” is left out. npm run withhold -- --list says what is.`)
  const posts = `${blanked} ${blanked === 1 ? 'post' : 'posts'}`
  return `Let back in: ${written}. What was blanked (${posts}) is gone here; it comes back only where its platform tells it again.`
}

async function list(): Promise<string> {
  const left = await listWithholdings()
  if (left.length === 0) return 'Nothing is left out.'
  return left
    .map((one) => `${one.since.toISOString().slice(0, 10)}  ${nameOf(one)}  (${one.why === 'asked' ? 'asked for' : 'decided'})`)
    .join('\n')
}

function nameOf({ kind, platform, key }: What): string {
  return [kind, platform, key].filter(Boolean).join(' ')
}

/** What is meant, where only one thing is. Throws CommandError that says what may be meant. */
async function onlyOne(written: string): Promise<Meant> {
  const meant = await whomMeans(written)
  const [only, ...others] = meant
  if (!only) throw new CommandError(`Nothing here is called “${written}”, and it is no server either.`)
  if (others.length === 0) return only
  throw new CommandError(`“${written}” may be several: say which by its id.\n${meant.map(({ called }) => `  ${called}`).join('\n')}`)
}
