import { endSubscription } from '#db/subscriptions'
import { ledTo } from '../led-to.ts'

export const dynamic = 'force-dynamic'

const token = (request: Request) => new URL(request.url).searchParams.get('t') ?? ''

/** Leads to the page with the button: programs that search mail for harm open every link in it, and end nothing by that. */
export function GET(request: Request): Response {
  return ledTo(`/digest/subscription?t=${encodeURIComponent(token(request))}`)
}

/**
 * Ends a digest at once (RFC 8058): what mail programs send when their unsubscribe button is pressed. It needs no cookie and leads
 * nowhere. It says the same of a token that is none.
 */
export async function POST(request: Request): Promise<Response> {
  const form = new URLSearchParams(await request.text())
  if (form.get('List-Unsubscribe') !== 'One-Click') return new Response('List-Unsubscribe=One-Click\n', { status: 400 })
  await endSubscription({ token: token(request) }, 'asked', new Date())
  return new Response(null, { status: 200, headers: { 'Cache-Control': 'no-store' } })
}
