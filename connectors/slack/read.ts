import type { Batch, Run } from '../contract.ts'
import { nowOf } from '../now-of.ts'
import { ConnectorError } from '../trouble.ts'
import { channelsOf, contextFor, lookUpTeam } from './directory.ts'
import { goneFrom } from './gone.ts'
import { compareTs, timeOf, tsOf } from './message.ts'
import type { Channel } from './names.ts'
import { externalIdOf } from './parse.ts'
import { type ChannelPlace, type Pass, type Place, placeOf } from './place.ts'
import { pick, readMessages } from './read-messages.ts'
import { noteThread, readThread } from './read-thread.ts'
import { batchOf, limited, mayAsk, pace, type Reading, SKEW_MS } from './reading.ts'
import type { Settings } from './settings.ts'
import { createWeb, NotThereError } from './web.ts'

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

/** The limit is tried again after a day: the app may have become an internal one. */
const SLOW_FOR_MS = 24 * 60 * 60_000
/** Reads what the cursor has not seen, as far as Slack's limits let it, and returns. Throws ConnectorError. */
export async function* poll(run: Run<Settings>): AsyncGenerator<Batch, void, void> {
  const place = placeOf(run.cursor)
  const web = createWeb(run.settings, run)
  if (place.slowSince && nowOf(run).getTime() - Date.parse(place.slowSince) > SLOW_FOR_MS) place.slowSince = null
  try {
    const team = await lookUpTeam(place, run.settings, web)
    const { found, notices } = channelsOf(place, run.settings)
    if (found.length === 0) throw new ConnectorError('refused', `No channel of ${team.name} can be read: ${notices.join('; ')}`)
    const reading: Reading = { run, web, place, team, startedAt: nowOf(run), asked: { history: 0, replies: 0 }, notices }
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

/** What is to be read next of a channel; null: it is seen up to the beginning of this run. */
function nextPass(reading: Reading, at: ChannelPlace, channels: number): 'near' | 'wide' | null {
  const wideDue = at.wide !== null || nowOf(reading.run).getTime() - Date.parse(at.wideAt ?? '1970-01-01') > WIDE_EVERY_MS[pace(reading)]
  // With one request a run, every other round is for what is older.
  const wideRound = reading.place.slowSince !== null && Math.floor(reading.place.turn / channels) % 2 === 1
  if (wideRound && wideDue && at.until && !at.near) return 'wide'
  if (at.near || !at.until || Date.parse(at.until) < reading.startedAt.getTime()) return 'near'
  return wideDue ? 'wide' : null
}

function beginPass({ run, startedAt }: Reading, at: ChannelPlace, kind: 'near' | 'wide'): Pass {
  const now = nowOf(run).getTime()
  const recent = at.until ? tsOf(new Date(Date.parse(at.until) - OVERLAP_MS)) : at.since
  const oldest = kind === 'wide' ? tsOf(new Date(now - WIDE_MS)) : compareTs(recent, at.since) > 0 ? recent : at.since
  return { oldest, below: tsOf(new Date(now + SKEW_MS)), began: new Date(Math.max(now, startedAt.getTime())).toISOString() }
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
  else endPass(reading, at, kind, pass, isEnough ? lowest : undefined)
  return { ...batchOf(reading), ...pick(read) }
}

function endPass({ run }: Reading, at: ChannelPlace, kind: 'near' | 'wide', pass: Pass, cutOffAt: string | undefined): void {
  at[kind] = null
  if (kind === 'wide') at.wideAt = nowOf(run).toISOString()
  else {
    if (cutOffAt) Object.assign(at, { from: timeOf(cutOffAt).toISOString(), since: cutOffAt })
    at.until = pass.began
  }
}
