import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import autocannon from 'autocannon'
import { serveIrc } from '../support/irc-server.ts'
import { type Program, startProgram, temporaryFolder } from '../support/program.ts'
import { serve } from '../support/server.ts'
import { say } from './measure.ts'
import { kilobytesOf } from './memory.ts'

/** What the whole program takes in memory, as people run it: with nothing to do, under load, and over time. */

const FEEDS = 20
/** Of a feed, as feeds show them. */
const SHOWN = 30
const FRESH_A_MINUTE = 15
const STREAMS = 50
const PAGES_A_SECOND = 3
const PATHS = ['/', '/?platform=feed', '/?tag=hpc', '/sources', '/activity', '/search?q=lustre', '/status', '/api/posts', '/atom.xml']
/** What a program takes once it has begun: caches are filled, and code is compiled. */
const SETTLED = 0.15

/** Runs the program for `minutes`; memory is looked at every ten seconds. */
export async function measureMemory(minutes: number): Promise<void> {
  await measureIdle()
  const irc = await serveIrc()
  const items = Array.from({ length: FEEDS }, () => ({ from: 0, to: SHOWN }))
  const blogs = await serve({ '*': ({ url }) => feed(url.pathname, items[Number(url.pathname.slice(1))] ?? { from: 0, to: 0 }) })
  const folder = temporaryFolder()
  const sources = join(folder, 'sources.yaml')
  writeFileSync(
    sources,
    [
      ...items.map((_, nth) => `- feed: { url: "${blogs.origin}/${nth}", every: 1m, name: "Blog ${nth}" }`),
      `- irc: { server: 127.0.0.1, port: ${irc.port}, tls: false, channel: "#hpc", network: Test, nick: board, permission: { by: us, on: 2026-11-01 } }`,
    ].join('\n'),
  )
  const program = await startProgram({ env: { SOURCES: sources, TRUSTED_HOSTS: '127.0.0.1' } })
  const ending = new AbortController()
  try {
    const speaking = speak(irc, items, ending.signal)
    const reading = read(program.address, ending.signal)
    const samples: number[] = []
    for (const until = Date.now() + minutes * 60_000; Date.now() < until; await wait(10_000)) samples.push(megabytes(program))
    ending.abort()
    await Promise.all([speaking, reading])
    sayOverTime(samples.slice(Math.floor(samples.length * SETTLED)), minutes)
    await measureUnderLoad(program)
  } finally {
    ending.abort()
    await program.stop()
    await Promise.all([blogs.close(), irc.close()])
  }
}

async function measureIdle(): Promise<void> {
  const sources = join(temporaryFolder(), 'sources.yaml')
  writeFileSync(sources, '[]\n')
  const program = await startProgram({ env: { SOURCES: sources } })
  try {
    await (await fetch(program.address)).arrayBuffer()
    await wait(60_000)
    say('memory of the whole tree, idle, PSS', `${megabytes(program)} MB`, '≤ 450 MB')
  } finally {
    await program.stop()
  }
}

/** As many requests as it can answer, of all kinds. */
async function measureUnderLoad(program: Program): Promise<void> {
  let most = 0
  const loading = autocannon({ url: program.address, connections: 10, duration: 30, requests: PATHS.map((path) => ({ path })) })
  const looking = setInterval(() => {
    most = Math.max(most, megabytes(program))
  }, 2000)
  await loading
  clearInterval(looking)
  say('memory of the whole tree, under load, PSS at its peak', `${most} MB`, '≤ 900 MB')
}

function sayOverTime(samples: number[], minutes: number): void {
  const middleOf = (some: number[]) => some.toSorted((one, other) => one - other)[Math.floor(some.length / 2)] ?? Number.NaN
  const cut = (nth: number) => Math.round((nth * samples.length) / 5)
  const fifths = [0, 1, 2, 3, 4].map((nth) => middleOf(samples.slice(cut(nth), cut(nth + 1))))
  const growth = (100 * ((fifths.at(-1) ?? Number.NaN) - (fifths[0] ?? Number.NaN))) / (fifths[0] ?? Number.NaN)
  const all = `medians of its fifths ${fifths.join(', ')} MB, ${growth.toFixed(0)} %, at most ${Math.max(...samples)} MB`
  say(`memory while reading and being read, ${minutes} min`, all, 'flat, ≤ 900 MB')
}

/** New things in every feed each minute, and two lines of chat a second. */
async function speak(irc: Awaited<ReturnType<typeof serveIrc>>, items: { from: number; to: number }[], signal: AbortSignal): Promise<void> {
  for (let second = 0; !signal.aborted; second++) {
    for (const line of [1, 2]) irc.say(`nick${second % 40}`, `Line ${second}.${line}: the lustre mount is ${second % 7} minutes behind`)
    if (second % (60 / FRESH_A_MINUTE) === 0)
      for (const item of items) {
        item.to++
        item.from = Math.max(0, item.to - SHOWN)
      }
    await wait(1000)
  }
}

/** Open pages, and people who look around. */
async function read(address: string, signal: AbortSignal): Promise<void> {
  const streams = Array.from({ length: STREAMS }, async () => {
    const { body } = await fetch(`${address}api/live`, { signal })
    for await (const _ of body ?? []);
  })
  // They end when they are cut.
  for (const stream of streams) stream.catch(() => {})
  for (let nth = 0; !signal.aborted; nth++) {
    const asked = fetch(new URL(PATHS[nth % PATHS.length] ?? '/', address)).then((response) => response.arrayBuffer())
    await Promise.all([asked, wait(1000 / PAGES_A_SECOND)])
  }
}

function feed(path: string, { from, to }: { from: number; to: number }) {
  const item = (nth: number) =>
    `<item><guid isPermaLink="false">soak${path}-${nth}</guid><title>Item ${nth} of blog ${path.slice(1)}</title><category>hpc</category>
    <link>https://blog.example/${path}/${nth}</link><description>${`What happened to node ${nth} of rack ${path.slice(1)}. `.repeat(8)}</description></item>`
  const body = Array.from({ length: to - from }, (_, index) => item(to - 1 - index)).join('')
  return {
    headers: { 'content-type': 'application/rss+xml' },
    body: `<rss version="2.0"><channel><title>Blog ${path.slice(1)}</title><link>https://blog.example${path}</link>${body}</channel></rss>`,
  }
}

/** Of the program and all that it has begun. */
function megabytes({ pid }: Program): number {
  const children = Map.groupBy(
    readdirSync('/proc').filter((name) => /^\d+$/.test(name)),
    parentOf,
  )
  const below = (root: number): number[] => [root, ...(children.get(root) ?? []).flatMap((child) => below(Number(child)))]
  return Math.round(
    below(pid).reduce((sum, one) => {
      try {
        return sum + kilobytesOf([one])
      } catch {
        // It ended meanwhile: Postgres' helpers come and go.
        return sum
      }
    }, 0) / 1024,
  )
}

function parentOf(pid: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1])
  } catch {
    return 0
  }
}
