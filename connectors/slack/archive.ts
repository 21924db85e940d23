import { z } from 'zod'
import { openArchive } from '../archive-files.ts'
import { fileCalled } from '../archive-items.ts'
import { breathing } from '../breathing.ts'
import type { Archive, ArchiveRun, Batch } from '../contract.ts'
import { emptyBatch } from '../empty-batch.ts'
import { ConnectorError } from '../trouble.ts'
import { userOf } from './directory.ts'
import { type ExportFile, type ExportFiles, openExport } from './export-files.ts'
import { isReply, messageOf } from './message.ts'
import type { Channel, Context, Team } from './names.ts'
import { readMessages } from './read-messages.ts'
import type { Settings } from './settings.ts'
import { UserInfo } from './web.ts'

/**
 * A workspace's export: `channels.json`, `users.json` and, in a folder for each channel, a file for each day.
 * https://slack.com/help/articles/220556107-How-to-read-Slack-data-exports
 */
export const archive: Archive<Settings> = {
  // All public channels, or those named, among them private ones that were agreed on; the workspace's name makes links,
  // and its id is wanted where the export does not say it.
  usage: 'slack <export.zip or its folder> [--channel general,storage] [--workspace hpcsocial] [--team T…] [--opt-out account,account]',
  settings: settingsOf,
  async recognise([path = '']) {
    const opened = await openArchive(path, { wanted: (name) => name.endsWith('.json') })
    await opened.close()
    const isOurs =
      fileCalled(opened.files, 'channels.json') && opened.files.some(({ name }) => DAY_FILE.test(name.slice(name.lastIndexOf('/') + 1)))
    return isOurs ? {} : null
  },
  read: readExports,
}

const CHUNK = 500
/** Messages whose threads may go on: their text stands over what answers them. */
const MOST_ROOTS = 1000
const DAY_FILE = /^\d{4}-\d{2}-\d{2}\.json$/

const word = z.string().optional()
const Options = z.strictObject({ channel: word, workspace: word, team: word, 'opt-out': word })

type Exported = Settings & { team?: string }

function settingsOf(options: { [name: string]: string }): Exported {
  const read = Options.safeParse(options)
  if (!read.success)
    throw new ConnectorError(
      'refused',
      `An export of Slack takes --channel, --workspace, --team and --opt-out: ${z.prettifyError(read.error)}`,
    )
  const { channel, workspace, team, 'opt-out': optOut } = read.data
  return {
    channels: wordsIn(channel).map((name) => name.replace(/^#/, '')),
    ...(workspace && { workspace }),
    ...(team && { team }),
    ...(optOut && { optOut: wordsIn(optOut) }),
  }
}

function wordsIn(list = ''): string[] {
  return list
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean)
}

/** Where an import stands: which of the files, what it looked like, and the last day that was saved whole. */
const Standing = z.object({ path: z.number(), export: z.string(), done: z.string().nullable() })
type Standing = z.infer<typeof Standing>

async function* readExports(run: ArchiveRun<Exported>): AsyncGenerator<Batch, void, void> {
  const opened: ExportFiles[] = []
  try {
    for (const path of run.paths) opened.push(await openExport(path))
    const inAll = opened.flatMap(({ files }) => files).reduce((sum, { bytes }) => sum + bytes, 0)
    let before = 0
    for (const [path, { files }] of opened.entries()) {
      const progress = (bytes: number) => run.progress(before + bytes, inAll)
      yield* readExport(run, files, path, progress)
      before += files.reduce((sum, { bytes }) => sum + bytes, 0)
      run.progress(before, inAll)
    }
  } finally {
    await Promise.all(opened.map(({ close }) => close()))
  }
}

async function* readExport(
  run: ArchiveRun<Exported>,
  files: ExportFile[],
  path: number,
  progress: (bytes: number) => void,
): AsyncGenerator<Batch, void, void> {
  const { root, channels, context, team } = await describeExport(files, run.settings)
  const fingerprint = `${files.length} files, ${files.reduce((sum, { bytes }) => sum + bytes, 0)} bytes, ${team.id}`
  const resume = Standing.safeParse(run.cursor).data
  const standing: Standing = { path, export: fingerprint, done: null }
  if (resume && resume.path > path) return
  if (resume?.path === path && resume.export === fingerprint) standing.done = resume.done
  const days = channels.flatMap((channel) => daysOf(files, root, channel).map((file) => ({ file, channel })))
  let batch = emptyBatch({ ...standing })
  let bytes = 0
  let roots = new Map<string, unknown>()
  let within: Channel | null = null
  for (const { file, channel } of days.slice(1 + days.findIndex(({ file: { name } }) => name === standing.done))) {
    run.signal.throwIfAborted()
    if (within !== channel) roots = new Map()
    within = channel
    for (const chunk of chunksOf(await messagesIn(file))) {
      const read = await readChunk(chunk, { team, channel, context, roots })
      batch.posts.push(...read.posts)
      batch.unreadable.push(...read.unreadable)
      if (batch.posts.length < CHUNK) continue
      yield { ...batch, cursor: { ...standing } }
      batch = emptyBatch({ ...standing })
    }
    standing.done = file.name
    bytes += file.bytes
    progress(bytes)
  }
  yield { ...batch, cursor: { ...standing } }
}

function chunksOf(messages: unknown[]): unknown[][] {
  return Array.from({ length: Math.ceil(messages.length / CHUNK) }, (_none, index) => messages.slice(index * CHUNK, (index + 1) * CHUNK))
}

async function messagesIn(file: ExportFile): Promise<unknown[]> {
  const read = z.array(z.unknown()).safeParse(await file.read())
  if (!read.success) throw new ConnectorError('malformed', `${file.name} is not a day of a channel`)
  return read.data
}

type Place = { team: Team; channel: Channel; context: Context; roots: Map<string, unknown> }

/** What is gone from an export is not deleted here: it says what was there once, and polling knows better. */
async function readChunk(messages: unknown[], { team, channel, context, roots }: Place) {
  const read = { posts: [] as Batch['posts'], unreadable: [] as Batch['unreadable'] }
  const breathe = breathing()
  for (const given of messages) {
    await breathe()
    const message = messageOf(given).data
    const root = message && isReply(message) ? roots.get(message.thread_ts ?? '') : undefined
    if (message?.reply_count && !isReply(message)) keepRoot(roots, message.ts, given)
    const { posts, unreadable } = readMessages([given], { team }, channel, context, '0.0', root)
    read.posts.push(...posts)
    read.unreadable.push(...unreadable)
  }
  return read
}

function keepRoot(roots: Map<string, unknown>, ts: string, message: unknown): void {
  roots.set(ts, message)
  const [oldest] = roots.keys()
  if (roots.size > MOST_ROOTS && oldest !== undefined) roots.delete(oldest)
}

const ExportedChannels = z.array(z.object({ id: z.string(), name: z.string() }))
const ExportedUsers = z.array(UserInfo.extend({ team_id: z.string().optional() }))

/** What is in an export: whose it is, its people, and the channels that are to be read. */
async function describeExport(files: ExportFile[], settings: Exported) {
  const named = (name: string) => files.filter((file) => file.name === name || file.name.endsWith(`/${name}`))
  const [list] = named('channels.json').sort((a, b) => a.name.length - b.name.length)
  if (!list) throw new ConnectorError('refused', 'This is no export of Slack: it has no channels.json')
  const root = list.name.slice(0, -'channels.json'.length)
  const read = async <T extends z.ZodType>(name: string, shape: T): Promise<z.infer<T> | null> => {
    const file = files.find((candidate) => candidate.name === `${root}${name}`)
    if (!file) return null
    const given = shape.safeParse(await file.read())
    if (!given.success) throw new ConnectorError('malformed', `${file.name} is not what an export has there`)
    return given.data
  }
  const open = (await read('channels.json', ExportedChannels)) ?? []
  // Agreed private channels, each by its name; direct messages by no name at all.
  const closed = settings.channels.length > 0 ? ((await read('groups.json', ExportedChannels)) ?? []) : []
  const wanted = (channel: Channel) => settings.channels.includes(channel.name) || settings.channels.includes(channel.id)
  const channels = settings.channels.length === 0 ? open : [...open, ...closed].filter(wanted)
  const missing = settings.channels.filter((name) => !channels.some((channel) => channel.name === name || channel.id === name))
  if (missing.length > 0)
    throw new ConnectorError(
      'refused',
      `The export has no channel ${missing.join(', ')}; it has ${open.map(({ name }) => name).join(', ')}`,
    )
  const users = (await read('users.json', ExportedUsers)) ?? []
  const id = settings.team ?? users.find(({ team_id }) => team_id)?.team_id
  if (!id) throw new ConnectorError('refused', 'The export does not say which workspace it is of: add --team T…, its id')
  const context: Context = {
    users: Object.fromEntries(users.map((user) => [user.id, userOf(user)])),
    channels: Object.fromEntries(open.map((channel) => [channel.id, channel.name])),
    emojis: {},
    optOut: settings.optOut,
  }
  return { root, channels, context, team: { id, name: settings.workspace ?? 'Slack', domain: settings.workspace ?? '' } }
}

/** The days of a channel, the first first. */
function daysOf(files: ExportFile[], root: string, { name }: Channel): ExportFile[] {
  const folder = `${root}${name}/`
  return files
    .filter((file) => file.name.startsWith(folder) && DAY_FILE.test(file.name.slice(folder.length)))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}
