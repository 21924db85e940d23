import type { Batch, Cursor, Run } from './contract.ts'
import { ConnectorError } from './trouble.ts'

/** A platform that can be followed live, and read over REST besides. */
export type Stream<Event> = {
  /**
   * Opens the stream, from the cursor on where the platform can replay, and resolves once events flow. Rejects with a
   * sentence that says why not. The events end, or throw, when the connection is lost; they end too when `signal` is
   * aborted, which closes the connection.
   */
  open(cursor: Cursor | null, signal: AbortSignal): Promise<AsyncIterable<Event>>
  /** Reads over REST what the cursor has not seen, and returns when caught up. */
  poll(cursor: Cursor | null): AsyncIterable<Batch>
  /** What some events, in the order in which they came, mean. The batch's cursor is past all of them. */
  batch(events: Event[], cursor: Cursor | null): Promise<Batch>
}

/** As many events as one transaction takes. */
const EVENTS_A_BATCH = 100
/** More than this unsaved is a runner that does not keep up: the stream is dropped, and read again from the cursor. */
const MOST_UNSAVED = 10_000
/** While live, REST still has the last word: what the stream lost is found at the next look. */
const LOOK_SECONDS = 15 * 60
const FIRST_RETRY_SECONDS = 1
const LAST_RETRY_SECONDS = 5 * 60
/** A connection that lived this long was a good one, and the next failure is the first again. */
const HEALTHY_SECONDS = 60

/**
 * Follows a stream until `run.signal` is aborted, then returns. The stream is opened first, and REST is read while its
 * events are kept: nothing falls between the two. While the stream is away REST is polled at `run.everySeconds`, and
 * the stream is tried again with exponential backoff and full jitter. Throws what `poll` and `batch` throw; a stream
 * only speeds up what REST alone can do, so its own troubles are no failure but the reason for being polled.
 */
export async function* readLive<Event>(run: Run<unknown>, stream: Stream<Event>): AsyncGenerator<Batch, void, void> {
  const place: Place = { cursor: run.cursor, polledAt: Number.NEGATIVE_INFINITY }
  let failures = 0
  try {
    while (!run.signal.aborted) {
      const end = yield* follow(run, stream, place)
      if (run.signal.aborted) return
      failures = end.healthy ? 1 : failures + 1
      run.mode('polled', sentenceOf(end.error))
      yield* pollFor(retrySeconds(failures, end.error), run, stream, place)
    }
  } catch (error) {
    // A request that was cut off by the abort is no trouble of the platform.
    if (!run.signal.aborted) throw error
  }
}

type Place = { cursor: Cursor | null; polledAt: number }
type Polled = Pick<Stream<unknown>, 'poll'>

/** One connection, from opening it to losing it; returns how it ended. */
async function* follow<Event>(
  run: Run<unknown>,
  stream: Stream<Event>,
  place: Place,
): AsyncGenerator<Batch, { error: unknown; healthy: boolean }, void> {
  const connection = new AbortController()
  try {
    const opened = await stream.open(place.cursor, AbortSignal.any([run.signal, connection.signal])).then(gather, notOpened)
    if ('error' in opened) return { ...opened, healthy: false }
    run.mode('live')
    const openedAt = Date.now()
    yield* poll(run, stream, place)
    while (!run.signal.aborted) {
      const lookInMs = place.polledAt + LOOK_SECONDS * 1000 - Date.now()
      if (lookInMs <= 0) yield* poll(run, stream, place)
      await opened.arrival(lookInMs, run.signal)
      const events = opened.take(EVENTS_A_BATCH)
      if (events.length === 0 && opened.hasEnded()) break
      if (events.length > 0) yield* passOn([await stream.batch(events, place.cursor)], place)
    }
    return { error: opened.reason(), healthy: Date.now() - openedAt >= HEALTHY_SECONDS * 1000 }
  } finally {
    connection.abort()
  }
}

async function* pollFor(seconds: number, run: Run<unknown>, stream: Polled, place: Place): AsyncGenerator<Batch, void, void> {
  const until = Date.now() + seconds * 1000
  while (!run.signal.aborted && Date.now() < until) {
    // ±20 %, so that sources that lost one server together do not poll another one together.
    const pollAt = place.polledAt + run.everySeconds * 1000 * (0.8 + 0.4 * Math.random())
    if (pollAt <= Date.now()) yield* poll(run, stream, place)
    else await pause(Math.min(pollAt, until) - Date.now(), run.signal)
  }
}

async function* poll(run: Run<unknown>, stream: Polled, place: Place): AsyncGenerator<Batch, void, void> {
  yield* passOn(stream.poll(place.cursor), place)
  place.polledAt = Date.now()
  run.caughtUp()
}

/** A cursor counts once its batch was saved, which is when the next one is asked for. */
async function* passOn(batches: AsyncIterable<Batch> | Batch[], place: Place): AsyncGenerator<Batch, void, void> {
  for await (const batch of batches) {
    yield batch
    place.cursor = batch.cursor
  }
}

/** Keeps what a stream brings until somebody takes it. */
function gather<Event>(events: AsyncIterable<Event>) {
  const unsaved: Event[] = []
  let end: { error: unknown } | null = null
  let wake = () => {}
  const drain = async () => {
    for await (const event of events) {
      if (unsaved.length >= MOST_UNSAVED) throw new ConnectorError('unavailable', 'the stream brought more than could be saved')
      unsaved.push(event)
      wake()
    }
    throw new ConnectorError('unavailable', 'the stream ended')
  }
  drain().catch((error: unknown) => {
    end = { error }
    wake()
  })
  return {
    take: (most: number) => unsaved.splice(0, most),
    hasEnded: () => end !== null,
    reason: () => end?.error,
    /** Resolves when there is something to take, when the stream ended, or when time is up. */
    arrival: (ms: number, signal: AbortSignal) =>
      unsaved.length > 0 || end
        ? Promise.resolve()
        : pause(ms, signal, (resume) => {
            wake = resume
          }),
  }
}

function notOpened(error: unknown): { error: unknown } {
  return { error }
}

/** Exponential backoff with full jitter. Who was refused knocks no more often than the others do at last. */
function retrySeconds(failures: number, error: unknown): number {
  if (error instanceof ConnectorError && error.trouble === 'refused') return LAST_RETRY_SECONDS
  if (error instanceof ConnectorError && error.retryAfterSeconds !== null) return error.retryAfterSeconds
  return Math.random() * Math.min(LAST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** (failures - 1))
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Resolves after `ms`, at once when aborted, or when what was handed to `listen` is called. */
export function pause(ms: number, signal: AbortSignal, listen: (resume: () => void) => void = () => {}): Promise<void> {
  return new Promise((resolve) => {
    const resume = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', resume)
      resolve()
    }
    const timer = setTimeout(resume, Math.max(0, ms))
    signal.addEventListener('abort', resume)
    listen(resume)
    if (signal.aborted) resume()
  })
}
