import { z } from 'zod'
import type { Batch, Cursor } from '../contract.ts'
import { emptyBatch } from '../empty-batch.ts'
import { ConnectorError } from '../trouble.ts'
import { channelsOf, contextFor } from './directory.ts'
import { isReply, Message, messageOf, Ts } from './message.ts'
import type { Channel } from './names.ts'
import { externalIdOf } from './parse.ts'
import { cursorOf, placeOf } from './place.ts'
import { readMessages } from './read-messages.ts'
import type { Settings } from './settings.ts'
import type { Web } from './web.ts'

/** An event as Slack sends it, of a public channel. https://docs.slack.dev/reference/events */
export type SlackEvent = { type: string }

const Said = z.looseObject({
  type: z.literal('message'),
  channel: z.string(),
  subtype: z.string().nullish(),
  message: z.unknown().optional(),
  deleted_ts: Ts.optional(),
})
const Reacted = z.object({
  type: z.enum(['reaction_added', 'reaction_removed']),
  item: z.object({ type: z.literal('message'), channel: z.string(), ts: Ts }),
})

/** Messages that are asked for again, in one batch at most: the limit is for all, and a pass finds the rest. */
const MOST_ASKED = 20
const MOST_ROOTS = 200

export type Following = {
  settings: Settings
  web: Web
  /** What threads hang on, by thread, as far as they were seen. */
  roots: Map<string, unknown>
  /** Epoch milliseconds at which the connection stood. */
  openedAt: number
  /** What time it is. */
  now: Date
}

/** What some events mean, in their order. */
export async function batchOfEvents(events: SlackEvent[], cursor: Cursor | null, following: Following): Promise<Batch> {
  const place = placeOf(cursor)
  const team = place.team ?? { id: '', name: '', domain: '' }
  const { found } = channelsOf(place, following.settings)
  const batch: Batch = emptyBatch(cursor)
  /** What is there now, by externalId; `ask`: the event does not tell all of it. */
  const said = new Map<string, { message: unknown; channel: Channel; ts: string; ask: boolean }>()
  const deleted = new Set<string>()
  for (const event of events) {
    const change = changeOf(event)
    const channel = found.find(({ id }) => id === change?.channel)
    if (!change || !channel) continue
    const key = externalIdOf(team, channel, change.ts)
    const known = place.channels[channel.id]?.known
    if (change.kind === 'deleted') {
      said.delete(key)
      deleted.add(key)
      if (known) delete known[change.ts]
    } else if (!deleted.has(key)) {
      const before = said.get(key)
      said.set(key, {
        message: change.message ?? before?.message,
        channel,
        ts: change.ts,
        ask: change.kind !== 'said' || (before?.ask ?? false),
      })
      const message = messageOf(change.message).data
      if (known && change.kind === 'said' && message && !isReply(message)) known[change.ts] ??= { replies: 0 }
    }
  }
  let asked = 0
  const mayAsk = () => !place.slowSince && asked++ < MOST_ASKED
  for (const { message, channel, ts, ask } of said.values()) {
    const now = ask && mayAsk() ? await present(following.web, channel, ts) : null
    const given = now?.message ?? message
    if (!given) continue
    const root = now?.root ?? (await rootOf(given, channel, following, mayAsk))
    const context = await contextFor(root ? [given, root] : [given], place, following.web, following.settings)
    const read = readMessages([given], { team }, channel, context, place.channels[channel.id]?.since ?? '0.0', root)
    batch.posts.push(...read.posts)
    batch.unreadable.push(...read.unreadable)
    for (const gone of read.deleted) deleted.add(gone)
  }
  const whole = found.every(({ id }) => {
    const at = place.channels[id]
    return at?.until && !at.near && Date.parse(at.until) >= following.openedAt
  })
  if (whole && place.until) {
    const { now } = following
    batch.covered = { from: new Date(place.until), to: now }
    place.until = now.toISOString()
  }
  return { ...batch, deleted: [...deleted], cursor: cursorOf(place) }
}

type Change = { channel: string; ts: string } & (
  | { kind: 'said' | 'changed'; message: unknown }
  | { kind: 'reacted'; message: null }
  | { kind: 'deleted' }
)

/** What an event says about which message; null: nothing that concerns a reader. */
function changeOf(event: SlackEvent): Change | null {
  const reacted = Reacted.safeParse(event).data
  if (reacted) return { kind: 'reacted', channel: reacted.item.channel, ts: reacted.item.ts, message: null }
  const said = Said.safeParse(event).data
  if (!said) return null
  const { channel, subtype } = said
  if (subtype === 'message_deleted') return said.deleted_ts ? { kind: 'deleted', channel, ts: said.deleted_ts } : null
  // A changed message has its own time within; the event's is that of the change. Also sent where a link's page was
  // found: whether it was edited, the message says itself.
  const message = subtype === 'message_changed' ? said.message : said
  const ts = messageOf(message).data?.ts
  return ts ? { kind: subtype === 'message_changed' ? 'changed' : 'said', channel, ts, message } : null
}

/** A message as it is now: what an event tells of a change lacks reactions or all else. null: not to be had. */
async function present(web: Web, channel: Channel, ts: string): Promise<{ message: unknown; root: unknown } | null> {
  try {
    const { messages } = await web.message(channel.id, ts)
    const find = (wanted: string | null | undefined) => messages.find((given) => messageOf(given).data?.ts === wanted)
    const message = find(ts)
    return message ? { message, root: find(Message.parse(message).thread_ts) } : null
  } catch (error) {
    // The next pass brings it.
    if (error instanceof ConnectorError) return null
    throw error
  }
}

/** What the thread of a reply hangs on; asked for once. */
async function rootOf(given: unknown, channel: Channel, { web, roots }: Following, mayAsk: () => boolean): Promise<unknown> {
  const message = messageOf(given).data
  if (!message) return undefined
  const key = `${channel.id}/${message.thread_ts ?? message.ts}`
  if (!isReply(message)) roots.set(key, given)
  else if (!roots.has(key) && mayAsk()) roots.set(key, (await present(web, channel, message.thread_ts ?? ''))?.message)
  for (const oldest of [...roots.keys()].slice(0, Math.max(0, roots.size - MOST_ROOTS))) roots.delete(oldest)
  return isReply(message) ? roots.get(key) : undefined
}
