import { sourcesKnownTo } from '#db/sources'
import { readerOf } from '#lib/server/reader'
import { readSources } from '#lib/sources/read-sources'
import { exported } from '#lib/sources/sources-here'

export const dynamic = 'force-dynamic'

/** The file of sources with what an owner added and paused on the page, to be put where the file is. */
export async function GET(request: Request): Promise<Response> {
  const reader = readerOf(request.headers)
  if (reader.role !== 'owner') return new Response(null, { status: 404 })
  const text = exported((await readSources()) ?? '', await sourcesKnownTo(reader))
  return new Response(text, {
    headers: {
      'Content-Type': 'application/yaml; charset=utf-8',
      'Content-Disposition': 'attachment; filename="sources.yaml"',
      'Cache-Control': 'no-store',
    },
  })
}
