import { keepPasted } from '#db/sources-here'
import { readerOf } from '#lib/server/reader'
import { seeOther } from '../../../seen-other.ts'

export const dynamic = 'force-dynamic'

/** An owner hands over what they pasted, or a file; the page that follows (303) shows what it is. `try`: which of its meanings. */
export async function POST(request: Request): Promise<Response> {
  if (readerOf(request.headers).role !== 'owner') return new Response(null, { status: 403 })
  const form = await request.formData().catch(() => null)
  const file = form?.get('file')
  const typed = form?.get('what')
  const text = typeof typed === 'string' && typed.trim() !== '' ? typed : file instanceof File ? await file.text() : ''
  // What Postgres cannot keep, nobody meant.
  return seeOther('/sources/new', { paste: await keepPasted(text.replaceAll('\0', ''), new Date()) })
}
