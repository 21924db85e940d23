import { beginClaim, checkClaim, takeBackClaim } from '#lib/accounts/own-claims'
import { wayOut } from '#lib/collecting/way-out'
import { readerOf } from '#lib/server/reader'
import { ledTo } from '../../led-to.ts'

export const dynamic = 'force-dynamic'

/** Who is signed in says which account elsewhere is theirs (`name`), has a code looked for (`check`, a number), or takes it back (`end`). */
export async function POST(request: Request): Promise<Response> {
  const { account } = readerOf(request.headers)
  if (!account) return ledTo('/sign-in')
  const form = new URLSearchParams(await request.text())
  const [check, end] = [form.get('check'), form.get('end')].map((id) => (/^\d{1,15}$/.test(id ?? '') ? Number(id) : null))
  if (check) return ledTo(`/account?claim=${await checkClaim(account, check, wayOut(), new Date())}&of=${check}#elsewhere`)
  if (end) return ledTo(`/account?claim=${await takeBackClaim(account, end)}#elsewhere`)
  const begun = await beginClaim(account, form.get('name') ?? '', wayOut(), new Date())
  return typeof begun === 'string' ? ledTo(`/account?claim=${begun}#elsewhere`) : ledTo(`/account?claim=begun&of=${begun.id}#elsewhere`)
}
