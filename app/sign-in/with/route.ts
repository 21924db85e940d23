import { signIn } from '#lib/accounts/sign-in'
import { ledTo } from '../../led-to.ts'
import { signInStrings as strings } from '../../strings/sign-in.ts'

export const dynamic = 'force-dynamic'

/**
 * Sends a reader to who vouches for them (`provider`). As a page that leads on, because a form of ours may be answered with no
 * address elsewhere (`form-action 'self'`).
 */
export async function POST(request: Request): Promise<Response> {
  const id = new URLSearchParams(await request.text()).get('provider') ?? ''
  const asked = await signIn()?.askProvider(id)
  if (!asked) return ledTo('/sign-in?problem=failed')
  const href = asked.url.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=${href}"><title>${strings.title}</title><a href="${href}">${strings.goOn}</a></html>`
  const headers = new Headers({ 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' })
  for (const cookie of asked.cookies) headers.append('Set-Cookie', cookie)
  return new Response(page, { headers })
}
