import { signIn } from '#lib/accounts/sign-in'
import { ledTo } from '../../led-to.ts'
import { comeIn } from '../come-in.ts'

export const dynamic = 'force-dynamic'

/** Opens the link that a reader came by, once, and signs this browser in. */
export async function POST(request: Request): Promise<Response> {
  const token = new URLSearchParams(await request.text()).get('token') ?? ''
  const tried = await signIn()?.open(token, new Headers({ cookie: request.headers.get('cookie') ?? '' }))
  return tried ? comeIn(tried, request.headers) : ledTo('/sign-in')
}
