import { unlinkAccount } from '#db/person-accounts'
import { originOf } from '#lib/server/origin'
import { readerOf } from '#lib/server/reader'
import { backTo } from '../../back-to.ts'

export const dynamic = 'force-dynamic'

/** The owner takes an account from its person, for good; they are back at the page of the rest (303). */
export async function POST(request: Request): Promise<Response> {
  const headers = { 'Cache-Control': 'no-store' }
  if (readerOf(request.headers).role !== 'owner') return new Response('Only the owner may do this.\n', { status: 403, headers })
  const form = new URLSearchParams(await request.text())
  await unlinkAccount(form.get('account') ?? '')
  return new Response(null, { status: 303, headers: { ...headers, Location: backTo(form.get('back'), originOf(request.headers), null) } })
}
