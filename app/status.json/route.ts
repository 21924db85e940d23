import { readerOf } from '#lib/server/reader'
import { answer } from '../answer.ts'
import { isRead, isTroubled } from '../source-state.ts'
import { statusOf } from '../status-of.ts'

export const dynamic = 'force-dynamic'

/** How everything fares, for programs. `delay` in seconds from said to here: half of the posts, and 95 of 100. */
export function GET(request: Request): Promise<Response> {
  return answer(request, async () => {
    const reader = readerOf(request.headers)
    const { worker, sources, platforms, history } = await statusOf(reader, new Date())
    const read = sources.filter(isRead)
    const onTime = read.filter((one) => !isTroubled(one)).length
    const body = {
      worker,
      sources: { read: read.length, onTime },
      platforms: platforms.map(({ id, read, onTime, delay }) => ({ platform: id, read, onTime, delay })),
      each: sources.map(({ source, health, delay }) => ({
        id: source.id,
        name: source.name,
        platform: source.platform,
        state: health.state,
        words: health.words,
        lastSuccessAt: source.lastSuccessAt,
        nextRunAt: source.nextRunAt,
        delay,
        page: `/sources/${source.id}`,
      })),
      history,
    }
    return { type: 'application/json; charset=utf-8', body: JSON.stringify(body), reader, modified: null }
  })
}
