import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import postgres from 'postgres'
import { inviteAccount } from '#db/accounts'
import { db } from '#db/client'
import { migrate } from '#db/migrate'
import { saveBatch } from '#db/save-batch'
import { writeSection } from '../bench/results.ts'
import { HOST, PUBLIC_URL } from '../support/community.ts'
import { subscribed } from '../support/digest.ts'
import { aBatch, aPost, heldSource } from '../support/post.ts'
import { temporaryFolder } from '../support/program.ts'
import { randomNumbers } from '../support/random-numbers.ts'
import { serveSmtp } from '../support/smtp-server.ts'
import { get } from '../support/web.ts'
import { startCluster } from './cluster.ts'
import { disturb } from './disturbances.ts'
import { canSkewClocks, keep } from './processes.ts'
import { read, type Span } from './readers.ts'
import { digestsHold, gapsTold, missing, orderHolds, postsHold, type Row, readersHold, streamsHold } from './verdict.ts'
import { startWorld } from './world.ts'

// `npm run test:chaos`: the program as many processes on this machine, disturbed for CHAOS_MINUTES (15) by a schedule that
// CHAOS_SEED gives, and what must hold afterwards. Ends with 1 where something does not. Over 150 lines with its cast.

const MINUTES = Number(process.env.CHAOS_MINUTES ?? 15)
const SEED = Number(process.env.CHAOS_SEED ?? 8)
const WORKERS = 4
const WEBS = 3
/** After the last disturbance at most: a mail whose worker was killed is sent again once its lease is over, or after ten minutes. */
const CALM_MS = 13 * 60_000
const DAY_MS = 86_400_000

const folder = temporaryFolder()
const begunAt = new Date()
console.log(
  `Chaos for ${MINUTES} min with seed ${SEED}; load ${loadavg()[0]?.toFixed(1)}${canSkewClocks ? '' : '; no clock is skewed: libfaketime is not installed'}`,
)

const cluster = await startCluster(folder)
const world = await startWorld(randomNumbers(SEED))
const relay = await serveSmtp()
const own = await cluster.address()
process.env.DATABASE_URL = own.url
await migrate(db())
await inviteAccount('olga@board.example', 'owner')
await somethingToSend()
const away: Span[] = []
const probing = new AbortController()
const probe = notePresence((await cluster.address()).url)

const sources = join(folder, 'sources.yaml')
writeFileSync(sources, world.declared)
const env = (name: string, url: string) => {
  mkdirSync(join(folder, name))
  return {
    ...{ DATABASE_URL: url, DATA_DIR: join(folder, name), SOURCES: sources, TRUSTED_HOSTS: '127.0.0.1', PORT: '0', TIME_ZONE: 'UTC' },
    ...{ MODE: 'community', PUBLIC_URL, TRUST_PROXY: '1', AUTH_SECRET: 'of-the-chaos-test-and-of-nobody-else', MEDIA_PROXY: 'off' },
    ...{ SMTP_URL: relay.url, MAIL_FROM: 'digest@example.org', LOG_LEVEL: 'warn', OPENBLAS_NUM_THREADS: '1' },
  }
}
const started = (kind: 'web' | 'worker', count: number) =>
  Promise.all(
    Array.from({ length: count }, async (_, nth) => {
      const { url, relay: way } = await cluster.address()
      const replica: { [name: string]: string } =
        kind === 'web' && nth + 1 === WEBS ? { DATABASE_REPLICA_URL: await cluster.replicaUrl() } : {}
      return keep(kind, nth + 1, way, { ...env(`${kind}-${nth + 1}`, url), ...replica })
    }),
  )
const webs = await started('web', WEBS)
const workers = await started('worker', WORKERS)
for (const from = Date.now(); webs.some((web) => web.port() === null); await delay(200))
  if (Date.now() - from > 120_000) throw new Error(`No web came up: ${webs.map((web) => web.errors().slice(-3)).join('\n')}`)
world.begin()
for (const from = Date.now(); world.channels.some(({ irc }) => irc.present() === 0); await delay(200))
  if (Date.now() - from > 60_000) throw new Error(`No worker listens: ${workers.map((worker) => worker.errors().slice(-3)).join('\n')}`)

// The last web asks the standby, too; whoever reads there has a cookie, so that no page of theirs is a kept one.
const headers = (nth: number) => ({
  ...{ host: HOST, 'x-forwarded-for': `198.51.100.${nth + 1}` },
  ...(nth + 1 === WEBS && { cookie: 'reads=the-standby' }),
})
// The first page of each takes long while all processes begin.
for (let time = 0; time < 3; time++) await Promise.all(webs.map((web, nth) => get(web.port() ?? 0, '/', headers(nth))))

const reading = new AbortController()
const readings = webs.map((web, nth) => read(web, headers(nth), reading.signal))
const subscribers: string[] = []
const disturbing = new AbortController()
const end = setTimeout(() => disturbing.abort(), MINUTES * 60_000)
const subscribing = subscribeNowAndThen()
const disturbances = await disturb({
  cluster,
  workers,
  webs,
  random: randomNumbers(SEED + 1),
  killing: randomNumbers(SEED + 2),
  signal: disturbing.signal,
})
clearTimeout(end)
await subscribing
console.log(`${new Date().toISOString()} calm`)
world.calm()
// “Read it now”: what was not understood is tried again once an hour only, because a person has to look.
await cluster.ask('update sources set hurried_at = now() where failures > 0')
const settled = async () =>
  (await missing(world)) === 0 &&
  world.channels.every(({ irc }) => irc.present() === 1) &&
  subscribers.every((one) => relay.received.some(({ to }) => to === one))
for (const from = Date.now(); Date.now() - from < CALM_MS && !(await settled()); ) await delay(1000)
const calmAt = Date.now()
// Before the workers are stopped.
const streams = world.channels.map(({ channel, presence }) => ({ channel, presence: [...presence] }))
const lookedUp = await cluster.lookedUpOnStandby()
reading.abort()
const seen = await Promise.all(readings)
const stopped = await Promise.all([...workers, ...webs].map(async (one) => ({ name: one.name, code: await one.stop() })))
probing.abort()
await probe

const rows: Row[] = [
  ...(await postsHold(world.seeds)),
  await orderHolds(),
  await gapsTold(begunAt),
  streamsHold(streams, away, calmAt),
  digestsHold(subscribers, relay.seen),
  ...readersHold(seen, away, disturbances),
  {
    what: `the standby answers readers of web ${WEBS}`,
    found: `posts were looked up there ${lookedUp} times since it began`,
    holds: lookedUp > 0,
  },
  {
    what: 'each process stops when asked',
    // By the signal itself where it had only just begun.
    found:
      stopped
        .filter(({ code }) => code !== 0)
        .map(({ name, code }) => `${name}: ${code}`)
        .join(', ') || 'all, with 0',
    holds: stopped.every(({ code }) => code === 0 || code === 'SIGTERM'),
  },
]
const kinds = [...Map.groupBy(disturbances, ({ what }) => what)].map(([what, some]) => `${what} × ${some.length}`).sort()
const awayMs = away.reduce((sum, { from, to }) => sum + to - from, 0)
const text = [
  `${begunAt.toISOString().slice(0, 10)}, ${MINUTES} min, seed ${SEED}, load ${loadavg()[0]?.toFixed(1)} on ${navigator.hardwareConcurrency} cores; ${WORKERS} workers, ${WEBS} webs, a primary and a synchronous standby, which web ${WEBS} reads from. The database was away for ${Math.round(awayMs / 1000)} s in ${away.length} stretches.`,
  `Disturbances: ${kinds.join(', ')}.`,
  '',
  '| what must hold | found | |',
  '| --- | --- | --- |',
  ...rows.map(({ what, found, holds }) => `| ${what} | ${found} | ${holds ? 'holds' : '**does not hold**'} |`),
].join('\n')
console.log(`\n${text}\n`)
writeFileSync(join(folder, 'errors.log'), [...workers, ...webs].map((one) => `== ${one.name}\n${one.errors().join('')}`).join('\n'))
const held = rows.every(({ holds }) => holds)
if (process.env.CHAOS_WRITE !== '0') writeSection('Chaos', text)
await db().$client.end({ timeout: 1 })
await Promise.all([cluster.stop(), world.stop(), relay.close()])
if (held) rmSync(folder, { recursive: true, force: true })
else console.log(`What the processes and the databases said is in ${folder}.`)
process.exit(held ? 0 : 1)

/** Notes when nobody can connect and write. */
async function notePresence(url: string): Promise<void> {
  let [goodAt, since]: [number, number | null] = [Date.now(), null]
  for (; !probing.signal.aborted; await delay(300)) {
    const from = Date.now()
    const client = postgres(url, { max: 1, fetch_types: false, connect_timeout: 2, onnotice: () => {} })
    const answer = await Promise.race([
      client`update chaos_probe set at = now()`.then(() => true).catch(() => false),
      delay(1500, false, { ref: false }),
    ])
    client.end({ timeout: 0 }).catch(() => {})
    if (!answer) since ??= goodAt
    else {
      if (since !== null) away.push({ from: since, to: from })
      since = null
      goodAt = from
    }
  }
}

/** A post of yesterday, which every digest that is due now tells of; and where the presence of the database is noted. */
async function somethingToSend(): Promise<void> {
  await cluster.ask('create table chaos_probe (at timestamptz); insert into chaos_probe values (now())')
  const said = new Date(Date.now() - DAY_MS / 2)
  const { source, holder } = await heldSource('Sky', { platform: 'bluesky', firstReadAt: new Date(Date.now() - 5 * DAY_MS) })
  await saveBatch(source, holder, aBatch([aPost('one', { publishedAt: said })]), said)
  await cluster.ask('update sources set paused_at = now()')
}

/** Readers whose digest of this hour is due the moment they are there. */
async function subscribeNowAndThen(): Promise<void> {
  for (let nth = 0; !disturbing.signal.aborted; nth++) {
    const address = `reader-${nth}@example.org`
    const hour = new Date(Date.now() - 120_000).getUTCHours()
    await subscribed(address, new Date(Date.now() - DAY_MS), { hour })
      .then(() => subscribers.push(address))
      .catch(() => {})
    await delay(3000, undefined, { signal: disturbing.signal }).catch(() => {})
  }
}
