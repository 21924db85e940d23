import type { Batch } from '../contract.ts'
import { nowOf } from '../now-of.ts'
import { contextFor } from './directory.ts'
import { goneFrom } from './gone.ts'
import { compareTs, isReply, type Message, messageOf, standingOf, timeOf, tsOf } from './message.ts'
import type { Channel } from './names.ts'
import { externalIdOf } from './parse.ts'
import type { ChannelPlace } from './place.ts'
import { pick, readMessages } from './read-messages.ts'
import { batchOf, limited, type Reading, SKEW_MS } from './reading.ts'
import { NotThereError, type Web } from './web.ts'

/** Threads that somebody spoke in since are read again in a wide pass: replies are edited and deleted, too. */
const LIVELY_MS = 24 * 60 * 60_000

/** Keeps what a top-level message says of its thread, and plans to read the thread if that changed. Returns what is gone. */
export function noteThread(reading: Reading, channel: Channel, at: ChannelPlace, message: Message, kind: 'near' | 'wide'): string[] {
  const { ts, latest_reply: latest } = message
  const standing = standingOf(message)
  const replies = message.reply_count ?? 0
  const before = at.known[ts]
  if (standing === 'hidden' && replies === 0) return []
  at.known[ts] = { replies, latest, seen: before?.seen }
  if (isReply(message)) return []
  if (replies === 0) {
    at.known[ts] = { replies, latest }
    return (before?.seen ?? []).map((reply) => externalIdOf(reading.team, channel, reply))
  }
  const changed = !before || before.latest !== latest || before.replies !== replies
  const isLively =
    kind === 'wide' && !reading.place.slowSince && latest && nowOf(reading.run).getTime() - timeOf(latest).getTime() < LIVELY_MS
  const isNew = !latest || compareTs(latest, at.since) > 0
  if ((changed || isLively) && isNew && !at.threads.some((thread) => thread.ts === ts)) {
    const grew = before?.latest && replies > before.replies
    // Of a thread that began before the first read, only what came since.
    const start = compareTs(ts, at.since) < 0 ? at.since : null
    at.threads.push({ ts, after: grew && reading.place.slowSince ? (before.latest ?? start) : start })
  }
  return []
}

/** The next page of the first thread in line. */
export async function readThread(reading: Reading, channel: Channel, at: ChannelPlace): Promise<Batch> {
  const { web, place } = reading
  const [thread] = at.threads
  if (!thread) return batchOf(reading)
  let page: Awaited<ReturnType<Web['replies']>>
  try {
    page = await limited(reading, 'replies', (limit) => web.replies(channel.id, thread.ts, { oldest: thread.after ?? undefined, limit }))
  } catch (error) {
    // The thread went between two requests; a pass finds its root gone.
    if (!(error instanceof NotThereError) || error.said === 'not_in_channel') throw error
    at.threads.shift()
    return batchOf(reading)
  }
  const context = await contextFor(page.messages, place, web, reading.run.settings)
  const isRoot = (given: unknown) => messageOf(given).data?.ts === thread.ts
  const root = page.messages.find(isRoot)
  const read = readMessages(
    page.messages.filter((given) => !isRoot(given)),
    reading,
    channel,
    context,
    at.since,
    root,
  )
  const tss = read.all.map(({ ts }) => ts).sort(compareTs)
  const highest = page.has_more ? tss.at(-1) : undefined
  const known = at.known[thread.ts] ?? { replies: tss.length, latest: tss.at(-1) }
  const gone = goneFrom(known.seen ?? [], tss, thread.after ?? thread.ts, highest ?? tsOf(new Date(nowOf(reading.run).getTime() + SKEW_MS)))
  read.deleted.push(...gone.map((ts) => externalIdOf(reading.team, channel, ts)))
  const seen = [...new Set([...(known.seen ?? []), ...tss])].filter((ts) => !gone.includes(ts))
  at.known[thread.ts] = { ...known, seen: seen.sort(compareTs) }
  if (highest) thread.after = highest
  else at.threads.shift()
  return { ...batchOf(reading), ...pick(read) }
}
