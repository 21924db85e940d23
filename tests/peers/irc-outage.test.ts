import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createHttp } from '#connectors/http'
import { beat } from '#db/heartbeats'
import { declareSources, sourcesToRead } from '#db/sources'
import { getTimeline } from '#db/timeline'
import { ingest, type Reach } from '#lib/collecting/ingest'
import { parseSourcesFile } from '#lib/sources/sources-file'
import { testDatabase } from '#tests/support/database'
import { ircPeers, ircPeersAreHere } from '#tests/support/irc-peers'
import { GET as getGaps } from '../../app/api/gaps/route.ts'

/** Two minutes without a server, in real time: what the database and the API say of it, during it and afterwards. */

const OUTAGE_MS = 120_000
const SOON = { timeout: 20_000, interval: 100 }
const LATER = { timeout: 150_000, interval: 250 }
/** Times are right within this. */
const WITHIN_MS = 4000

testDatabase()

type Told = { from: string; to: string; open: boolean; sources: string[]; reason: string | null; tries: number; off: boolean }

/** What GET /api/gaps answers, of one source. */
async function gapsOf(name: string): Promise<Told[]> {
  const response = await getGaps(new Request('http://127.0.0.1/api/gaps'))
  const { gaps }: { gaps: Told[] } = await response.json()
  return gaps.filter(({ sources }) => sources.includes(name))
}

const about = (time: string | undefined, when: number) => expect(Math.abs(Date.parse(time ?? '') - when)).toBeLessThan(WITHIN_MS)

/** A way to a port of this machine that can be cut and mended. */
async function wayTo(port: number) {
  const sockets = new Set<Socket>()
  let server: Server | null = null
  let own = 0
  const mend = async () => {
    server = createServer((near) => {
      const far = connect(port, '127.0.0.1')
      for (const socket of [near, far]) {
        sockets.add(socket)
        socket.on('error', () => {}).on('close', () => sockets.delete(socket))
      }
      near.pipe(far).pipe(near)
    }).listen(own, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    own = address !== null && typeof address === 'object' ? address.port : own
  }
  const cut = () => {
    server?.close()
    for (const socket of sockets) socket.destroy()
  }
  await mend()
  return { port: own, mend, cut }
}

describe.skipIf(!ircPeersAreHere)('an outage of two minutes', () => {
  let peers: ReturnType<typeof ircPeers>
  let way: Awaited<ReturnType<typeof wayTo>>
  let beating: NodeJS.Timeout
  const stop = new AbortController()
  const reading: Promise<unknown>[] = []
  const since = new Date()
  const worker = randomUUID()

  beforeAll(async () => {
    peers = ircPeers()
    await peers.start('inspircd')
    // So that the channel stays the same while readers come and go.
    await peers.speaker('founder')
    await peers.start('znc')
    way = await wayTo(16690)
    vi.stubEnv('ZNC_TEST_PASSWORD', 'alice/inspircd:hunter2x')
    const permission = 'permission: { by: the operators, on: 2026-11-22 }'
    const { sources, problems } = parseSourcesFile(`
- irc: { name: direct, server: 127.0.0.1, port: 16667, tls: false, channel: "#hpc", nick: logger, network: direct, ${permission} }
- irc: { name: bouncer, server: 127.0.0.1, port: ${way.port}, tls: false, channel: "#hpc", nick: logger, network: bouncer, password: env:ZNC_TEST_PASSWORD, ${permission} }
`)
    expect(problems).toEqual([])
    await declareSources(sources, new Date())
    await beat(worker, 'worker', since, new Date())
    beating = setInterval(() => beat(worker, 'worker', since, new Date()), 5000)
    const http = createHttp({ userAgent: 'Backplane/test (tests; contact nobody@example.org)', trustedHosts: ['127.0.0.1'] })
    const reach: Reach = { http, signal: stop.signal }
    for (const { id } of await sourcesToRead()) reading.push(ingest(id, reach))
    await live('direct')
    // ZNC takes its time to come into the channel.
    await live('bouncer', LATER)
  }, LATER.timeout)
  afterAll(async () => {
    stop.abort()
    await Promise.all(reading)
    clearInterval(beating)
    way?.cut()
    await peers?.close()
    vi.unstubAllEnvs()
  })

  const live = (name: string, wait = SOON) =>
    vi.waitFor(async () => {
      const source = (await sourcesToRead()).find((one) => one.name === name)
      expect(source).toMatchObject({ mode: 'live', modeReason: null })
      expect(source?.firstReadAt).not.toBeNull()
    }, wait)

  const texts = async (network: string) => {
    const { entries } = await getTimeline({ role: 'anonymous' }, { limit: 50 })
    return entries
      .flatMap(({ posts }) => posts)
      .filter(({ externalId }) => externalId.startsWith(`${network}/`))
      .sort((one, other) => one.sortAt.getTime() - other.sortAt.getTime())
      .map(({ text, recovered }) => (recovered ? `${text} (recovered)` : text))
  }

  /** Somebody says it, whoever is there. */
  async function say(text: string): Promise<void> {
    const speaker = await peers.speaker(`ada${Date.now() % 1000}`)
    speaker.say('#hpc', text)
  }

  test('of the server is a gap with its reason already while it lasts, and its times are right; back within 30 s', {
    timeout: 420_000,
  }, async () => {
    await say('before')
    for (const name of ['direct', 'bouncer']) await vi.waitFor(async () => expect(await texts(name)).toEqual(['before']), SOON)
    const killedAt = Date.now()
    await peers.stop('inspircd')
    await delay(OUTAGE_MS - 15_000)
    for (const name of ['direct', 'bouncer']) {
      const [gap, ...others] = await gapsOf(name)
      expect(others).toEqual([])
      expect(gap).toMatchObject({ open: true, off: false })
      about(gap?.from, killedAt)
    }
    expect((await gapsOf('direct'))[0]).toMatchObject({ reason: expect.stringMatching(/not connected|bouncer/), tries: expect.any(Number) })
    await delay(killedAt + OUTAGE_MS - Date.now())
    const startedAt = Date.now()
    await peers.start('inspircd')
    await live('direct', { timeout: 30_000, interval: 100 })
    const backAt = Date.now()
    expect(backAt - startedAt).toBeLessThan(30_000)
    await live('bouncer', LATER)
    const bouncerBackAt = Date.now()
    await say('after')
    for (const name of ['direct', 'bouncer']) {
      await vi.waitFor(async () => expect(await texts(name)).toEqual(['before', 'after']), SOON)
      await vi.waitFor(async () => expect((await gapsOf(name)).map(({ open }) => open)).toEqual([false]), {
        timeout: 45_000,
        interval: 500,
      })
      const [gap] = await gapsOf(name)
      about(gap?.from, killedAt)
      // Holes with one cause are one row, which ends when the last is back.
      about(gap?.to, Math.max(backAt, bouncerBackAt))
    }
  })

  test('of the way to a bouncer is filled from what it kept, and gone', { timeout: 300_000 }, async () => {
    const known = (await gapsOf('bouncer')).length
    const cutAt = Date.now()
    way.cut()
    await say('meanwhile')
    await delay(OUTAGE_MS - 15_000)
    const [newest] = await gapsOf('bouncer')
    expect(newest).toMatchObject({ open: true, reason: expect.stringContaining('not connected') })
    expect(newest?.tries).toBeGreaterThan(3)
    about(newest?.from, cutAt)
    await delay(cutAt + OUTAGE_MS - Date.now())
    await way.mend()
    await live('bouncer', { timeout: 30_000, interval: 100 })
    await say('now')
    await vi.waitFor(async () => expect(await texts('bouncer')).toEqual(['before', 'after', 'meanwhile (recovered)', 'now']), SOON)
    expect(await gapsOf('bouncer')).toHaveLength(known)
  })
})
