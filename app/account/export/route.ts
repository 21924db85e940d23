import { accountExport } from '#lib/accounts/account-export'
import { readerOf } from '#lib/server/reader'
import { ledTo } from '../../led-to.ts'

export const dynamic = 'force-dynamic'

/** All that is kept for who is signed in, as a file. */
export async function GET(request: Request): Promise<Response> {
  const { account } = readerOf(request.headers)
  const kept = account ? await accountExport(account) : null
  if (!kept) return ledTo('/sign-in')
  return new Response(`${JSON.stringify(kept, null, 2)}\n`, {
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Disposition': 'attachment; filename="backplane-account.json"',
      'Cache-Control': 'private, no-store',
    },
  })
}
