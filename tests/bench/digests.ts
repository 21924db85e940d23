import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { accountKeeps, accounts } from '#db/account-schema'
import { db } from '#db/client'
import { deliveries, subscriptions } from '#db/digest-schema'
import { mailFigures } from '#db/mail-figures'
import { saveBatch } from '#db/save-batch'
import { getTimeline, placeText } from '#db/timeline'
import { WORKER_OPTIONS } from '#lib/worker-options'
import { aBatch, ada, aPost, heldSource } from '../support/post.ts'
import { choiceOf, hasAccount, type Marked, origin, PEOPLE, PLATFORMS, readingOf } from './digest-choices.ts'
import type { Drawn } from './draw-digests.ts'
import { say } from './measure.ts'
import { mostKilobytesOf, processorSecondsOf } from './memory.ts'

const POSTS = 500
const DIGESTS = Number(process.env.DIGESTS ?? 10_000)
const WORKERS = Number(process.env.WORKERS ?? 1)
const DAY_MS = 86_400_000
const ROWS_AT_ONCE = 1000

/**
 * A day of 500 posts for 10,000 readers: each second with an account that has read something else, each mail with links of its own.
 * First drawn alone, then planned, drawn and sent to a relay on this machine by workers, from jobs, as they are in earnest.
 */
export async function measureDigests(): Promise<void> {
  const to = new Date()
  const from = new Date(to.getTime() - DAY_MS)
  await fillDay(from)
  const { entries } = await getTimeline({ role: 'anonymous' }, {})
  const newest = entries.map((entry) => ({ entry: String(entry.id), place: placeText(entry), source: String(entry.posts[0]?.sourceId) }))
  await measureDrawing(from, to, newest)
  await subscribe(from, newest)
  await measureSending()
}

async function fillDay(from: Date): Promise<void> {
  const held = await Promise.all(PLATFORMS.map((platform) => heldSource(`digest of ${platform}`, { platform, firstReadAt: new Date(0) })))
  for (let index = 0; index < POSTS; index++) {
    const one = held[index % held.length]
    const at = new Date(from.getTime() + (index + 1) * 160_000)
    const author = { ...ada, id: `id:${index % PEOPLE}`, name: `Person ${index % PEOPLE}` }
    const text = `Post ${index}: ${'the queue is long and the scratch is full. '.repeat(4)}`
    if (one) await saveBatch(one.source, one.holder, aBatch([aPost(`digest ${index}`, { text, author, publishedAt: at })]), at)
  }
}

async function measureDrawing(from: Date, to: Date, newest: Marked[]): Promise<void> {
  const child = begun('draw-digests.ts')
  child.send({ digests: DIGESTS, from, to, newest })
  const [drawn] = (await once(child, 'message')) as [Drawn]
  await once(child, 'exit')
  const { seconds, cpuSeconds, kilobytesEach, mostKilobytes } = drawn
  say(`digests of ${POSTS} posts, ${kilobytesEach.toFixed(0)} KB each`, `${Math.round(DIGESTS / seconds)}/s`, '≥ 200/s')
  say('digests by second of one processor', `${Math.round(DIGESTS / cpuSeconds)}/s`, '≥ 200/s')
  say('memory while they are drawn', `${Math.round(mostKilobytes / 1024)} MB`, '< 300 MB')
}

/** Everybody's digest was due a moment ago. */
async function subscribe(from: Date, newest: Marked[]): Promise<void> {
  const hour = new Date(Date.now() - 120_000).getUTCHours()
  const indexes = Array.from({ length: DIGESTS }, (_, index) => index)
  for (let at = 0; at < DIGESTS; at += ROWS_AT_ONCE) {
    const some = indexes.slice(at, at + ROWS_AT_ONCE)
    const signedIn = some.filter(hasAccount)
    await db()
      .insert(accounts)
      .values(signedIn.map((index) => ({ id: `reader ${index}`, email: `reader-${index}@example.org` })))
    await db()
      .insert(accountKeeps)
      .values(signedIn.map((index) => ({ accountId: `reader ${index}`, reading: readingOf(newest, index) })))
    await db()
      .insert(subscriptions)
      .values(
        some.map((index) => ({
          ...{ id: crypto.randomUUID(), token: crypto.randomUUID(), address: `reader-${index}@example.org` },
          ...{ accountId: hasAccount(index) ? `reader ${index}` : null, filter: choiceOf(index).filter },
          ...{ every: 'daily' as const, hour, zone: 'UTC', confirmedAt: from, sentThrough: from },
        })),
      )
  }
}

async function measureSending(): Promise<void> {
  const sink = begun('mail-sink.ts')
  const [port] = await once(sink, 'message')
  const relay = { SMTP_URL: `smtp://127.0.0.1:${port}`, MAIL_FROM: 'digest@example.org', MAIL_PER_SECOND: '1000' }
  const startedAt = performance.now()
  const workers = Array.from({ length: WORKERS }, () => begun('../support/digest-worker.ts', { ...relay, LEASE_MS: '150000' }))
  const seconds = await new Promise<number>((resolve) => {
    const looking = setInterval(async () => {
      if ((await db().$count(deliveries)) < DIGESTS || (await mailFigures(new Date())).open > 0) return
      clearInterval(looking)
      resolve((performance.now() - startedAt) / 1000)
    }, 500)
  })
  const { sent } = await mailFigures(new Date())
  const most = Math.max(...workers.map(({ pid = 0 }) => mostKilobytesOf(pid)))
  const processor = workers.reduce((sum, { pid = 0 }) => sum + processorSecondsOf(pid), 0)
  for (const child of [...workers, sink]) child.disconnect()
  say(`${sent} digests through a relay`, `${Math.round(seconds)} s`, `< ${(DIGESTS / 10_000) * 300} s`)
  say('digests sent by second of one processor', `${Math.round(sent / processor)}/s`, '≥ 33/s')
  say('memory of a worker that sends them', `${Math.round(most / 1024)} MB`, '< 300 MB')
}

/** A process of its own, as a worker is run. */
function begun(file: string, env: Record<string, string> = {}): ChildProcess {
  return fork(join(import.meta.dirname, file), {
    env: { ...process.env, NODE_ENV: 'production', MODE: 'community', PUBLIC_URL: origin, LOG_LEVEL: 'silent', ...env },
    execArgv: ['--disable-warning=ExperimentalWarning', ...WORKER_OPTIONS, ...(process.env.CHILD_OPTIONS ?? '').split(' ').filter(Boolean)],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}
