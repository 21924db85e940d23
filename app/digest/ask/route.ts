import { subscribe } from '#lib/digest/subscribe'
import { ledTo } from '../../led-to.ts'
import { visitor } from '../../visitor.ts'
import { wishAsked } from '../../wish-asked.ts'

export const dynamic = 'force-dynamic'

/** Somebody asks for a digest: they are told the same of every address. */
export async function POST(request: Request): Promise<Response> {
  const form = new URLSearchParams(await request.text())
  const { reader, now } = await visitor()
  const outcome = await subscribe(reader, form.get('address')?.trim() ?? '', await wishAsked(form), now)
  return ledTo(outcome === 'asked' || outcome === 'begun' ? `/digest/mail?${outcome}=1` : `/digest/mail?problem=${outcome}`)
}
