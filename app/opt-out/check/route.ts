import { wayOut } from '#lib/collecting/way-out'
import { checkProof, leaveToOwner } from '#lib/consent/opt-out'
import { seeOther } from '../../seen-other.ts'

export const dynamic = 'force-dynamic'

/** Looks for the code where it was to be put, and does what was asked for; or leaves it to an owner. */
export async function POST(request: Request): Promise<Response> {
  const form = new URLSearchParams(await request.text())
  const code = form.get('code') ?? ''
  if (form.get('do') === 'owner') {
    await leaveToOwner(code, new Date())
    return seeOther('/opt-out', { code })
  }
  const said = await checkProof(code, wayOut(), new Date())
  return seeOther('/opt-out', { code, said })
}
