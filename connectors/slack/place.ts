import { z } from 'zod'
import type { Cursor } from '../contract.ts'
import { compareTs, Ts } from './message.ts'

/** Where a source stands: its cursor. Times of Slack are strings throughout. */

/** A reading of a channel's history from the newest message back to `oldest`, page by page, perhaps over several runs. */
const Pass = z.object({
  /** All after this is read; left out itself. */
  oldest: Ts,
  /** All from here on was read; the next page is what is before. */
  below: Ts,
  /** ISO 8601: when the pass began, up to which it is whole. */
  began: z.string(),
})

/** A top-level message that was seen; of one with a thread, what its thread was like. */
const Known = z.object({ replies: z.number().default(0), latest: Ts.nullish(), seen: z.array(Ts).optional() })

const ChannelPlace = z.object({
  name: z.string(),
  /** What was said before this is not read, but for threads that go on. */
  since: Ts,
  /** ISO 8601: what came from then … */
  from: z.string(),
  /** … to then was seen whole; null until the first pass is through. */
  until: z.string().nullable(),
  /** How many messages a first pass may still bring. */
  left: z.number(),
  near: Pass.nullable(),
  wide: Pass.nullable(),
  /** ISO 8601: when the last wide pass was through. */
  wideAt: z.string().nullable(),
  known: z.record(z.string(), Known),
  /** Threads to be read, and after which reply; null: from their first. */
  threads: z.array(z.object({ ts: Ts, after: Ts.nullable() })),
})

const User = z.object({ name: z.string(), account: z.string(), avatar: z.string().nullable(), badges: z.array(z.string()) })

const PlaceOfCursor = z.object({
  team: z.object({ id: z.string(), name: z.string(), domain: z.string() }).nullable(),
  /** Public channels, as of then; `mine`: this app is a member. */
  directory: z.object({ at: z.string(), channels: z.array(z.object({ id: z.string(), name: z.string(), mine: z.boolean() })) }).nullable(),
  /** People by id, those met last at the end, with the day on which they were asked for; null: nobody knows them. */
  users: z.record(z.string(), z.object({ on: z.string(), user: User.nullable() })),
  /** Own emoji that were met; null: there is none of that name. */
  emojis: z.record(z.string(), z.object({ on: z.string(), value: z.string().nullable() })),
  channels: z.record(z.string(), ChannelPlace),
  /** ISO 8601: since when Slack gives this app one request a minute and 15 messages. */
  slowSince: z.string().nullable(),
  /** Runs so far: under that limit channels take turns. */
  turn: z.number(),
  /** ISO 8601: up to then all channels were seen whole, and it was said in a batch. */
  until: z.string().nullable(),
})

export type Pass = z.infer<typeof Pass>
export type ChannelPlace = z.infer<typeof ChannelPlace>
export type Place = z.infer<typeof PlaceOfCursor>

/** Kept small enough to be written with each batch. */
const MOST_KNOWN = 500
const MOST_REPLIES = 200
const MOST_PEOPLE = 300
const MOST_EMOJIS = 200

export function placeOf(cursor: Cursor | null): Place {
  const read = PlaceOfCursor.safeParse(cursor)
  if (read.success) return structuredClone(read.data)
  return { team: null, directory: null, users: {}, emojis: {}, channels: {}, slowSince: null, turn: 0, until: null }
}

/** The cursor as of now: later changes to the place do not reach it. */
export function cursorOf(place: Place): Cursor {
  const channels = Object.entries(place.channels).map(([id, channel]) => [id, { ...channel, known: newestKnown(channel.known) }])
  return structuredClone({
    ...place,
    users: lastOf(place.users, MOST_PEOPLE),
    emojis: lastOf(place.emojis, MOST_EMOJIS),
    channels: Object.fromEntries(channels),
  })
}

/** Threads apart from the rest: one that was forgotten would be read again as if it were new. */
function newestKnown(known: ChannelPlace['known']): ChannelPlace['known'] {
  const newest = Object.entries(known).sort(([a], [b]) => compareTs(b, a))
  const threads = newest.filter(([, { replies }]) => replies > 0).slice(0, MOST_KNOWN)
  const alone = newest.filter(([, { replies }]) => replies === 0).slice(0, MOST_KNOWN)
  const kept = [...threads, ...alone].map(([ts, thread]) => [
    ts,
    thread.seen ? { ...thread, seen: thread.seen.slice(-MOST_REPLIES) } : thread,
  ])
  return Object.fromEntries(kept)
}

function lastOf<T>(record: { [key: string]: T }, most: number): { [key: string]: T } {
  return Object.fromEntries(Object.entries(record).slice(-most))
}
