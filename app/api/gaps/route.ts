import { listGaps } from '#db/gaps'
import { readerOf } from '#lib/reader'
import { answer } from '../../answer.ts'
import { instantOf } from '../../when.ts'

export const dynamic = 'force-dynamic'

const WEEK_MS = 7 * 86_400_000

/** Where the timeline is not whole, between `from` and `to` (ISO 8601; the last seven days if not given). */
export function GET(request: Request): Promise<Response> {
  return answer(request, async () => {
    const reader = readerOf(request.headers)
    const now = new Date()
    const { searchParams } = new URL(request.url)
    const to = instantOf(searchParams.get('to')) ?? now
    const from = instantOf(searchParams.get('from')) ?? new Date(to.getTime() - WEEK_MS)
    const gaps = from <= to ? await listGaps(reader, { from, to, now }) : []
    return { type: 'application/json; charset=utf-8', body: JSON.stringify({ gaps }), reader, modified: null }
  })
}
