import { get } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { saveBatch } from '#db/save-batch'
import { aBatch, aPost, heldSource } from '../support/post.ts'
import { startWeb } from '../support/web.ts'
import { say } from './measure.ts'
import { kilobytesOf } from './memory.ts'

const STREAMS = Number(process.env.STREAMS ?? 1000)
const ROUNDS = 20
const FILTERS = ['', '', '', '', '', '', '', '', '', '?platform=feed']

/**
 * A thousand open pages on one web process, from a post that is saved to the word of it on each connection, and what a
 * connection takes. A tenth of them look through a filter. STREAMS=1000 sets how many.
 */
export async function measureLive(databaseUrl: string, dataDir: string): Promise<void> {
  const web = await startWeb({ DATABASE_URL: databaseUrl, DATA_DIR: dataDir, LOG_LEVEL: 'warn' })
  const { source, holder } = await heldSource('bench live', { platform: 'feed', firstReadAt: new Date(0) })
  const arrivals: number[] = []
  let expected = ''
  // The process is warm, and what it needs once is not counted to the connections.
  for (let page = 0; page < 20; page++) await (await fetch(web.origin)).arrayBuffer()
  await open(web.origin, 50, () => {})
  await wait(2000)
  const before = kilobytesOf([web.child.pid ?? 0])
  const opened = await open(web.origin, STREAMS, (text) => {
    if (text.includes(expected)) arrivals.push(performance.now())
  })
  await wait(3000)
  const each = (kilobytesOf([web.child.pid ?? 0]) - before) / STREAMS
  say(`${STREAMS} open event streams, memory each (PSS)`, `${each.toFixed(1)} KB`, '< 40 KB')

  const taken: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    arrivals.length = 0
    expected = 'event: new'
    const post = aPost(`bench-live-${round}`, { publishedAt: new Date() })
    await saveBatch(source, holder, aBatch([post]), new Date())
    const savedAt = performance.now()
    while (arrivals.length < STREAMS && performance.now() - savedAt < 10_000) await wait(5)
    taken.push(...arrivals.map((at) => Math.max(0, at - savedAt)))
    if (arrivals.length < STREAMS) say('streams that were not told', String(STREAMS - arrivals.length), '≤ 0')
  }
  taken.sort((a, b) => a - b)
  const at = (share: number) => (taken[Math.floor(taken.length * share)] ?? Number.NaN).toFixed(0)
  say(`saved → told on ${STREAMS} event streams`, `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`, 'p99 < 1 s')
  opened()
  await web.stop()
}

/** Opens streams and resolves once each was answered; what it returns closes them. */
async function open(origin: string, count: number, hear: (text: string) => void): Promise<() => void> {
  const asked = Array.from({ length: count }, (_, index) => {
    const { promise, resolve, reject } = Promise.withResolvers<() => void>()
    const request = get(`${origin}/api/live${FILTERS[index % FILTERS.length]}`, { agent: false }, (response) => {
      response
        .setEncoding('utf8')
        .on('data', hear)
        .on('error', () => {})
      if (response.statusCode === 200) resolve(() => request.destroy())
      else reject(new Error(`a stream was answered with ${response.statusCode}`))
    })
    request.on('error', reject)
    return promise
  })
  const close = await Promise.all(asked)
  return () => {
    for (const one of close) one()
  }
}
