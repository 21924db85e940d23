import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { changeReading } from '#db/account-keeps'
import { accounts } from '#db/account-schema'
import { db } from '#db/client'
import { subscriptions } from '#db/digest-schema'
import { saveBatch } from '#db/save-batch'
import { getTimeline, placeText } from '#db/timeline'
import { readConfig } from '#lib/config'
import { deliver } from '#lib/digest/digest-delivery'
import * as form from '#lib/digest/digest-html'
import { digestPress } from '#lib/digest/digest-press'
import { planDeliveries } from '#lib/digest/digest-queue'
import { mailer } from '#lib/digest/mail'
import { begin, emptyState, markRead, type ReaderState } from '#lib/reading/reader-state'
import { aBatch, ada, aPost, heldSource } from '../support/post.ts'
import { say } from './measure.ts'

const POSTS = 500
const DIGESTS = Number(process.env.DIGESTS ?? 10_000)
const PLATFORMS = ['bluesky', 'mastodon', 'feed', 'reddit']
const ZONES = ['UTC', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe']
const PEOPLE = 60
const AT_ONCE = 40
const origin = 'https://board.example.org'

/**
 * A day of 500 posts for 10,000 readers: 240 different choices of people and platforms in four zones, each second reader with an
 * account that has read something else, each mail with links of its own. First drawn alone, then also sent, to a relay on this
 * machine, through all that a worker does but its queue.
 */
export async function measureDigests(): Promise<void> {
  const to = new Date()
  const from = new Date(to.getTime() - 86_400_000)
  const held = await Promise.all(PLATFORMS.map((platform) => heldSource(`digest of ${platform}`, { platform, firstReadAt: new Date(0) })))
  for (let index = 0; index < POSTS; index++) {
    const one = held[index % held.length]
    const at = new Date(from.getTime() + (index + 1) * 160_000)
    const author = { ...ada, id: `id:${index % PEOPLE}`, name: `Person ${index % PEOPLE}` }
    const text = `Post ${index}: ${'the queue is long and the scratch is full. '.repeat(4)}`
    if (one) await saveBatch(one.source, one.holder, aBatch([aPost(`digest ${index}`, { text, author, publishedAt: at })]), at)
  }
  const { entries } = await getTimeline({ role: 'anonymous' }, {})
  const newest = entries.map((entry) => ({ entry: String(entry.id), place: placeText(entry), source: String(entry.posts[0]?.sourceId) }))
  const readingOf = (index: number): ReaderState => {
    const [one, other] = [newest[index % newest.length], newest[(index * 7) % newest.length]]
    const begun = begin(emptyState, '0-0', 1)
    return one && other ? markRead(markRead(begun, one), other) : begun
  }
  await measureDrawing({ from, to, readingOf })
  await measureSending({ from, readingOf })
}

function choiceOf(index: number) {
  const platform = PLATFORMS[index % PLATFORMS.length] ?? ''
  const people = [`${platform}:id:${index % PEOPLE}`, `${platform}:id:${(index * 7) % PEOPLE}`]
  return { filter: index % 2 === 0 ? {} : { people }, zone: ZONES[(index >> 3) % ZONES.length] ?? 'UTC' }
}

type Readings = { from: Date; readingOf(index: number): ReaderState }

async function measureDrawing({ from, to, readingOf }: Readings & { to: Date }): Promise<void> {
  const press = digestPress(origin, form)
  const startedAt = performance.now()
  const cpuAt = process.cpuUsage()
  let bytes = 0
  let most = 0
  for (let index = 0; index < DIGESTS; index++) {
    const reader = index % 4 < 2 ? { reading: readingOf(index), mutes: [] } : null
    const order = { role: 'anonymous' as const, from, to, ...choiceOf(index), word: null, chosen: '', notes: [], reader }
    const drawn = await press.draw(order, to)
    const foot = [
      { words: `This goes to reader-${index}@example.org.` },
      { words: 'Unsubscribe', href: `${origin}/unsubscribe?t=${index}` },
    ]
    bytes += drawn.html(foot).length + drawn.text(foot).length
    most = Math.max(most, process.memoryUsage().rss)
  }
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(cpuAt)
  say(`digests of ${POSTS} posts, ${(bytes / DIGESTS / 1024).toFixed(0)} KB each`, `${Math.round(DIGESTS / seconds)}/s`, '≥ 200/s')
  say('digests by second of one processor', `${Math.round(DIGESTS / ((user + system) / 1e6))}/s`, '≥ 200/s')
  say('memory while they are drawn', `${Math.round(most / 1_048_576)} MB`, '< 300 MB')
}

async function measureSending({ from, readingOf }: Readings): Promise<void> {
  const hour = new Date(Date.now() - 120_000).getUTCHours()
  for (let index = 0; index < DIGESTS; index++) {
    const { filter } = choiceOf(index)
    const account = index % 4 < 2 ? `reader ${index}` : null
    const address = `reader-${index}@example.org`
    if (account) {
      await db().insert(accounts).values({ id: account, email: address })
      await changeReading(account, () => readingOf(index))
    }
    const when = { every: 'daily' as const, hour, zone: 'UTC', confirmedAt: from, sentThrough: from }
    await db()
      .insert(subscriptions)
      .values({ id: crypto.randomUUID(), token: crypto.randomUUID(), address, accountId: account, filter, ...when })
  }
  const sink = fork(join(import.meta.dirname, 'mail-sink.ts'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const [port] = await once(sink, 'message')
  const env = {
    NODE_ENV: 'production' as const,
    MODE: 'community',
    PUBLIC_URL: origin,
    MAIL_FROM: 'digest@example.org',
    MAIL_PER_SECOND: '1000',
  }
  const config = readConfig({ ...env, SMTP_URL: `smtp://127.0.0.1:${port}`, DATABASE_URL: process.env.DATABASE_URL })
  const mails = mailer(config)
  if (!mails) throw new Error('No mailer')
  const post = { config, press: digestPress(origin, form), mails, origin }
  const startedAt = performance.now()
  const due = await planDeliveries(new Date())
  const outcomes = new Map<string, number>()
  let most = 0
  for (let index = 0; index < due.length; index += AT_ONCE) {
    for (const outcome of await Promise.all(due.slice(index, index + AT_ONCE).map((key) => deliver(key, post))))
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    most = Math.max(most, process.memoryUsage().rss)
  }
  const seconds = (performance.now() - startedAt) / 1000
  mails.close()
  sink.kill()
  say(`${outcomes.get('done') ?? 0} digests through a relay`, `${Math.round(seconds)} s`, `< ${(DIGESTS / 10_000) * 300} s`)
  say('memory while they are sent', `${Math.round(most / 1_048_576)} MB`, '< 300 MB')
}
