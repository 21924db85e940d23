import { z } from 'zod'
import type { Batch, Run } from '../contract.ts'
import { ConnectorError } from '../trouble.ts'
import { isLeftOut, speakerOf } from './consent.ts'
import { channelsOf, contextFor, lookUpTeam } from './directory.ts'
import { compareTs, isReply, type Message, messageOf, standingOf, timeOf, tsOf } from './message.ts'
import type { Channel, Context, Team } from './names.ts'
import { externalIdOf, parse } from './parse.ts'
import { type ChannelPlace, cursorOf, type Pass, type Place, placeOf } from './place.ts'
import type { Settings } from './settings.ts'
import { createWeb, NotThereError, type Web } from './web.ts'

/**
 * Reading channels over the Web API. A channel is read in passes, each from the newest message back to where it is
 * known, because that is how Slack gives pages; what a pass brings counts as seen whole only when it is through. Passes
 * are kept in the cursor, so that one goes on in the next run where a limit of Slack stopped it.
 */

/** Edits, reactions and deletions of the last hour are seen by every run … */
const OVERLAP_MS = 60 * 60_000
/** … and those of the last two weeks, with late replies to old threads, now and then. */
const WIDE_MS = 14 * 86_400_000
const WIDE_EVERY_MS = { normal: 30 * 60_000, slow: 24 * 60 * 60_000 }
/** Threads that somebody spoke in since are read again in a wide pass: replies are edited and deleted, too. */
const LIVELY_MS = 24 * 60 * 60_000

/** Slack's own advice for a page, and all that it gives to some apps since 2025. */
const PAGE = { normal: 200, slow: 15 }
/** Below the 50 a minute that Slack promises an internal app for each of the two methods (Tier 3); or one. */
const REQUESTS = { normal: 40, slow: 1 }
const SLOW_EVERY_SECONDS = 65
/** Refused after fewer requests than this, and it was not the 50 a minute. */
const FEW_REQUESTS = 10
/** The limit is tried again after a day: the app may have become an internal one. */
const SLOW_FOR_MS = 24 * 60 * 60_000
/** Clocks differ; what Slack dates a little later than we do is new as well. */
const SKEW_MS = 60_000
/** An answer without any of so many messages that were there is an odd answer rather than so many deletions. */
const ODD = 3

type Limited = 'history' | 'replies'
type Reading = {
  run: Run<Settings>
  web: Web
  place: Place
  team: Team
  startedAt: Date
  asked: { [method in Limited]: number }
  notices: string[]
}

/** Reads what the cursor has not seen, as far as Slack's limits let it, and returns. Throws ConnectorError. */
export async function* poll(run: Run<Settings>): AsyncGenerator<Batch, void, void> {
  const place = placeOf(run.cursor)
  const web = createWeb(run.settings, run)
  if (place.slowSince && Date.now() - Date.parse(place.slowSince) > SLOW_FOR_MS) place.slowSince = null
  try {
    const team = await lookUpTeam(place, run.settings, web)
    const { found, notices } = channelsOf(place, run.settings)
    if (found.length === 0) throw new ConnectorError('refused', `No channel of ${team.name} can be read: ${notices.join('; ')}`)
    const reading: Reading = { run, web, place, team, startedAt: new Date(), asked: { history: 0, replies: 0 }, notices }
    // Under the narrow limit there is one request for all channels, so that they take turns.
    const first = place.turn % found.length
    for (const channel of [...found.slice(first), ...found.slice(0, first)]) yield* readChannel(reading, channel, found.length)
    place.turn++
    const covered = coveredBy(place, found)
    yield { ...batchOf(reading), covered }
  } catch (error) {
    // What was learnt before Slack said "wait", such as that it does, is not to be asked for again.
    if (error instanceof ConnectorError && error.trouble === 'rate-limited') yield batchOf({ place, notices: [] })
    throw error
  }
}

/** A batch with nothing in it but where the source stands by now. */
function batchOf({ place, notices }: Pick<Reading, 'place' | 'notices'>): Batch {
  return {
    posts: [],
    deleted: [],
    authors: [],
    covered: null,
    unreadable: [],
    cursor: cursorOf(place),
    ...(place.slowSince && { everySeconds: SLOW_EVERY_SECONDS }),
    ...(notices.length > 0 && { notice: sentence(notices) }),
  }
}

function sentence(notices: string[]): string {
  const joined = notices.join('; ')
  return joined.charAt(0).toUpperCase() + joined.slice(1)
}

/** The span, new since it was last said, in which all channels were seen whole. */
function coveredBy(place: Place, found: Channel[]): Batch['covered'] {
  const channels = found.map(({ id }) => place.channels[id])
  const untils = channels.map((channel) => channel?.until ?? null)
  if (untils.some((until) => until === null)) return null
  const to = Math.min(...untils.map((until) => Date.parse(until ?? '')))
  const from = Math.max(Date.parse(place.until ?? '') || 0, ...channels.map((channel) => Date.parse(channel?.from ?? '')))
  if (to <= from) return null
  place.until = new Date(to).toISOString()
  return { from: new Date(from), to: new Date(to) }
}

async function* readChannel(reading: Reading, channel: Channel, channels: number): AsyncGenerator<Batch, void, void> {
  const { place, notices } = reading
  const at = channelPlace(reading, channel, channels)
  try {
    for (let kind = nextPass(reading, at, channels); kind && mayAsk(reading, 'history'); kind = nextPass(reading, at, channels)) {
      const pass = at[kind] ?? beginPass(reading, at, kind)
      at[kind] = pass
      yield await readPage(reading, channel, at, kind, pass)
    }
    while (at.threads.length > 0 && mayAsk(reading, 'replies')) yield await readThread(reading, channel, at)
  } catch (error) {
    if (!(error instanceof NotThereError)) throw error
    place.directory = null
    notices.push(error.said === 'not_in_channel' ? `the app is not in #${channel.name}: write /invite and its name there` : error.message)
  }
}

/** Where a channel stands; one that was left alone for longer than a first read goes back is begun anew. */
function channelPlace({ place, run }: Reading, { id, name }: Channel, channels: number): ChannelPlace {
  const before = place.channels[id]
  const { since, posts } = run.backfill
  if (before?.until && Date.parse(before.until) >= since.getTime()) return Object.assign(before, { name })
  if (before && !before.until) return before
  const begun = {
    ...{ name, since: tsOf(since), from: since.toISOString(), until: null, left: Math.ceil(posts / channels) },
    ...{ near: null, wide: null, wideAt: null, known: before?.known ?? {}, threads: before?.threads ?? [] },
  }
  place.channels[id] = begun
  return begun
}

function pace({ place }: Reading): 'normal' | 'slow' {
  return place.slowSince ? 'slow' : 'normal'
}

function mayAsk(reading: Reading, method: Limited): boolean {
  return reading.asked[method] < REQUESTS[pace(reading)]
}

/** What is to be read next of a channel; null: it is seen up to the beginning of this run. */
function nextPass(reading: Reading, at: ChannelPlace, channels: number): 'near' | 'wide' | null {
  const wideDue = at.wide !== null || Date.now() - Date.parse(at.wideAt ?? '1970-01-01') > WIDE_EVERY_MS[pace(reading)]
  // With one request a run, every other round is for what is older.
  const wideRound = reading.place.slowSince !== null && Math.floor(reading.place.turn / channels) % 2 === 1
  if (wideRound && wideDue && at.until && !at.near) return 'wide'
  if (at.near || !at.until || Date.parse(at.until) < reading.startedAt.getTime()) return 'near'
  return wideDue ? 'wide' : null
}

function beginPass({ startedAt }: Reading, at: ChannelPlace, kind: 'near' | 'wide'): Pass {
  const now = Date.now()
  const recent = at.until ? tsOf(new Date(Date.parse(at.until) - OVERLAP_MS)) : at.since
  const oldest = kind === 'wide' ? tsOf(new Date(now - WIDE_MS)) : compareTs(recent, at.since) > 0 ? recent : at.since
  return { oldest, below: tsOf(new Date(now + SKEW_MS)), began: new Date(Math.max(now, startedAt.getTime())).toISOString() }
}

/** Asks for what Slack limits, and learns from its answer whether this app is one of those that it limits most. */
async function limited<T extends { messages: unknown[]; has_more: boolean }>(
  reading: Reading,
  method: Limited,
  ask: (limit: number) => Promise<T>,
): Promise<T> {
  const limit = PAGE[pace(reading)]
  reading.asked[method]++
  try {
    const page = await ask(limit)
    if (page.has_more && page.messages.length <= PAGE.slow && limit > PAGE.slow) reading.place.slowSince ??= new Date().toISOString()
    return page
  } catch (error) {
    const soon = error instanceof ConnectorError && error.trouble === 'rate-limited' && reading.asked[method] < FEW_REQUESTS
    if (soon) reading.place.slowSince ??= new Date().toISOString()
    throw error
  }
}

async function readPage(reading: Reading, channel: Channel, at: ChannelPlace, kind: 'near' | 'wide', pass: Pass): Promise<Batch> {
  const { web, place } = reading
  const span = { oldest: pass.oldest, latest: pass.below }
  const page = await limited(reading, 'history', (limit) => web.history(channel.id, { ...span, limit }))
  const context = await contextFor(page.messages, place, web, reading.run.settings)
  const read = readMessages(page.messages, reading, channel, context, at.since)
  const tss = read.all.map(({ ts }) => ts).sort(compareTs)
  const lowest = page.has_more ? tss[0] : undefined
  const gone = goneFrom(Object.keys(at.known), tss, lowest ?? pass.oldest, pass.below)
  for (const ts of gone) {
    read.deleted.push(...[ts, ...(at.known[ts]?.seen ?? [])].map((one) => externalIdOf(reading.team, channel, one)))
    delete at.known[ts]
    at.threads = at.threads.filter((thread) => thread.ts !== ts)
  }
  for (const message of read.all) read.deleted.push(...noteThread(reading, channel, at, message, kind))
  const isFirst = kind === 'near' && at.until === null
  if (isFirst) at.left -= read.posts.length
  const isEnough = isFirst && at.left <= 0
  if (lowest && !isEnough) pass.below = lowest
  else endPass(at, kind, pass, isEnough ? lowest : undefined)
  return { ...batchOf(reading), ...pick(read) }
}

function endPass(at: ChannelPlace, kind: 'near' | 'wide', pass: Pass, cutOffAt: string | undefined): void {
  at[kind] = null
  if (kind === 'wide') at.wideAt = new Date().toISOString()
  else {
    if (cutOffAt) Object.assign(at, { from: timeOf(cutOffAt).toISOString(), since: cutOffAt })
    at.until = pass.began
  }
}

/** Which of the known are missing in an answer that was to hold all between two ends. */
function goneFrom(known: string[], found: string[], after: string, before: string): string[] {
  const expected = known.filter((ts) => compareTs(ts, after) > 0 && compareTs(ts, before) < 0)
  const present = new Set(found)
  const gone = expected.filter((ts) => !present.has(ts))
  return gone.length === expected.length && gone.length >= ODD ? [] : gone
}

/** Keeps what a top-level message says of its thread, and plans to read the thread if that changed. Returns what is gone. */
function noteThread(reading: Reading, channel: Channel, at: ChannelPlace, message: Message, kind: 'near' | 'wide'): string[] {
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
  const isLively = kind === 'wide' && !reading.place.slowSince && latest && Date.now() - timeOf(latest).getTime() < LIVELY_MS
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
async function readThread(reading: Reading, channel: Channel, at: ChannelPlace): Promise<Batch> {
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
  const gone = goneFrom(known.seen ?? [], tss, thread.after ?? thread.ts, highest ?? tsOf(new Date(Date.now() + SKEW_MS)))
  read.deleted.push(...gone.map((ts) => externalIdOf(reading.team, channel, ts)))
  const seen = [...new Set([...(known.seen ?? []), ...tss])].filter((ts) => !gone.includes(ts))
  at.known[thread.ts] = { ...known, seen: seen.sort(compareTs) }
  if (highest) thread.after = highest
  else at.threads.shift()
  return { ...batchOf(reading), ...pick(read) }
}

type Read = Pick<Batch, 'posts' | 'deleted' | 'unreadable'> & { all: Message[] }

function pick({ posts, deleted, unreadable }: Read): Pick<Batch, 'posts' | 'deleted' | 'unreadable'> {
  return { posts, deleted, unreadable }
}

/** Messages as posts, less what is not shown and what was said before `since`. */
export function readMessages(
  given: unknown[],
  { team }: { team: Team },
  channel: Channel,
  context: Context,
  since: string,
  root?: unknown,
): Read {
  const read: Read = { posts: [], deleted: [], unreadable: [], all: [] }
  for (const native of given) {
    const message = messageOf(native)
    if (!message.success) {
      read.unreadable.push(unreadable(native, message.error))
      continue
    }
    read.all.push(message.data)
    const standing = isLeftOut(speakerOf(message.data), context) ? 'gone' : standingOf(message.data)
    if (standing === 'gone') read.deleted.push(externalIdOf(team, channel, message.data.ts))
    if (standing !== 'shown' || compareTs(message.data.ts, since) < 0) continue
    try {
      read.posts.push(parse({ message: native, channel, team, root }, context))
    } catch (error) {
      read.unreadable.push(unreadable(native, error))
    }
  }
  return read
}

/** What members said among themselves is not kept for a look, only what it is made of. */
function unreadable(native: unknown, error: unknown): { payload: string; reason: string } {
  const kept = z.object({ ts: z.unknown(), type: z.unknown(), subtype: z.unknown() }).partial().safeParse(native).data
  const payload = JSON.stringify({ ...kept, has: native && typeof native === 'object' ? Object.keys(native) : typeof native })
  return { payload, reason: error instanceof Error ? error.message : String(error) }
}
