import { createHash, timingSafeEqual } from 'node:crypto'

/** Whether an `Authorization` header carries the token that is wanted, as a bearer token or as a password (RFC 7617); false where none is. */
export function showsToken(authorization: string | null | undefined, token: string | undefined): boolean {
  const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
  const [, basic = ''] = /^Basic +([\w+/=]+)$/i.exec(authorization ?? '') ?? []
  const shown =
    bearer ??
    Buffer.from(basic, 'base64')
      .toString()
      .replace(/^[^:]*:/, '')
  if (!token || !shown) return false
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(shown), digest(token))
}
