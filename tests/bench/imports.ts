import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packed, zipOf } from '../support/zip.ts'

/** Archives of a size as people have them, and `npm run import` on them: how fast, and in how much memory. */

const PEOPLE = 300
const CHANNELS = ['general', 'storage', 'jobs', 'containers', 'schedulers', 'random']
const BEGAN = Date.UTC(2026, 0, 5) / 1000
const DAY_SECONDS = 86_400
const MESSAGES_A_DAY = 400
const WORDS = 'slurm lustre checkpoint fabric scheduler GPU node MPI queue storage cooling benchmark'.split(' ')

export type Measured = { messagesPerSecond: number; peakMegabytes: number; processorSeconds: number; said: string }

/** An export of Slack with that many messages: rich text, a third of it in threads, some links and reactions. */
export function slackExport(messages: number, folder: string): string[] {
  const users = Array.from({ length: PEOPLE }, (_, id) => ({
    ...{ id: `U${id}`, team_id: `T${messages}`, name: `user${id}`, deleted: false, is_bot: false },
    profile: { display_name: `Person ${id}`, real_name: `Person ${id} Example`, image_72: `https://avatars.example/${id}.png` },
  }))
  const files: { [name: string]: object[] } = { 'channels.json': CHANNELS.map((name, id) => ({ id: `C${id}`, name })), 'users.json': users }
  for (let number = 0; number < messages; number++) {
    const { day, seconds } = momentOf(number)
    const ts = `${BEGAN + day * DAY_SECONDS + seconds}.${String(number % 1_000_000).padStart(6, '0')}`
    const name = `${CHANNELS[Math.floor(number / 12) % CHANNELS.length]}/${dateOf(day)}.json`
    const list = files[name] ?? []
    files[name] = list
    list.push(messageOf(number, ts, list.findLast((message) => 'reply_count' in message) as { ts: string; user: string } | undefined))
  }
  const path = join(folder, `export-${messages}.zip`)
  writeFileSync(path, zipOf(packed(files)))
  return ['slack', path, '--workspace', 'hpc-example', '--keep', '36500']
}

function messageOf(number: number, ts: string, root: { ts: string; user: string } | undefined): object {
  const user = `U${(number * 7) % PEOPLE}`
  const text = sentence(number)
  const link = number % 9 === 0 ? [{ type: 'link', url: `https://docs.example/${number}`, text: 'the docs' }] : []
  const elements = [{ type: 'rich_text_section', elements: [{ type: 'text', text }, ...link] }]
  const answers = number % 3 === 0 && root
  return {
    ...{ type: 'message', user, ts, text, client_msg_id: `id-${number}`, team: 'T0EXAMPLE' },
    blocks: [{ type: 'rich_text', block_id: `b${number}`, elements }],
    ...(number % 10 === 1 && { reply_count: 4, thread_ts: ts }),
    ...(answers && { thread_ts: root.ts, parent_user_id: root.user }),
    ...(number % 12 === 0 && { reactions: [{ name: '+1', count: 2, users: ['U1', 'U2'] }] }),
  }
}

/** A log of WeeChat with that many lines, a third of them to somebody by name. */
export function ircLog(lines: number, folder: string): string[] {
  const path = join(folder, `log-${lines}.weechatlog`)
  const told = Array.from({ length: lines }, (_, number) => {
    const { day, seconds } = momentOf(number)
    const time = new Date((BEGAN + day * DAY_SECONDS + seconds) * 1000).toISOString().slice(0, 19).replace('T', ' ')
    const to = number % 3 === 0 ? `nick${(number * 7 - 7 + PEOPLE) % PEOPLE}: ` : ''
    return `${time}\tnick${(number * 7) % PEOPLE}\t${to}${sentence(number)}\n`
  })
  writeFileSync(path, told.join(''))
  return ['irc', path, '--channel', `#hpc-${lines}`, '--network', 'libera', '--format', 'weechat', '--zone', 'UTC']
}

/** Bursts through the day, and silence after each. */
function momentOf(number: number): { day: number; seconds: number } {
  const day = Math.floor(number / MESSAGES_A_DAY)
  const within = number % MESSAGES_A_DAY
  return { day, seconds: Math.floor(within / 40) * 8000 + (within % 40) * 35 }
}

function dateOf(day: number): string {
  return new Date((BEGAN + day * DAY_SECONDS) * 1000).toISOString().slice(0, 10)
}

function sentence(number: number): string {
  return Array.from({ length: 6 + (number % 17) }, (_, at) => WORDS[(number * 7 + at * 5 + (number >> (at % 8))) % WORDS.length]).join(' ')
}

/** V8 takes what memory a machine has before it clears up; held to this much, a process shows what it needs. */
const HEAP = '--max-old-space-size=256'

/** Runs the import as a person does, and looks at its memory while it lasts. */
export async function measureImport(words: string[], databaseUrl: string, dataDir: string): Promise<Measured> {
  const child = spawn(process.execPath, [HEAP, join(import.meta.dirname, '../../lib/commands/import.ts'), 'import', ...words], {
    env: { ...process.env, NODE_ENV: 'production', DATABASE_URL: databaseUrl, DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data))
  let [peakMegabytes, processorSeconds] = [0, 0]
  const look = setInterval(() => {
    peakMegabytes = Math.max(peakMegabytes, peakOf(child.pid ?? 0))
    processorSeconds = Math.max(processorSeconds, processorSecondsOf(child.pid ?? 0))
  }, 50)
  const code = await new Promise((resolve) => child.on('close', resolve))
  clearInterval(look)
  if (code !== 0) throw new Error(said)
  // The rate of the reading itself, as the bar tells it at the end: a start takes its second whatever the size.
  const messagesPerSecond = Number(/\| (\d+)\/s \|[^|]*$/.exec(said)?.[1] ?? Number.NaN)
  return { messagesPerSecond, peakMegabytes, processorSeconds, said }
}

/** User and system time of a process so far, in hundredths (https://docs.kernel.org/filesystems/proc.html); 0 once it has ended. */
function processorSecondsOf(pid: number): number {
  try {
    const [, user = 0, system = 0] = /\) (?:\S+ ){11}(\d+) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
    return (Number(user) + Number(system)) / 100
  } catch {
    return 0
  }
}

/** The most memory that a process has had in RAM (https://docs.kernel.org/filesystems/proc.html); 0 once it has ended. */
function peakOf(pid: number): number {
  try {
    return Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024)
  } catch {
    return 0
  }
}
