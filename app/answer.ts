import { createHash } from 'node:crypto'
import { throughLoss } from '#db/again'
import type { Reader } from '#db/audience'
import { log } from '#lib/log'

/** What a route for programs has to say. */
export type Said = { type: string; body: string; reader: Reader; modified: Date | null }

/** What was asked for makes no sense: the message is a sentence to who asks. */
export class AskedWronglyError extends Error {}

/**
 * Answers with validators, and with 304 to whom holds the same already (RFC 9110 §13). A fault is answered with 503 and
 * a sentence: what is asked for comes from the database, and it comes back.
 */
export async function answer(request: Request, say: () => Promise<Said>): Promise<Response> {
  try {
    return conditional(request, await throughLoss(say))
  } catch (error) {
    if (error instanceof AskedWronglyError)
      return Response.json({ error: error.message }, { status: 400, headers: { 'Cache-Control': 'no-store' } })
    log.error({ err: error }, 'a request for data could not be answered')
    const sentence = 'The posts cannot be read now. /api/health says which part is missing.'
    return Response.json({ error: sentence }, { status: 503, headers: { 'Retry-After': '10', 'Cache-Control': 'no-store' } })
  }
}

function conditional(request: Request, { type, body, reader, modified }: Said): Response {
  // Weak, because compression changes the bytes and not what they say.
  const etag = `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`
  const headers = new Headers({
    ETag: etag,
    'Cache-Control': keepBy(request, reader),
    Vary: 'Cookie, Authorization',
  })
  if (modified) headers.set('Last-Modified', modified.toUTCString())
  if (isHeld(request.headers, etag, modified)) return new Response(null, { status: 304, headers })
  headers.set('Content-Type', type)
  return new Response(body, { headers })
}

/** Whether the asker holds this very version. A tag is sure, and counts before a date. */
function isHeld(asked: Headers, etag: string, modified: Date | null): boolean {
  const tags = asked.get('if-none-match')
  if (tags !== null) return tags.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag.replace(/^W\//, ''))
  const since = Date.parse(asked.get('if-modified-since') ?? '')
  // HTTP dates are whole seconds.
  return modified !== null && Math.floor(modified.getTime() / 1000) * 1000 <= since
}

/** Who is signed in leaves nothing behind in a browser; programs keep what they were told, for themselves. */
function keepBy(request: Request, { role, account }: Reader): string {
  if (role === 'anonymous') return 'no-cache'
  return account && !new URL(request.url).searchParams.has('feed') ? 'private, no-store' : 'private, no-cache'
}
