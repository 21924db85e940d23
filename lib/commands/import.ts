import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Presets, SingleBar } from 'cli-progress'
import type { Connector } from '#connectors/contract'
import { connectors } from '#connectors/registry'
import { ConnectorError } from '#connectors/trouble'
import { noteDeed } from '#db/audit-log'
import type { Permission } from '#db/post'
import { refreshStatistics } from '#db/refresh-statistics'
import { saveBatch } from '#db/save-batch'
import { holdImport, type SourceRow } from '#db/sources'
import { openRules, ruleThatAdmits } from '../collecting/rules.ts'
import { ConfigError } from '../config.ts'
import { leaveOut } from '../consent/leave-out.ts'
import { PostgresError } from '../postgres/postgres.ts'
import { canonical } from '../secrets.ts'
import { withDatabase } from './with-database.ts'

// `npm run import -- [platform] <files…> --option value`: what a person has on disk of a platform, into the database,
// whether the program runs on it or not. It prints for people.

/** Without a terminal a line now and then, instead of one that is drawn over and over. */
const LINES_EVERY_MS = 5000
const DAY_MS = 86_400_000

/** So many new posts are more than the tables were planned for; then four times as many, and so on. */
const FIRST_STATISTICS = 2000

/** What every archive may be told; the rest is its platform's. */
const COMMON = "[--name 'what to call it'] [--permission-by 'who permitted it' --permission-on 2026-11-22] [--keep days]"

type Wanted = { connector: Connector; archive: NonNullable<Connector['archive']>; options: { [name: string]: string }; paths: string[] }

const able = connectors.flatMap((connector) => (connector.archive ? [{ connector, archive: connector.archive }] : []))

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort())
process.on('disconnect', () => stopping.abort())

try {
  const wanted = await wantedBy(process.argv.slice(process.argv[2] === 'import' ? 3 : 2))
  if (typeof wanted === 'string') {
    say(wanted)
    process.exitCode = 1
  } else await withDatabase({ say, signal: stopping.signal }, () => importAll(wanted))
} catch (error) {
  const foreseen = error instanceof ConnectorError || error instanceof ConfigError || error instanceof PostgresError
  process.stderr.write(`${foreseen ? error.message : error instanceof Error ? error.stack : error}\n`)
  process.exitCode = 1
}
// A pool that is not needed any more keeps nobody waiting.
process.exit()

/** What the words on the command line ask for, or how to ask. Without a platform its files say which it is. */
async function wantedBy(words: string[]): Promise<Wanted | string> {
  const [platform, ...rest] = words
  const named = able.find(({ connector }) => connector.id === platform)
  const usages = able.map(({ archive }) => `  npm run import -- ${archive.usage}`).join('\n')
  const help = named ? `  npm run import -- ${named.archive.usage} ${COMMON}` : `${usages}\n  Each also takes ${COMMON}`
  // Which options there are is the platform's to say: each that is given takes a value.
  const given = named ? rest : words
  const names = given.filter((word) => /^--\w/.test(word)).map((word) => word.slice(2).split('=')[0] ?? '')
  if (names.includes('help')) return help
  if (!platform) return `What should be imported?\n${help}`
  try {
    const { values, positionals } = parseArgs({
      args: given,
      allowPositionals: true,
      options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
    })
    if (positionals.length === 0) return `Say which files or folders to read.\n${help}`
    // npm runs its scripts in the checkout, wherever they were asked for.
    const paths = positionals.map((path) => resolve(process.env.INIT_CWD ?? '.', path))
    if (!named && !existsSync(paths[0] ?? '')) return `Nothing is imported from “${platform}”, and there is no such file.\n${help}`
    const found = named ? { ...named, said: (await named.archive.recognise(paths).catch(() => null)) ?? {} } : await recognised(paths)
    if (!found) return `What ${basename(paths[0] ?? '')} is an archive of is not known here.\n${help}`
    if (!named) say(`${basename(paths[0] ?? '')} is an archive of ${found.connector.name}.`)
    const options = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]))
    return { ...found, options: { ...found.said, ...options }, paths }
  } catch (error) {
    if (error instanceof ConnectorError) return `${error.message}\n${help}`
    return `${error instanceof Error ? error.message.split('\n')[0] : error}\n${help}`
  }
}

/** Which platform these files are an archive of, with what they say of themselves; null for none that is known. */
async function recognised(paths: string[]) {
  for (const one of able) {
    const said = await one.archive.recognise(paths)
    if (said) return { ...one, said }
  }
  return null
}

async function importAll({ connector, archive, options, paths }: Wanted): Promise<void> {
  const { name, keep, 'permission-by': by, 'permission-on': on, ...theirs } = options
  const settings = archive.settings(theirs)
  const permission = permissionOf(by, on)
  const holder = randomUUID()
  const source = await holdImport(
    {
      // Other files are another source, whose lines may be the same talk, told by another program: what one source repeats is
      // taken for somebody repeating themselves.
      key: `import:${connector.id}:${canonical({ settings, paths: paths.toSorted() })}`,
      platform: connector.id,
      name: name ?? `${connector.describe(settings)}, from ${paths.map((path) => basename(path)).join(', ')}`,
      nameGiven: true,
      settings: { ...(settings as object) },
      rules: openRules,
      everySeconds: connector.everySeconds,
      audience: connector.audience?.(settings, permission) ?? null,
      permission,
      keepDays: keep === undefined ? (connector.keepDays ?? null) : daysOf(keep),
      off: null,
    },
    holder,
    new Date(),
  )
  await leaveOut(new Date(), { platform: connector.id, settings })
  const bar = progressBar()
  let statisticsAt = FIRST_STATISTICS
  let statistics: Promise<void> | null = null
  const counts = { posts: 0, added: 0, changed: 0, removed: 0, unreadable: 0, tooOld: 0 }
  const { keepDays } = source
  const oldest = keepDays === null ? 0 : Date.now() - keepDays * DAY_MS
  try {
    const { cursor } = source
    const batches = archive.read({ paths, settings, permission, cursor, signal: stopping.signal, progress: bar.at })
    for await (const batch of oneAhead(batches)) {
      const admitted = admittedBy(source, batch.posts)
      // What is old is neither late nor news: there is no first reading after which it would be.
      const saved = await saveBatch({ ...source, firstReadAt: null }, holder, { ...batch, admitted }, new Date())
      counts.posts += batch.posts.length
      counts.unreadable += batch.unreadable.length
      counts.tooOld += batch.posts.filter(({ publishedAt }) => publishedAt !== null && publishedAt.getTime() < oldest).length
      counts.added += saved.added
      counts.changed += saved.changed
      counts.removed += saved.removed
      bar.saved(counts.posts)
      if (stopping.signal.aborted) break
      if (counts.added < statisticsAt) continue
      statisticsAt = counts.added * 4
      await statistics
      // Beside what comes next; until it is awaited its failure is nobody's.
      statistics = refreshStatistics()
      statistics.catch(() => {})
    }
    await statistics
  } finally {
    bar.stop()
  }
  await noteDeed({ who: 'the command line', what: 'imported', about: source.name }, new Date())
  const numbers = [
    `${counts.posts} read`,
    `${counts.added} new`,
    ...(counts.changed > 0 ? [`${counts.changed} changed`] : []),
    ...(counts.removed > 0 ? [`${counts.removed} removed`] : []),
    `${Math.max(0, counts.posts - counts.added - counts.changed - counts.tooOld)} known already`,
    ...(counts.tooOld > 0 ? [`${counts.tooOld} older than the ${keepDays} days for which they are kept (--keep)`] : []),
    ...(counts.unreadable > 0 ? [`${counts.unreadable} not understood`] : []),
  ]
  say(`${stopping.signal.aborted ? 'Stopped; the same again goes on from here.' : 'Done.'} ${source.name}: ${numbers.join(', ')}.`)
}

/** Reads on while what was read is saved. What is on disk waits for nobody, and a batch that was not saved is read again. */
async function* oneAhead<T>(items: AsyncIterable<T>): AsyncGenerator<T, void, void> {
  const iterator = items[Symbol.asyncIterator]()
  const ask = () => {
    const answer = iterator.next()
    // It is awaited in its turn; until then its failure is nobody's.
    answer.catch(() => {})
    return answer
  }
  let next = ask()
  try {
    for (let item = await next; !item.done; item = await next) {
      next = ask()
      yield item.value
    }
  } finally {
    await next.catch(() => {})
    await iterator.return?.()
  }
}

function admittedBy(source: SourceRow, posts: Parameters<typeof ruleThatAdmits>[0][]) {
  return posts.flatMap((post) => {
    const rule = ruleThatAdmits(post, source.rules)
    return rule === null ? [] : [{ post, rule }]
  })
}

function daysOf(keep: string): number {
  if (/^[1-9]\d{0,5}$/.test(keep)) return Number(keep)
  throw new ConfigError('--keep is a number of days: --keep 365')
}

function permissionOf(by: string | undefined, on: string | undefined): Permission | null {
  if (!by && !on) return null
  if (by && on && /^\d{4}-\d\d-\d\d$/.test(on) && !Number.isNaN(Date.parse(on))) return { by, on }
  throw new ConfigError('A permission names who gave it and when: --permission-by somebody --permission-on 2026-11-22')
}

/** A bar with rate and rest; it begins with the first word of how much there is. */
function progressBar() {
  const bar = new SingleBar(
    {
      format: '{bar} {percentage} % | {posts} posts | {rate}/s | {rest} left',
      noTTYOutput: true,
      notTTYSchedule: LINES_EVERY_MS,
      hideCursor: true,
      gracefulExit: false,
    },
    Presets.shades_classic,
  )
  const startedAt = Date.now()
  let [read, inAll, posts] = [0, 0, 0]
  const draw = () => {
    const seconds = Math.max(0.001, (Date.now() - startedAt) / 1000)
    const shown = { posts, rate: Math.round(posts / seconds), rest: duration(read > 0 ? (seconds / read) * (inAll - read) : 0) }
    if (bar.getTotal() === inAll && bar.isActive) bar.update(read, shown)
    else bar.start(inAll, read, shown)
  }
  return {
    at(bytesRead: number, bytesInAll: number): void {
      read = bytesRead
      inAll = bytesInAll
      draw()
    },
    saved(count: number): void {
      posts = count
      if (inAll > 0) draw()
    },
    stop(): void {
      if (bar.isActive) bar.stop()
    },
  }
}

/** 75 is 1:15. */
function duration(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.ceil(seconds) % 60).padStart(2, '0')}`
}

function say(sentence: string): void {
  process.stdout.write(`${sentence}\n`)
}
