import { type IncomingMessage, request } from 'node:http'
import type { LiveEvents } from '#lib/server/live-events'

export type Told = { event: keyof LiveEvents; data: unknown }

export type Watching = {
  response: IncomingMessage
  told: Told[]
  /** All of it, as it came. */
  wire(): string
  lastId(): string
  /** Resolves with the first event for which this holds, one that came already included. */
  until(holds: (told: Told) => boolean): Promise<Told>
  /** Resolves when the answer has ended. */
  ended: Promise<void>
  close(): void
}

/** Opens `/api/live` as a browser's EventSource does and notes what it is told. */
export async function watch(port: number, query = '', headers: Record<string, string> = {}): Promise<Watching> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const asked = request({ port, host: '127.0.0.1', path: `/api/live${query}`, headers, agent: false }, resolve)
  asked.on('error', reject).end()
  const response = await promise
  response.setEncoding('utf8')
  const told: Told[] = []
  const waiting = new Set<() => void>()
  let [wire, rest, lastId] = ['', '', '']
  response.on('data', (text: string) => {
    wire += text
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
      lastId = field('id') ?? lastId
      const [event, data] = [field('event'), field('data')]
      if (event && data) told.push({ event: event as Told['event'], data: JSON.parse(data) })
    }
    for (const look of waiting) look()
  })
  const ended = new Promise<void>((done) => {
    response.on('close', done).on('error', () => {})
  })
  return {
    response,
    told,
    ended,
    wire: () => wire,
    lastId: () => lastId,
    close: () => asked.destroy(),
    until(holds) {
      const found = Promise.withResolvers<Told>()
      const look = () => {
        const one = told.find(holds)
        if (!one) return
        waiting.delete(look)
        found.resolve(one)
      }
      waiting.add(look)
      look()
      ended.then(() => found.reject(new Error(`The stream ended; it told ${JSON.stringify(told)}`)))
      return found.promise
    },
  }
}

/** Ids of the posts that `new` and `grown` told of. */
export function postsTold(told: Told[]): number[] {
  return told.flatMap(({ event, data }) => {
    if (event === 'new') return (data as LiveEvents['new']).entries.flatMap(({ posts }) => posts)
    return event === 'grown' ? (data as LiveEvents['grown']).posts : []
  })
}
