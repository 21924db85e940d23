import { connectors } from '#connectors/registry'
import type { Reader } from '#db/audience'
import { type BreakdownRow, breakdownsBetween } from '#db/breakdowns'
import { workerAlive } from '#db/heartbeats'
import { delaysOf } from '#db/source-runs'
import { type CountedSource, listSources } from '#db/sources'
import { remembered } from './remembered.ts'
import { isRead, isTroubled, type Observed, observe } from './source-state.ts'

/** How everything fares that this reader may know of. Delays in seconds, from said to here, of the last thirty days. */
export type Status = {
  worker: boolean
  sources: (Observed<CountedSource> & { delay: { median: number; most: number } | null })[]
  platforms: {
    id: string
    name: string
    read: number
    onTime: number
    postsLastDay: number
    delay: { median: number; most: number } | null
  }[]
  history: BreakdownRow[]
}

export const STATUS_DAYS = 30
/** Workers beat every few seconds: half a minute of silence is no accident. */
const WORKER_SILENCE_SECONDS = 30

const read = remembered<Omit<Status, 'platforms'>>(10)

/** What `/status` says, in whichever form. */
export async function statusOf(reader: Reader, now: Date): Promise<Status> {
  const found = await read(reader.role, async () => {
    const from = new Date(now.getTime() - STATUS_DAYS * 86_400_000)
    const [worker, sources, history] = await Promise.all([
      workerAlive(WORKER_SILENCE_SECONDS),
      listSources(reader),
      breakdownsBetween(reader, { from, to: now }),
    ])
    const delays = await delaysOf(
      sources.map(({ id }) => id),
      now,
    )
    return { worker, history, sources: observe(sources, now).map((one) => ({ ...one, delay: delays.get(one.source.id) ?? null })) }
  })
  return { ...found, platforms: byPlatform(found.sources) }
}

function byPlatform(sources: Status['sources']): Status['platforms'] {
  return connectors.flatMap(({ id, name }) => {
    const own = sources.filter(({ source }) => source.platform === id)
    const read = own.filter(isRead)
    if (read.length === 0) return []
    const delays = own.flatMap(({ delay }) => (delay ? [delay] : []))
    // Of several sources the slowest is told: who reads this wants to know how long they may have to wait.
    const slowest = delays.toSorted((one, other) => other.median - one.median)[0] ?? null
    return [
      {
        id,
        name,
        read: read.length,
        onTime: read.filter((one) => !isTroubled(one)).length,
        postsLastDay: own.reduce((sum, { source }) => sum + source.postsLastDay, 0),
        delay: slowest && { median: slowest.median, most: Math.max(...delays.map(({ most }) => most)) },
      },
    ]
  })
}
