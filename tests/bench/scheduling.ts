import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { connect } from '#db/client'
import { startPostgres } from '#lib/postgres/postgres'
import { type Program, startProgram } from '../support/program.ts'
import { milliseconds, say, timedInTurns } from './measure.ts'
import { familySecondsOf } from './memory.ts'

/**
 * `node tests/bench/scheduling.ts`: a thousand sources on one machine. The real program reads a thousand feeds from 250
 * hosts, which are addresses of this machine; they answer as blogs do, mostly that nothing is new. What each host saw says
 * how even the schedule is and how polite; what the processes took, what it costs. MINUTES=12 sets how long, SOURCES=1000
 * how many, PACE=5 divides every interval, for a look in a hurry: then it is as much work as five times as many sources.
 */

const SOURCES = Number(process.env.SOURCES ?? 1000)
const HOSTS = Math.ceil(SOURCES / 4)
const MINUTES = Number(process.env.MINUTES ?? 12)
const PACE = Number(process.env.PACE ?? 1)
/** Of twenty sources so many: most are blogs that are asked every five minutes. */
const INTERVALS = [60, 60, 900, ...Array.from({ length: 17 }, () => 300)].map((seconds) => seconds / PACE)
/** A blog's answer comes from elsewhere: longer than from this machine, or no two would ever meet. */
const ANSWER_MS = { least: 20, most: 180 }
const NEW_POST_SECONDS = 1800
const PAGES = 60

/** A request as its host saw it, in milliseconds of the same clock. `known`: it brought a validator, so it was no first read. */
type Seen = { host: number; source: number; known: boolean; from: number; to: number }

/** Also a program of its own; `minutes` of it, with the first reading of all. */
export async function measureScheduling(minutes = MINUTES): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'backplane-bench-'))
  chmodSync(folder, 0o755)
  const postgres = await startPostgres(folder)
  const blogs = await serveBlogs()
  const file = join(folder, 'sources.yaml')
  writeFileSync(file, sourcesFile(blogs.port))
  const hosts = Array.from({ length: HOSTS }, (_, host) => addressOf(host)).join(',')
  const env = { DATABASE_URL: postgres.url, DATA_DIR: folder, SOURCES: file, TRUSTED_HOSTS: hosts, LOG_LEVEL: 'error' }
  const startedAt = performance.now()
  const program = await startProgram({ env })
  try {
    while (blogs.firstReads() < SOURCES) await wait(1000)
    const readAt = performance.now()
    say(`${SOURCES.toLocaleString('en')} sources read for the first time`, `${((readAt - startedAt) / 1000).toFixed(0)} s`, '')
    const polled = blogs.seen.length
    const costs = processes(program, folder)
    await wait(Math.max(10_000, minutes * 60_000 - (readAt - startedAt)))
    const seconds = (performance.now() - readAt) / 1000
    sayEvenness(blogs.seen, readAt)
    sayPoliteness(blogs.seen)
    say('polls a second', ((blogs.seen.length - polled) / seconds).toFixed(1), '')
    sayCosts(costs(), seconds)
    await sayLatency(postgres.url)
    await sayPages(program)
  } finally {
    await program.stop()
    await blogs.close()
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function addressOf(host: number): string {
  return `127.7.${host >> 8}.${(host & 255) + 1}`
}

function everySecondsOf(source: number): number {
  return INTERVALS[source % INTERVALS.length] ?? 300
}

function sourcesFile(port: number): string {
  const line = (_: unknown, source: number) =>
    `- feed: { url: "http://${addressOf(source % HOSTS)}:${port}/${source}.xml", every: ${everySecondsOf(source)}s }\n`
  return Array.from({ length: SOURCES }, line).join('')
}

/** One server at all the addresses of the made-up hosts. */
async function serveBlogs() {
  const seen: Seen[] = []
  const madeAt = Date.now()
  const server = createServer(async (request, response) => {
    const from = performance.now()
    const source = Number(/(\d+)\.xml/.exec(request.url ?? '')?.[1])
    const known = request.headers['if-none-match'] !== undefined
    const one: Seen = { host: source % HOSTS, source, known, from, to: Number.POSITIVE_INFINITY }
    seen.push(one)
    // Blogs have something new at times of their own.
    const turn = (source / SOURCES) * NEW_POST_SECONDS * 1000
    const newest = Math.floor((Date.now() - madeAt + turn) / (NEW_POST_SECONDS * 1000))
    await wait(ANSWER_MS.least + Math.random() * (ANSWER_MS.most - ANSWER_MS.least))
    one.to = performance.now()
    const etag = `"${newest}"`
    if (request.headers['if-none-match'] === etag) return void response.writeHead(304, { etag }).end()
    response
      .writeHead(200, { etag, 'content-type': 'application/rss+xml' })
      .end(feedOf(source, newest, (nth) => new Date(madeAt - turn + nth * NEW_POST_SECONDS * 1000)))
  })
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  const { port } = server.address() as AddressInfo
  const firstReads = () => new Set(seen.filter(({ to }) => to < Number.POSITIVE_INFINITY).map(({ source }) => source)).size
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { seen, port, firstReads, close }
}

function feedOf(source: number, newest: number, saidAt: (nth: number) => Date): string {
  const items = Array.from({ length: 10 }, (_, back) => newest - back).map(
    (nth) =>
      `<item><guid isPermaLink="false">${source}-${nth}</guid><title>Notes ${nth} of cluster ${source}</title><link>http://${addressOf(source % HOSTS)}/${source}/${nth}</link><pubDate>${saidAt(nth).toUTCString()}</pubDate><description>${'The queue is long and the scratch is full. '.repeat(8)}</description></item>`,
  )
  return `<?xml version="1.0"?><rss version="2.0"><channel><title>Cluster ${source}</title><link>http://${addressOf(source % HOSTS)}/${source}</link><description>-</description>${items.join('')}</channel></rss>`
}

/** How far the time between two polls of a source is from its interval, in percent of that: all, and once every source was read. */
function sayEvenness(seen: Seen[], readAt: number): void {
  const all: { off: number; settled: boolean }[] = []
  for (const [source, requests] of Map.groupBy(seen, ({ source }) => source)) {
    const every = everySecondsOf(source) * 1000
    // To find a feed takes a request of its own: the last one before a validator was known is the first poll.
    const polls = requests.slice(Math.max(0, requests.findIndex(({ known }) => known) - 1))
    if (!polls.some(({ known }) => known)) continue
    for (const [nth, poll] of polls.entries()) {
      const before = polls[nth - 1]
      if (before) all.push({ off: Math.abs(100 * (poll.from - before.from - every)) / every, settled: before.from > readAt })
    }
  }
  for (const [when, some] of [
    ['', all],
    [', once all were read', all.filter(({ settled }) => settled)],
  ] as const) {
    const sizes = some.map(({ off }) => off).sort((a, b) => a - b)
    const within = sizes.filter((size) => size <= 10).length
    const at = (share: number) => sizes[Math.min(sizes.length - 1, Math.floor(sizes.length * share))]?.toFixed(1)
    const figures = `${((100 * within) / sizes.length).toFixed(2)} % of ${sizes.length}; off p50 ${at(0.5)} %, p99 ${at(0.99)} %, most ${at(1)} %`
    say(`polls within 10 % of the interval${when}`, figures, '100 %')
  }
}

function sayPoliteness(seen: Seen[]): void {
  let most = 0
  for (const requests of Map.groupBy(seen, ({ host }) => host).values()) {
    const turns = requests.flatMap(({ from, to }) => [
      { at: from, by: 1 },
      { at: to, by: -1 },
    ])
    turns.sort((one, other) => one.at - other.at || one.by - other.by)
    let atOnce = 0
    for (const { by } of turns) {
      atOnce += by
      most = Math.max(most, atOnce)
    }
  }
  say('requests at once on one host, at most', String(most), '1')
}

type Costs = { web: number; worker: number; main: number; postgres: number }

/** Begins to count what the processes of the program and its database take; returns what gives their seconds of processor since. */
function processes(program: Program, folder: string): () => Costs {
  const take = (): Costs => {
    const all = { web: 0, worker: 0, main: 0, postgres: 0 }
    for (const pid of readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)) {
      const part = partOf(pid, program.pid, folder)
      if (part) all[part] += familySecondsOf(pid)
    }
    return all
  }
  const before = take()
  return () => {
    const now = take()
    const { web, worker, main, postgres } = before
    return { web: now.web - web, worker: now.worker - worker, main: now.main - main, postgres: now.postgres - postgres }
  }
}

/** What a process is to the program; null for one that is not its. */
function partOf(pid: number, main: number, folder: string): keyof Costs | null {
  try {
    if (readlinkSync(`/proc/${pid}/cwd`).startsWith(folder)) return 'postgres'
    if (pid === main) return 'main'
    if (Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) !== main) return null
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('web.ts') ? 'web' : 'worker'
  } catch {
    // It ended meanwhile.
    return null
  }
}

function sayCosts({ web, worker, main, postgres }: Costs, seconds: number): void {
  const share = (taken: number) => `${((100 * taken) / seconds).toFixed(1)} %`
  const sum = web + worker + main + postgres
  say('processor while nobody reads, of two cores', `${((50 * sum) / seconds).toFixed(1)} % (of one ${share(sum)})`, '< 25 %')
  say('of one core: worker, Postgres, web, main', [worker, postgres, web, main].map(share).join(', '), '')
}

/** From the time that a post carries to the time at which it was stored, of what was said after its source's first read. */
async function sayLatency(url: string): Promise<void> {
  const database = connect(url, { max: 1 })
  const rows = await database.$client<{ seconds: number }[]>`
    select extract(epoch from p.first_seen_at - p.published_at)::float as seconds from posts p join sources s on s.id = p.source_id
    where p.published_at > s.first_read_at order by 1`
  await database.$client.end({ timeout: 1 })
  const at = (share: number) => Math.round(rows[Math.floor(rows.length * share)]?.seconds ?? Number.NaN)
  say(`published → stored, ${rows.length} new posts`, `p50 ${at(0.5)} s, p99 ${at(0.99)} s`, 'within the interval')
}

/** The pages that tell how a thousand sources fare, in turns; and what they take of the web process's processor. */
async function sayPages(program: Program): Promise<void> {
  const entered = await fetch(`${program.address}?key=${program.key}`, { redirect: 'manual' })
  const cookie = entered.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ')
  const web = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => partOf(pid, program.pid, '/nowhere') === 'web')
  for (const path of ['/sources', '/status']) {
    let bytes = 0
    const get = async (headers: { [name: string]: string }) => {
      const response = await fetch(new URL(path, program.address), { headers })
      if (!response.ok) throw new Error(`${path} answered ${response.status}`)
      bytes = (await response.arrayBuffer()).byteLength
    }
    await timedInTurns(
      10,
      () => get({ cookie }),
      () => get({}),
    )
    const before = familySecondsOf(web ?? 0)
    const [owner, anonymous] = await timedInTurns(
      PAGES,
      () => get({ cookie }),
      () => get({}),
    )
    const each = ((familySecondsOf(web ?? 0) - before) * 1000) / (2 * PAGES)
    say(`${path} of ${SOURCES.toLocaleString('en')} sources, for its owner`, milliseconds(owner), '< 50 ms p50')
    say(`${path}, for who is not signed in`, milliseconds(anonymous), '< 50 ms p50')
    say('the same, processor of the web process each', `${each.toFixed(0)} ms, ${Math.round(bytes / 1024)} KB`, '')
  }
}

if (process.argv[1] === import.meta.filename) await measureScheduling()
