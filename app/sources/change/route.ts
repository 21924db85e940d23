import { readerOf } from '#lib/server/reader'
import { changeSource } from '#lib/sources/add-sources'
import { seeOther } from '../../seen-other.ts'

export const dynamic = 'force-dynamic'

/** An owner pauses a source, has it read again, or takes back what was added: `do` and the `source`'s number. */
export async function POST(request: Request): Promise<Response> {
  const reader = readerOf(request.headers)
  if (reader.role !== 'owner') return new Response(null, { status: 403 })
  await changeSource(new URLSearchParams(await request.text()), reader, new Date())
  return seeOther('/sources#manage')
}
