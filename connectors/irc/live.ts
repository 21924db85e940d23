import type { Batch, Run } from '../contract.ts'
import { pause } from '../live.ts'
import { ConnectorError } from '../trouble.ts'
import { joinChannel, type Listening } from './connection.ts'
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

type Place = { until: Date | null }

/** Listens until aborted. Throws `refused` for what its owner has to mend, `unavailable` when a server stays away. */
export async function* listen(run: Run<Live>): AsyncGenerator<Batch, void, void> {
  const { until } = run.cursor ?? {}
  const place: Place = { until: typeof until === 'string' ? new Date(until) : null }
  let wasIn = false
  let failures = 0
  let awaySince = Date.now()
  while (!run.signal.aborted) {
    const openedAt = Date.now()
    const end = yield* connection(run, place, () => {
      wasIn = true
    })
    if (run.signal.aborted) return
    const lived = end.wasIn && Date.now() - openedAt >= HEALTHY_MS
    if (end.wasIn) awaySince = Date.now()
    failures = lived ? 1 : failures + 1
    const given = wasIn ? Date.now() - awaySince > OUTAGE_MS : failures >= FIRST_TRIES
    if (end.error.trouble !== 'unavailable' || given) throw end.error
    run.mode('polled', `not connected, trying again: ${end.error.message}`)
    const wait = Math.min(LONGEST_WAIT_MS, 1000 * 2 ** (failures - 1))
    await pause(wait * (0.5 + 0.5 * Math.random()), run.signal)
  }
}

async function* connection(
  run: Run<Live>,
  place: Place,
  letIn: () => void,
): AsyncGenerator<Batch, { error: ConnectorError; wasIn: boolean }, void> {
  let channel: Listening
  try {
    channel = await joinChannel(run.settings, place.until, run.backfill.since, run)
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
  /** From when on nothing was missed; null until the server has said what it keeps. */
  let from: Date | null = null
  let signedAt = Date.now()
  const firstRead = run.cursor === null && place.until === null
  for (;;) {
    await channel.arrival(Math.max(0, signedAt + SIGN_MS - Date.now()))
    const { news, rest } = channel.take(LINES_A_BATCH)
    const error = news.length === 0 ? channel.ended() : null
    const settled = news.find((one) => 'settled' in one)
    if (settled && 'settled' in settled) from = settled.settled.wholeFrom
    // With a rest, what was received is not yet saved.
    const to = rest > 0 ? (news.at(-1)?.receivedAt ?? channel.heardUntil()) : channel.heardUntil()
    if (news.length > 0 || error || Date.now() - signedAt >= SIGN_MS) {
      yield batchOf(run, news, channel, firstRead, from && from < to ? { from, to } : null, place)
      signedAt = Date.now()
      if (from && from < to) {
        from = to
        place.until = to
      }
      if (settled) run.caughtUp()
    }
    if (error) return error
  }
}

function batchOf(
  { settings, permission, backfill }: Run<Live>,
  news: ReturnType<Listening['take']>['news'],
  { people, optedOut }: Listening,
  firstRead: boolean,
  covered: Batch['covered'],
  place: Place,
): Batch {
  const { network, channel } = settings
  const context = { network, channel, permitted: permission !== null, people, optedOut: [...optedOut] }
  const posts = news
    .flatMap((one) => ('line' in one ? [parse(one.line, context)] : []))
    .filter(({ publishedAt }) => !firstRead || (publishedAt && publishedAt >= backfill.since))
  const until = covered?.to ?? place.until
  return { posts, deleted: [], authors: [], covered, unreadable: [], cursor: until && { until: until.toISOString() } }
}
