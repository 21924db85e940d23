import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Batch, Cursor, Run } from '#connectors/contract'
import { readLive, type Stream } from '#connectors/live'
import { ConnectorError } from '#connectors/trouble'

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(Math, 'random').mockReturnValue(1)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const batchAt = (cursor: Cursor | null): Batch => ({
  posts: [],
  deleted: [],
  authors: [],
  covered: null,
  unreadable: [],
  cursor,
})

/** A connection that the test writes to, and cuts. */
function wire() {
  const events: string[] = []
  let over: Error | 'ended' | null = null
  let wake = () => {}
  return {
    send(...some: string[]) {
      events.push(...some)
      wake()
    },
    cut(how: Error | 'ended' = 'ended') {
      over = how
      wake()
    },
    async *events(signal: AbortSignal) {
      signal.addEventListener('abort', () => wake())
      while (!signal.aborted) {
        yield* events.splice(0)
        if (over instanceof Error) throw over
        if (over) return
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}

/** A platform whose connections are given one after the other; `log` keeps what it was asked. */
function platform(connections: (ReturnType<typeof wire> | Error)[]) {
  const log: string[] = []
  const signals: AbortSignal[] = []
  const stream: Stream<string> = {
    async open(cursor, signal) {
      log.push(`open from ${cursor?.at ?? 'nothing'}`)
      signals.push(signal)
      const connection = connections.shift()
      if (!connection) throw new Error('no more connections')
      if (connection instanceof Error) throw connection
      return connection.events(signal)
    },
    async *poll(cursor) {
      log.push(`poll from ${cursor?.at ?? 'nothing'}`)
      yield batchAt({ at: `${cursor?.at ?? ''}p` })
    },
    async batch(events, cursor) {
      log.push(`events ${events.join(' ')}`)
      return batchAt({ at: `${cursor?.at ?? ''}${events.join('')}` })
    },
  }
  return { stream, log, signals }
}

function start(stream: Stream<string>, log: string[]) {
  const stop = new AbortController()
  const run = {
    signal: stop.signal,
    cursor: null,
    everySeconds: 120,
    mode: (mode: string, reason?: string) => log.push(reason ? `${mode}: ${reason}` : mode),
    caughtUp: () => {},
  } as unknown as Run<unknown>
  const reading = readLive(run, stream)
  /** Asks for the next batch, as a runner does that saved the one before. */
  const next = async () => {
    const step = await reading.next()
    return step.done ? 'done' : String(step.value.cursor?.at)
  }
  return { stop, next, reading }
}

async function readOn(next: () => Promise<string>) {
  while ((await next()) !== 'done');
}

describe('a stream', () => {
  test('is opened before REST is read, so that nothing falls between the two', async () => {
    const connection = wire()
    const { stream, log } = platform([connection])
    const { next } = start(stream, log)
    expect(await next()).toBe('p')
    connection.send('a')
    expect(await next()).toBe('pa')
    expect(log).toEqual(['open from nothing', 'live', 'poll from nothing', 'events a'])
  })

  test('brings single events at once, and gathers what comes while the runner saves', async () => {
    const connection = wire()
    const { stream, log } = platform([connection])
    const { next } = start(stream, log)
    await next()
    const waiting = next()
    connection.send('a')
    expect(await waiting).toBe('pa')
    connection.send('b')
    connection.send('c', 'd')
    await vi.advanceTimersByTimeAsync(0)
    expect(await next()).toBe('pabcd')
  })

  test('hands on what had come before the connection was lost', async () => {
    const connection = wire()
    const { stream, log } = platform([connection])
    const { next } = start(stream, log)
    await next()
    connection.send('a')
    connection.cut()
    await vi.advanceTimersByTimeAsync(0)
    expect(await next()).toBe('pa')
  })

  test('that cannot be opened is polled instead, with the reason, until it can', async () => {
    const connection = wire()
    const { stream, log } = platform([new Error('the connection was refused'), connection])
    const { next } = start(stream, log)
    expect(await next()).toBe('p')
    const waiting = next()
    await vi.advanceTimersByTimeAsync(1000)
    expect(await waiting).toBe('pp')
    expect(log).toEqual([
      'open from nothing',
      'polled: the connection was refused',
      'poll from nothing',
      'open from p',
      'live',
      'poll from p',
    ])
  })

  test('that stays away is tried ever more rarely, and polled every so many seconds meanwhile', async () => {
    const { stream, log } = platform(Array.from({ length: 40 }, () => new Error('away')))
    const openedAt: number[] = []
    const polledAt: number[] = []
    const begin = Date.now()
    const { open, poll } = stream
    stream.open = (...given) => {
      openedAt.push((Date.now() - begin) / 1000)
      return open(...given)
    }
    stream.poll = (...given) => {
      polledAt.push((Date.now() - begin) / 1000)
      return poll(...given)
    }
    const { next, stop } = start(stream, log)
    const reading = readOn(next)
    await vi.advanceTimersByTimeAsync(1500_000)
    stop.abort()
    await reading
    expect(openedAt).toEqual([0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 811, 1111, 1411])
    // Math.random() is 1 here: 120 s and the whole 20 % of jitter.
    expect(polledAt).toEqual([0, 144, 288, 432, 576, 720, 864, 1008, 1152, 1296, 1440])
  })

  test('that lived a minute is tried again at once, and one that died young is not', async () => {
    const [young, old] = [wire(), wire()]
    const { stream, log } = platform([new Error('away'), new Error('away'), young, old, wire()])
    const { next } = start(stream, log)
    const opens = () => log.filter((line) => line.startsWith('open')).length
    void readOn(next)
    await vi.advanceTimersByTimeAsync(3000)
    expect(opens()).toBe(3)
    young.cut()
    await vi.advanceTimersByTimeAsync(3999)
    expect(opens()).toBe(3)
    await vi.advanceTimersByTimeAsync(1)
    expect(opens()).toBe(4)
    await vi.advanceTimersByTimeAsync(60_000)
    old.cut()
    await vi.advanceTimersByTimeAsync(1000)
    expect(opens()).toBe(5)
  })

  test('that was refused, or told to wait, is not asked before its time', async () => {
    const { stream, log } = platform([
      new ConnectorError('refused', 'the token is wrong'),
      new ConnectorError('rate-limited', 'wait', { retryAfterSeconds: 30 }),
      new Error('away'),
    ])
    const { next } = start(stream, log)
    const opens = () => log.filter((line) => line.startsWith('open')).length
    void readOn(next)
    await vi.advanceTimersByTimeAsync(299_000)
    expect(opens()).toBe(1)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(opens()).toBe(2)
    await vi.advanceTimersByTimeAsync(29_000)
    expect(opens()).toBe(2)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(opens()).toBe(3)
  })

  test('is checked against REST every quarter of an hour, however silent it is', async () => {
    const { stream, log } = platform([wire()])
    const { next } = start(stream, log)
    await next()
    const waiting = next()
    await vi.advanceTimersByTimeAsync(15 * 60_000 - 1)
    expect(log).toHaveLength(3)
    await vi.advanceTimersByTimeAsync(1)
    expect(await waiting).toBe('pp')
  })

  test('ends at once and without a word when it is aborted, and closes its connection', async () => {
    const { stream, log, signals } = platform([wire()])
    const { next, stop } = start(stream, log)
    await next()
    const waiting = next()
    await vi.advanceTimersByTimeAsync(0)
    stop.abort()
    expect(await waiting).toBe('done')
    expect(signals[0]?.aborted).toBe(true)
  })

  test('closes its connection when its reader goes away', async () => {
    const { stream, log, signals } = platform([wire()])
    const { next, reading } = start(stream, log)
    await next()
    await reading.return()
    expect(signals[0]?.aborted).toBe(true)
  })

  test('passes on the trouble of REST, which is the trouble of the source', async () => {
    const { stream, log } = platform([wire()])
    stream.poll = async function* () {
      yield batchAt(null)
      throw new ConnectorError('unavailable', 'the AppView is away')
    }
    const { next } = start(stream, log)
    await next()
    await expect(next()).rejects.toMatchObject({ trouble: 'unavailable' })
  })

  test('moves its cursor only past what was saved', async () => {
    const connection = wire()
    const { stream, log } = platform([connection, wire()])
    const { next } = start(stream, log)
    await next()
    connection.send('a')
    await next()
    connection.cut(new Error('the connection was cut'))
    const waiting = next()
    await vi.advanceTimersByTimeAsync(1000)
    await waiting
    expect(log).toContain('polled: the connection was cut')
    expect(log).toContain('open from pa')
  })
})
