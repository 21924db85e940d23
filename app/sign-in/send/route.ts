import { sendLink } from '#lib/accounts/send-link'
import { signIn } from '#lib/accounts/sign-in'
import { ledTo } from '../../led-to.ts'

export const dynamic = 'force-dynamic'

/** Sends a link to a mailbox that may sign in. Who asks is told the same of every address, in the same time. */
export async function POST(request: Request): Promise<Response> {
  const email = new URLSearchParams(await request.text()).get('email')?.trim() ?? ''
  if (!signIn()) return ledTo('/sign-in')
  const problem = await sendLink(email)
  return ledTo(problem ? `/sign-in?problem=${problem}` : '/sign-in?sent=1')
}
