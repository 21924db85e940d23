import { readerOf } from '#lib/server/reader'
import { addSources } from '#lib/sources/add-sources'
import { seeOther } from '../../../seen-other.ts'

export const dynamic = 'force-dynamic'

/** An owner adds the entry that a form holds (`yaml`), or several of a list (`paste` with `take`). */
export async function POST(request: Request): Promise<Response> {
  const reader = readerOf(request.headers)
  if (reader.role !== 'owner') return new Response(null, { status: 403 })
  const form = new URLSearchParams(await request.text())
  return seeOther('/sources/new', await addSources(form, reader, new Date()))
}
