import { provedAmong } from '#db/account-claims'
import { unlinkAccount } from '#db/account-links'
import { noteDeed } from '#db/audit-log'
import { nameOf } from '#lib/accounts/name-of'
import { takeBackClaim } from '#lib/accounts/own-claims'
import { originOf } from '#lib/server/origin'
import { readerOf } from '#lib/server/reader'
import { backTo } from '../../back-to.ts'
import { ledTo } from '../../led-to.ts'

export const dynamic = 'force-dynamic'

/** An owner takes an account from its person, for good; whoever proved that it is theirs takes it back. They are back at the page of the rest (303). */
export async function POST(request: Request): Promise<Response> {
  const headers = { 'Cache-Control': 'no-store' }
  const reader = readerOf(request.headers)
  const form = new URLSearchParams(await request.text())
  const account = form.get('account') ?? ''
  const own = reader.account ? (await provedAmong(reader.account, [account])).get(account) : undefined
  const back = () =>
    new Response(null, { status: 303, headers: { ...headers, Location: backTo(form.get('back'), originOf(request.headers), null) } })
  if (own !== undefined && reader.account) {
    // The page may be nobody's now: what became of it stands in their account.
    return ledTo(`/account?claim=${await takeBackClaim(reader.account, own)}#elsewhere`)
  }
  if (reader.role !== 'owner')
    return new Response('Only the owner, or who proved that this account is theirs, may do this.\n', { status: 403, headers })
  await unlinkAccount(account)
  const deed = { who: await nameOf(readerOf(request.headers)), what: 'took an account from its person', about: account.slice(0, 300) }
  await noteDeed(deed, new Date())
  return back()
}
