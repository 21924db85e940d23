import { noteDeed } from '#db/audit-log'
import { unlinkAccount } from '#db/person-accounts'
import { nameOf } from '#lib/accounts/name-of'
import { originOf } from '#lib/server/origin'
import { readerOf } from '#lib/server/reader'
import { backTo } from '../../back-to.ts'

export const dynamic = 'force-dynamic'

/** The owner takes an account from its person, for good; they are back at the page of the rest (303). */
export async function POST(request: Request): Promise<Response> {
  const headers = { 'Cache-Control': 'no-store' }
  if (readerOf(request.headers).role !== 'owner') return new Response('Only the owner may do this.\n', { status: 403, headers })
  const form = new URLSearchParams(await request.text())
  const account = form.get('account') ?? ''
  await unlinkAccount(account)
  const deed = { who: await nameOf(readerOf(request.headers)), what: 'took an account from its person', about: account.slice(0, 300) }
  await noteDeed(deed, new Date())
  return new Response(null, { status: 303, headers: { ...headers, Location: backTo(form.get('back'), originOf(request.headers), null) } })
}
