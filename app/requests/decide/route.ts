import { decide } from '#lib/consent/decide'
import { readerOf } from '#lib/server/reader'
import { seeOther } from '../../seen-other.ts'

export const dynamic = 'force-dynamic'

/** An owner withholds what somebody asked for, or refuses; from anybody else it does nothing. */
export async function POST(request: Request): Promise<Response> {
  const form = new URLSearchParams(await request.text())
  const id = form.get('request') ?? ''
  const reader = readerOf(request.headers)
  if (reader.role === 'owner' && /^\d{1,15}$/.test(id)) await decide(Number(id), form.get('withhold'), reader, new Date())
  return seeOther('/requests')
}
