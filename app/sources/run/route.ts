import { hurrySource } from '#db/sources'
import { readerOf } from '#lib/server/reader'

export const dynamic = 'force-dynamic'

/** The owner wants a source read now; a worker sees to it, and the source's page says so (303). */
export async function POST(request: Request): Promise<Response> {
  const headers = { 'Cache-Control': 'no-store' }
  if (readerOf(request.headers).role !== 'owner') return new Response('Only the owner may ask for this.\n', { status: 403, headers })
  const asked = new URLSearchParams(await request.text()).get('source') ?? ''
  const isRead = /^\d{1,15}$/.test(asked) && (await hurrySource(Number(asked), new Date()))
  return new Response(null, { status: 303, headers: { ...headers, Location: isRead ? `/sources/${asked}` : '/sources' } })
}
