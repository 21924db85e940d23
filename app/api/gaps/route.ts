import { listGaps } from '#db/gaps'
import { readerOf } from '#lib/server/reader'
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
    const to = timeIn(searchParams, 'to') ?? now
    const from = timeIn(searchParams, 'from') ?? new Date(to.getTime() - WEEK_MS)
    const gaps = from <= to ? await listGaps(reader, { from, to, now }) : []
    return { type: 'application/json; charset=utf-8', body: JSON.stringify({ gaps }), reader, modified: null }
  })
}

/** The time that a parameter gives; null for nonsense, and for years that ISO 8601 writes with a sign and Postgres does not read. */
function timeIn(searchParams: URLSearchParams, name: string): Date | null {
  const at = instantOf(searchParams.get(name))
  return at && at.getUTCFullYear() >= 1970 && at.getUTCFullYear() <= 9999 ? at : null
}
