import { listSources } from '#db/sources'
import { readerOf } from '#lib/server/reader'
import { healthOf } from '#lib/sources/source-health'
import { answer } from '../../answer.ts'

export const dynamic = 'force-dynamic'

/** What is read, and how it fares: the page /sources for programs. */
export function GET(request: Request): Promise<Response> {
  return answer(request, async () => {
    const reader = readerOf(request.headers)
    const now = new Date()
    const sources = (await listSources(reader)).map((source) => ({
      id: source.id,
      name: source.name,
      platform: source.platform,
      mode: source.mode,
      state: healthOf(source, now).state,
      lastSuccessAt: source.lastSuccessAt,
      nextRunAt: source.nextRunAt,
      posts: source.postsInAll,
      failures: source.failures,
      error: source.error,
    }))
    return { type: 'application/json; charset=utf-8', body: JSON.stringify({ sources }), reader, modified: null }
  })
}
