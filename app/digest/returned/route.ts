import { configuration } from '#lib/config'
import { takeReturned } from '#lib/digest/returned-mail'
import { showsToken } from '#lib/server/bearer'

export const dynamic = 'force-dynamic'

/**
 * Takes a bounce, a complaint or a wish to be sent no more from who runs the mailbox of MAIL_BOUNCES, or the relay: the raw message
 * (`message/rfc822`, `text/plain`), or JSON with it in `message`. What says nothing about a digest is taken, too, so that nobody sends it again.
 */
export async function POST(request: Request): Promise<Response> {
  const { DIGEST_RETURNS_TOKEN } = configuration()
  if (!DIGEST_RETURNS_TOKEN) return said(404, 'No mail is taken back here: set DIGEST_RETURNS_TOKEN.')
  if (!showsToken(request.headers.get('authorization'), DIGEST_RETURNS_TOKEN))
    return said(401, 'Show DIGEST_RETURNS_TOKEN as a bearer token.')
  const raw = await messageIn(request)
  if (!raw) return said(400, 'Send the message as message/rfc822, or as JSON: {"message": "…"}.')
  return said(200, await takeReturned(raw, new Date()))
}

async function messageIn(request: Request): Promise<string | null> {
  const body = await request.text()
  if (!/^application\/(?:[\w.+-]*\+)?json\b/i.test(request.headers.get('content-type') ?? '')) return body
  try {
    const { message } = Object(JSON.parse(body))
    return typeof message === 'string' ? message : null
  } catch {
    return null
  }
}

function said(status: number, sentence: string): Response {
  return new Response(`${sentence}\n`, { status, headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' } })
}
