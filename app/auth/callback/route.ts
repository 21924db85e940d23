import { signIn } from '#lib/accounts/sign-in'
import { ledTo } from '../../led-to.ts'
import { comeIn } from '../../sign-in/come-in.ts'

export const dynamic = 'force-dynamic'

/** Where who vouches for readers sends them back to: signs this browser in, if it is the one that was sent there. */
export async function GET(request: Request): Promise<Response> {
  const query = Object.fromEntries(new URL(request.url).searchParams)
  const tried = await signIn()?.returned(query, new Headers({ cookie: request.headers.get('cookie') ?? '' }))
  return tried ? comeIn(tried, request.headers) : ledTo('/sign-in')
}
