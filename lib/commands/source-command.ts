import { readFile, rename, writeFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { parseArgs } from 'node:util'
import { createHttp, type Http } from '#connectors/http'
import { sourcesKnownTo } from '#db/sources'
import { userAgentOf } from '../collecting/user-agent.ts'
import { configuration } from '../config.ts'
import { checkSources } from '../sources/check-sources.ts'
import { fetchList } from '../sources/fetch-list.ts'
import { type Look, lookAt } from '../sources/look-at.ts'
import type { Meaning } from '../sources/meaning.ts'
import { declaredBy, entryInYaml, entryOf } from '../sources/source-entry.ts'
import { entriesMeant, withEntry, withOption, withoutEntry, withoutOption } from '../sources/sources-edit.ts'
import { entriesOfFile, type FileEntry } from '../sources/sources-file.ts'
import { exported } from '../sources/sources-here.ts'
import { type Listed, listIn, understand } from '../sources/understand.ts'
import { CommandError } from './run-command.ts'
import { withDatabase } from './with-database.ts'

// One verb after the other, each as long as what it says. The file of sources, by commands that change no more of it than they say. What they say is for people.

const HELP = `npm run source -- list                     what the file declares, with its lines
npm run source -- add <what> [--yes]       a link, handle or name, as pasted; looked up, shown, and added with --yes
npm run source -- remove <which>           by its name, link or line; its posts stay
npm run source -- pause <which> [--off]    not read until --off
npm run source -- permit <which> --by 'who' --on 2026-11-22
npm run source -- check                    every entry against the network; ends with 1 where one is wrong
npm run source -- export [--write]         the file with what was added and paused on the page`

type Given = { words: string[]; say: (sentence: string) => void; signal: AbortSignal }
type Options = { yes?: boolean; off?: boolean; write?: boolean; by?: string; on?: string }
type Asked = Omit<Given, 'words'> & { file: string; options: Options; rest: string }

/** Does what the words of `npm run source -- …` ask for, to `file`. Throws CommandError: what was asked wrongly, or wants mending. */
export async function sourceCommand({ words: [verb = '', ...words], ...given }: Given, file: string): Promise<void> {
  const does = VERBS[verb]
  if (!does) throw new CommandError(verb && verb !== 'help' ? `There is no “${verb}”.\n${HELP}` : HELP)
  const { values, positionals } = parse(words)
  await does({ ...given, options: values, rest: positionals.join(' ').trim(), file })
}

function parse(args: string[]) {
  const options = {
    yes: { type: 'boolean' },
    off: { type: 'boolean' },
    write: { type: 'boolean' },
    by: { type: 'string' },
    on: { type: 'string' },
  } as const
  try {
    return parseArgs({ args, allowPositionals: true, options })
  } catch (error) {
    throw new CommandError(`${error instanceof Error ? error.message.split('\n')[0] : error}\n${HELP}`)
  }
}

const VERBS: { [verb: string]: (asked: Asked) => Promise<void> } = {
  async list({ file, say }) {
    const { entries, problems } = entriesOfFile(await textOf(file))
    say(
      table(
        entries.map(({ line, source }) => [`${line}`, source.platform, source.name, source.paused ? 'paused' : source.off ? 'off' : '']),
      ),
    )
    for (const { line, reason } of problems) say(`${shown(file)}:${line}: ${reason}`)
  },

  async add({ file, rest, options, say, signal }) {
    if (!rest) throw new CommandError(`Say what to add.\n${HELP}`)
    const text = await textOf(file)
    const present = entriesOfFile(text).entries.map(({ source }) => source)
    const http = wayOut()
    const understood = understand(rest, present)
    if (understood.as === 'nothing')
      throw new CommandError(
        [`${understood.reason}.`, ...understood.nearest.map((meaning) => `  Did you mean ${inWords(meaning)}?`)].join('\n'),
      )
    if (understood.as === 'list' || understood.as === 'list-at') {
      const listed =
        understood.as === 'list' ? understood.listed : (listIn(await fetchList(understood.url, { http, signal }), present) ?? [])
      await addMany(file, text, listed, options, say)
      return
    }
    const { look, tried } = await lookAt(understood.meanings, { http, signal }, present)
    for (const { meaning, why, steps } of tried) {
      say(`Not ${inWords(meaning)}:`)
      for (const words of [...steps, why]) say(`  ${words}`)
    }
    if (!look) throw new CommandError('Nothing of that can be read, so that nothing was added.')
    tell(look, say)
    if (look.already) throw new CommandError(`The file has it already, as “${look.already}”.`)
    if (!options.yes) return say(`\nTo add it: npm run source -- add ${JSON.stringify(rest)} --yes`)
    await write(file, withEntry(text, look.yaml))
    say(`\nAdded to ${shown(file)}; it is read from the next start.`)
  },

  async remove({ file, rest, say }) {
    const { text, entry } = await theOne(file, rest)
    await write(file, withoutEntry(text, entry))
    say(`“${entry.source.name}” is no more in ${shown(file)}; its posts stay.`)
  },

  async pause({ file, rest, options, say }) {
    const { text, entry } = await theOne(file, rest)
    if (Boolean(entry.source.paused) === !options.off)
      throw new CommandError(`“${entry.source.name}” is ${options.off ? 'not ' : ''}paused already.`)
    await write(file, options.off ? withoutOption(text, entry, 'paused') : withOption(text, entry, { paused: true }))
    say(`“${entry.source.name}” is ${options.off ? 'read again' : 'paused'} from the next start.`)
  },

  async permit({ file, rest, options: { by, on }, say }) {
    if (!by || !on || !/^\d{4}-\d\d-\d\d$/.test(on)) throw new CommandError('Say who permitted it, and when: --by somebody --on 2026-11-22')
    const { text, entry } = await theOne(file, rest)
    const bare = entry.source.permission ? withoutOption(text, entry, 'permission') : text
    const again = entriesOfFile(bare).entries.find(({ source }) => source.key === entry.source.key) ?? entry
    await write(file, withOption(bare, again, { permission: { by, on } }))
    say(`Written down: ${by} permitted “${entry.source.name}” on ${on}. /about says so from the next start.`)
  },

  async check({ file, say, signal }) {
    const { entries, problems } = entriesOfFile(await textOf(file))
    const checked = await checkSources(
      entries.map(({ source }) => source),
      { http: wayOut(), signal },
      new Date(),
    )
    const consent = (permission: { by: string; on: string } | null) => (permission ? `${permission.by}, ${permission.on}` : '–')
    say(
      table([
        ['source', 'platform', 'state', 'consent', ''],
        ...checked.map(({ source, state, words }) => [source.name, source.platform, state, consent(source.permission), words]),
      ]),
    )
    for (const { line, reason } of problems) say(`${shown(file)}:${line}: ${reason}`)
    const wrong = checked.filter((one) => one.wrong).length + problems.length
    if (wrong > 0) throw new CommandError(`${wrong} of ${checked.length + problems.length} entries want mending.`)
    say(`All ${checked.length} entries are right.`)
  },

  async export({ file, say, signal, options }) {
    const text = await textOf(file)
    await withDatabase({ say: (sentence) => process.stderr.write(`${sentence}\n`), signal }, async () => {
      const whole = exported(text, await sourcesKnownTo({ role: 'owner' }))
      if (!options.write) return say(whole.trimEnd())
      await write(file, whole)
      say(`${shown(file)} says what the page says.`)
    })
  },
}

async function addMany(file: string, text: string, listed: Listed[], { yes }: Options, say: (sentence: string) => void): Promise<void> {
  let whole = text
  const known = new Set(entriesOfFile(text).entries.map(({ source }) => source.key))
  for (const one of listed) {
    if ('wrong' in one) say(`  not understood: ${one.wrong}`)
    else {
      const yaml = entryInYaml(entryOf(one.meaning.platform, one.meaning.settings, null, { name: one.meaning.name }))
      const source = declaredBy(yaml)
      const is = typeof source === 'string' ? source : known.has(source.key) ? 'there already' : one.meaning.kind
      say(`  ${one.meaning.name}: ${is}`)
      if (typeof source === 'string' || known.has(source.key)) continue
      known.add(source.key)
      whole = withEntry(whole, yaml)
    }
  }
  const many = known.size - entriesOfFile(text).entries.length
  if (!yes) return say(`${many} can be added, all of them with --yes; /sources/new lets you choose.`)
  await write(file, whole)
  say(`${many} added to ${shown(file)}; they are read from the next start.`)
}

function tell(look: Look, say: (sentence: string) => void): void {
  say(`This is ${inWords(look.meaning)}.`)
  for (const words of look.steps) say(`  ${words}`)
  if (look.trouble) say(`It cannot be read just now: ${look.trouble}.`)
  for (const post of look.posts ?? []) {
    const said = [post.title, post.text].filter(Boolean).join(' — ').replace(/\s+/g, ' ')
    say(
      `  ${post.publishedAt?.toISOString().slice(0, 16) ?? 'without a time  '}  ${post.author.name || post.author.handle}: ${said.slice(0, 90)}`,
    )
  }
  if (look.perDay !== null)
    say(`About ${look.perDay < 1 ? `${Math.round(look.perDay * 30)} a month` : `${Math.round(look.perDay)} a day`} are to be expected.`)
  if (look.source.off) say(`It will be off: ${look.source.off}.`)
  for (const { what, steps } of look.lacks) for (const words of [what, ...steps.map((step, index) => `  ${index + 1}. ${step}`)]) say(words)
  if (look.letter) say('A letter that asks for permission stands on /setup and beside the source.')
  say(`\n${look.yaml}`)
}

function inWords({ kind, name }: Meaning): string {
  return `${kind}, ${name}`
}

function wayOut(): Http {
  const config = configuration()
  return createHttp({ userAgent: userAgentOf(config), trustedHosts: config.TRUSTED_HOSTS })
}

async function theOne(file: string, what: string): Promise<{ text: string; entry: FileEntry }> {
  const text = await textOf(file)
  const understood = what ? understand(what) : null
  const meant = what ? entriesMeant(text, what, understood?.as === 'source' ? understood.meanings.flatMap(declaredOf) : []) : []
  const [entry, ...others] = meant
  if (!entry) throw new CommandError(`No entry of ${shown(file)} is called “${what}”: npm run source -- list names them.`)
  if (others.length > 0)
    throw new CommandError(
      `Which one?\n${meant.map(({ line, source }) => `  ${line}  ${source.name}`).join('\n')}\nA line’s number names one for sure.`,
    )
  return { text, entry }
}

function declaredOf({ platform, settings }: Meaning) {
  const declared = declaredBy(entryInYaml(entryOf(platform, settings, null)))
  return typeof declared === 'string' ? [] : [declared]
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => {
    throw new CommandError(`${shown(file)} cannot be read: SOURCES names another file, if it is elsewhere.`)
  })
}

/** At once: a program that starts meanwhile reads the old file or the new one. */
async function write(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text)
  await rename(`${file}.new`, file)
}

function shown(file: string): string {
  const near = relative('.', file)
  return near.startsWith('..') ? file : near
}

/** Rows in columns as wide as they must be, the last as long as it is. */
function table(rows: string[][]): string {
  const widths = rows[0]?.map((_, column) => Math.min(48, Math.max(...rows.map((row) => row[column]?.length ?? 0)))) ?? []
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
