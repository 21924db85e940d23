import { parseArgs } from 'node:util'
import { isWithheld, letBackIn, listWithholdings, type What, withhold } from '#db/withholdings'
import { ConfigError } from './config.ts'
import { PostgresError } from './postgres.ts'
import { type Meant, whomMeans } from './whom.ts'
import { withDatabase } from './with-database.ts'

// `npm run withhold -- <address | author | server>`: for owners, what is not to be here. It prints for people.

const USAGE = `npm run withhold -- <what>          leave it out, now and in time to come
  npm run withhold -- <what> --undo   let it back in
  npm run withhold -- --list          what is left out
What is the address of a post (there or here, /p/…), an author (address, handle, name or id) or a server or site
(spam.example, blogs.example/~somebody).`

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort())

try {
  const words = process.argv.slice(process.argv[2] === 'withhold' ? 3 : 2)
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: { undo: { type: 'boolean' }, list: { type: 'boolean' }, help: { type: 'boolean' } },
  })
  const what = positionals.join(' ').trim()
  if (values.help || (!values.list && what === '')) {
    say(`  ${USAGE}`)
    process.exitCode = values.help ? 0 : 1
  } else await withDatabase({ say, signal: stopping.signal }, () => (values.list ? list() : values.undo ? undo(what) : leaveOut(what)))
} catch (error) {
  const foreseen = error instanceof ConfigError || error instanceof PostgresError || (error instanceof TypeError && 'code' in error)
  process.stderr.write(`${foreseen ? error.message : error instanceof Error ? error.stack : error}\n`)
  process.exitCode = 1
}
// A pool that is not needed any more keeps nobody waiting.
process.exit()

async function leaveOut(written: string): Promise<void> {
  const meant = await onlyOne(written)
  if (!meant) return
  const again = await isWithheld(meant.what)
  const removed = await withhold(meant.what, 'decided', new Date())
  const posts = removed === 1 ? '1 post is blanked' : `${removed} posts are blanked`
  say(`${again ? 'Left out already' : 'Left out'}: ${meant.called}. ${posts} here, and what comes is dropped before it is stored.`)
}

async function undo(written: string): Promise<void> {
  const left = (await listWithholdings()).filter(({ key, address }) => key === written || address === written || `@${key}` === written)
  const known = left.length > 0 ? left : (await whomMeans(written)).map(({ what }) => what)
  const counts = await Promise.all(known.map((what: What) => letBackIn(what)))
  const undone = counts.filter((count) => count !== null)
  if (undone.length === 0) {
    say(`Nothing called “${written}” is left out. npm run withhold -- --list says what is.`)
    process.exitCode = 1
    return
  }
  const blanked = undone.reduce((sum, count) => sum + count, 0)
  say(
    `Let back in: ${written}. What was blanked (${blanked} ${blanked === 1 ? 'post' : 'posts'}) is gone here; it comes back only where its platform tells it again.`,
  )
}

async function list(): Promise<void> {
  const left = await listWithholdings()
  if (left.length === 0) say('Nothing is left out.')
  for (const { kind, platform, key, why, since } of left)
    say(
      `${since.toISOString().slice(0, 10)}  ${kind} ${[platform, key].filter(Boolean).join(' ')}  (${why === 'asked' ? 'asked for' : 'decided'})`,
    )
}

/** What is meant, where only one thing is; else says what may be meant. */
async function onlyOne(written: string): Promise<Meant | null> {
  const meant = await whomMeans(written)
  const [only, ...others] = meant
  if (only && others.length === 0) return only
  if (!only) say(`Nothing here is called “${written}”, and it is no server either.`)
  else say(`“${written}” may be several: say which by its id.\n${meant.map(({ called }) => `  ${called}`).join('\n')}`)
  process.exitCode = 1
  return null
}

function say(sentence: string): void {
  process.stdout.write(`${sentence}\n`)
}
