import { deleteAccount } from '#db/accounts'
import { signIn } from '#lib/accounts/sign-in'
import { readerOf } from '#lib/server/reader'
import { forgetBrowser, ledTo } from '../../led-to.ts'

export const dynamic = 'force-dynamic'

/** Deletes the account of who is signed in, once they have ticked that they are sure, with all that is kept for it. */
export async function POST(request: Request): Promise<Response> {
  const { account } = readerOf(request.headers)
  if (!account) return ledTo('/sign-in')
  if (!new URLSearchParams(await request.text()).has('sure')) return ledTo('/account?problem=sure#delete')
  if (!(await deleteAccount(account))) return ledTo('/account?problem=only#delete')
  // There is no session any more: this has the browser forget its cookie.
  const { cookies = [] } = (await signIn()?.readerOf(new Headers({ cookie: request.headers.get('cookie') ?? '' }))) ?? {}
  return forgetBrowser(ledTo('/', cookies))
}
