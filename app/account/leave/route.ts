import { signIn } from '#lib/accounts/sign-in'
import { forgetBrowser, ledTo } from '../../led-to.ts'

export const dynamic = 'force-dynamic'

/** Signs this browser out, or with `everywhere` all that are signed in as the same account. */
export async function POST(request: Request): Promise<Response> {
  const everywhere = new URLSearchParams(await request.text()).has('everywhere')
  const cookies = await signIn()?.leave(new Headers({ cookie: request.headers.get('cookie') ?? '' }), everywhere)
  return forgetBrowser(ledTo('/', cookies))
}
