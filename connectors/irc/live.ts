import { z } from 'zod'
import type { Batch, Run } from '../contract.ts'
import { emptyBatch } from '../empty-batch.ts'
import { pause } from '../live.ts'
import { ConnectorError } from '../trouble.ts'
import { type Before, joinChannel, type Listening, type News, PutOut } from './connection.ts'
import { parse } from './parse.ts'
import type { Live } from './settings.ts'

// Not `readLive` of connectors/live.ts: that one goes on by REST while its stream is away, and shows who is refused as
// polled. A channel has nothing else to be read by, must say at once when a login fails, and proves by being connected
// what it covers.

/** A quiet channel says so often that it was heard: what is lost of that when this process is killed is a gap of no more. */
const SIGN_MS = 30_000
const LINES_A_BATCH = 200
/** While an outage is young the server is back soon, and is found again soon. */
const LONGEST_WAIT_MS = 20_000
/** Then it is the scheduler's, whose waits are longer, and who says what is wrong. */
const OUTAGE_MS = 5 * 60_000
/** Who was never let in does not knock like one who is missed. */
const FIRST_TRIES = 3
const HEALTHY_MS = 60_000
/** Who is put out may have been in the way for a moment; who is put out again is not wanted, and comes back less and less. */
const REJOIN_SECONDS = [60, 5 * 60, 15 * 60]
const FORGOTTEN_MS = 24 * 3_600_000

/** Where the channel was left, as the cursor keeps it. */
const Place = z.object({
  until: z.coerce.date().nullish().default(null),
  isCut: z.boolean().default(false),
  otherNames: z.record(z.string(), z.string()).default({}),
  /** How often we were put out, the last time when. */
  putOut: z.object({ times: z.number(), at: z.coerce.date() }).nullish().default(null),
})
type Place = z.infer<typeof Place>

/** Listens until aborted. Throws `refused` for what its owner has to mend, `unavailable` when a server stays away. */
export async function* listen(run: Run<Live>): AsyncGenerator<Batch, void, void> {
  const place = Place.safeParse(run.cursor ?? {}).data ?? Place.parse({})
  let wasIn = false
  let failures = 0
  let awaySince = Date.now()
  while (!run.signal.aborted) {
    const openedAt = Date.now()
    const end = yield* connection(run, place, () => {
      wasIn = true
    })
    if (run.signal.aborted) return
    if (end.error instanceof PutOut) throw yield* putOut(end.error, place)
    const lived = end.wasIn && Date.now() - openedAt >= HEALTHY_MS
    if (end.wasIn) awaySince = Date.now()
    failures = lived ? 1 : failures + 1
    const given = wasIn ? Date.now() - awaySince > OUTAGE_MS : failures >= FIRST_TRIES
    if (end.error.trouble !== 'unavailable' || given) throw end.error
    run.mode('away', `not connected, trying again: ${end.error.message}`)
    const wait = Math.min(LONGEST_WAIT_MS, 1000 * 2 ** (failures - 1))
    await pause(wait * (0.5 + 0.5 * Math.random()), run.signal)
  }
}

/** Remembers, also for after a restart, that we were put out, and says when to come back; at last only its owner can. */
async function* putOut({ message }: PutOut, place: Place): AsyncGenerator<Batch, ConnectorError, void> {
  const now = new Date()
  const before = place.putOut && now.getTime() - place.putOut.at.getTime() < FORGOTTEN_MS ? place.putOut.times : 0
  place.putOut = { times: before + 1, at: now }
  yield emptyBatch(cursorOf(place))
  const retryAfterSeconds = REJOIN_SECONDS[before]
  return new ConnectorError(retryAfterSeconds === undefined ? 'refused' : 'unavailable', message, { retryAfterSeconds })
}

async function* connection(
  run: Run<Live>,
  place: Place,
  letIn: () => void,
): AsyncGenerator<Batch, { error: ConnectorError; wasIn: boolean }, void> {
  let channel: Listening
  const before: Before = { knownUntil: place.until, isCut: place.isCut, otherNames: place.otherNames }
  try {
    channel = await joinChannel(run.settings, before, run.backfill.since, run)
  } catch (error) {
    if (error instanceof ConnectorError) return { error, wasIn: false }
    throw error
  }
  letIn()
  run.mode('live')
  try {
    return { error: yield* hear(run, place, channel), wasIn: true }
  } finally {
    channel.leave()
  }
}

async function* hear(run: Run<Live>, place: Place, channel: Listening): AsyncGenerator<Batch, ConnectorError, void> {
  /** From when on nothing was missed; null until the server has said what it keeps, and while a bouncer is cut off. */
  let from: Date | null = null
  let signedAt = Date.now()
  const firstRead = run.cursor === null && place.until === null
  for (;;) {
    await channel.arrival(Math.max(0, signedAt + SIGN_MS - Date.now()))
    const { news, rest } = channel.take(LINES_A_BATCH)
    const error = news.length === 0 ? channel.ended() : null
    const sign = news.at(-1)
    if (sign && 'settled' in sign) from = sign.settled.wholeFrom
    if (sign && 'mended' in sign) from = sign.receivedAt
    const isCut = sign !== undefined && 'cut' in sign
    // With a rest, what was received is not yet saved; and what a bouncer hears after it was cut off is nothing.
    const to = sign && (rest > 0 || isCut) ? sign.receivedAt : channel.heardUntil()
    if (news.length > 0 || error || Date.now() - signedAt >= SIGN_MS) {
      const covered = from && from < to ? { from, to } : null
      const left = {
        ...place,
        until: covered?.to ?? place.until,
        isCut: isCut || (place.isCut && from === null),
        otherNames: channel.otherNames(),
      }
      yield { ...emptyBatch(cursorOf(left)), posts: postsOf(run, news, channel, firstRead), covered }
      Object.assign(place, left)
      signedAt = Date.now()
      if (covered) from = to
      if (isCut) {
        from = null
        run.mode('away', sign.cut)
      }
      if (sign && 'mended' in sign) run.mode('live')
      if (sign && from && ('mended' in sign || 'settled' in sign)) run.caughtUp()
    }
    if (error) return error
  }
}

function postsOf(
  { settings, permission, backfill }: Run<Live>,
  news: News[],
  { people, optedOut }: Listening,
  firstRead: boolean,
): Batch['posts'] {
  const { network, channel, relays = [] } = settings
  const context = { network, channel, permitted: permission !== null, people, optedOut: optedOut.names(), relays }
  return news
    .flatMap((one) => ('line' in one ? [parse(one.line, context)] : []))
    .filter(({ publishedAt }) => !firstRead || (publishedAt && publishedAt >= backfill.since))
}

/** What is worth keeping of a place; null while it is the beginning. */
function cursorOf({ until, isCut, otherNames, putOut: out }: Place): Batch['cursor'] {
  if (!until && !out) return null
  return {
    ...(until && { until: until.toISOString() }),
    ...(isCut && { isCut }),
    ...(Object.keys(otherNames).length > 0 && { otherNames }),
    ...(out && { putOut: { times: out.times, at: out.at.toISOString() } }),
  }
}
