import { readFileSync, rmSync } from 'node:fs'
import autocannon from 'autocannon'
import { inviteAccount } from '#db/accounts'
import { HOST, startCommunity } from '../support/community.ts'
import { startWeb, type Web } from '../support/web.ts'
import { middle, milliseconds, say, timed, timedInTurns } from './measure.ts'

/** Whole answers over HTTP from the real web process, as a browser or a program gets them. */

const CONNECTIONS = 10
const SECONDS = Number(process.env.SECONDS ?? 8)
/** One of each kind, as addresses say it. */
const FILTERS = [
  ...['', 'platform=feed', 'platform=feed,mastodon', 'source=1', 'person=mastodon:mastodon:0', 'tag=hpc', 'flair=Question'],
  ...['reposts=none', 'reposts=only', 'platform=mastodon&tag=hpc'],
]
/** Limits are asked of kept pages, too: as many addresses as are needed to stay below them. */
const ADDRESSES = 4000

/**
 * Measures the web process on a database that is full already. `deep` is the place of page 10,000. Each figure of what
 * is kept stands beside what it was kept from, in one run.
 */
export async function measureServing(url: string, folder: string, deep: string): Promise<void> {
  const web = await startWeb({ DATABASE_URL: url, DATA_DIR: folder, LOG_LEVEL: 'warn' })
  try {
    await measureDepths(web, deep)
    await measureUncached(web)
  } finally {
    await web.stop()
  }
  await inviteAccount('bench@board.example', 'owner')
  const community = await startCommunity({ DATABASE_URL: url, TRUST_PROXY: '1', LOG_LEVEL: 'warn' })
  try {
    await measureKept(community)
  } finally {
    await community.stop()
    rmSync(community.dataDir, { recursive: true, force: true })
  }
}

/** Page 10,000 against page 1, through each kind of filter, in turns, so that whatever else the machine does falls on both. */
async function measureDepths(web: Web, deep: string): Promise<void> {
  const get = async (path: string) => {
    const response = await fetch(web.origin + path)
    if (!response.ok) throw new Error(`${path} answered ${response.status}`)
    return (await response.arrayBuffer()).byteLength
  }
  for (const filter of FILTERS) {
    await timed(20, () => get(`/?${filter}`))
    const [near, away] = await timedInTurns(
      60,
      () => get(`/?${filter}`),
      () => get(`/?${filter}&before=${deep}`),
    )
    const of = filter === '' ? 'page 1' : `page 1 of ${filter}`
    if (filter === '') say('page 1 as HTML over HTTP, one at a time', milliseconds(near), '≤ 15 ms p50')
    say(`page 10,000 against ${of}`, `${milliseconds(away)}, ${(middle(away) / middle(near)).toFixed(2)} ×`, '≤ 1.2 ×')
  }
}

/** In personal mode nothing is kept, and nobody is limited. */
async function measureUncached(web: Web): Promise<void> {
  const page = await load(web, { headers: { 'accept-encoding': 'br' } })
  say('page 1, not kept, 10 connections', rate(page), '≥ 110 requests/s')
  const data = await load(web, { headers: { 'accept-encoding': 'br' } }, '/api/posts')
  say('page 1 as JSON, not kept, 10 connections', rate(data), '≥ 400 requests/s')
}

async function measureKept(web: Web): Promise<void> {
  const asked = (headers: { [name: string]: string }) => ({
    requests: Array.from({ length: ADDRESSES }, (_, index) => ({
      headers: { host: HOST, 'x-forwarded-for': `10.0.${index >> 8}.${index & 255}`, ...headers },
    })),
  })
  // A cookie that nobody knows: the same page of the same process, made anew each time.
  const made = await load(web, asked({ 'accept-encoding': 'br', cookie: 'bench=1' }))
  say('page 1 of a community, not kept, 10 connections', rate(made), '≥ 110 requests/s')
  const kept = await load(web, asked({ 'accept-encoding': 'br' }))
  const times = (kept.requests.average / made.requests.average).toFixed(0)
  say('page 1 of a community, kept, 10 connections', `${rate(kept)}; ${times} × not kept`, '≥ 10,000 requests/s')
  const data = await load(web, asked({ 'accept-encoding': 'br' }), '/api/posts')
  say('page 1 as JSON of a community, kept, 10 connections', rate(data), '≥ 400 requests/s')
}

/**
 * Asks for SECONDS, after a moment in which the process gets warm.  Throws where anything but 200 came. The processor's time is that of the web process:
 * it says what an answer costs also where others are at work on the machine.
 */
async function load(web: Web, asked: Pick<autocannon.Options, 'headers' | 'requests'>, path = '/'): Promise<Loaded> {
  const options = { ...asked, url: web.origin + path, connections: CONNECTIONS }
  await autocannon({ ...options, duration: 2 })
  const before = processorSeconds(web)
  const result = await autocannon({ ...options, duration: SECONDS })
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} answers were none, and ${result.errors} failed`)
  return { ...result, processorMs: ((processorSeconds(web) - before) * 1000) / result.requests.total }
}

type Loaded = autocannon.Result & { processorMs: number }

function rate({ requests, latency, processorMs }: Loaded): string {
  const each = `${processorMs.toPrecision(2)} ms of processor each`
  return `${Math.round(requests.average).toLocaleString('en')} requests/s, p50 ${latency.p50} ms, p99 ${latency.p99} ms, ${each}`
}

/** What a process used until now, in the system's ticks of 10 ms (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html). */
function processorSeconds({ child }: Web): number {
  const [user = 0, system = 0] = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
    .slice(11, 13)
    .map(Number)
  return (user + system) / 100
}
