import { createHash, randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { type Answer, type Asked, serve } from './server.ts'

type Claims = { sub: string; [claim: string]: unknown }

export type OidcServer = Awaited<ReturnType<typeof serveOidc>>

/**
 * A strict stand-in for an OpenID provider: code flow only, the one redirect address that it knows, state, nonce and PKCE
 * (S256) demanded, codes good once, the client known by HTTP Basic, ID tokens signed with RS256. `behaviour` is what
 * its tokens get wrong; `refused` what was asked wrongly. `signInAs` says who sits before it from then on.
 */
export async function serveOidc(redirectUri: string) {
  const client = { id: 'board', secret: 'a-secret-of-the-client' }
  const [keys, others] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')])
  const codes = new Map<string, { claims: Claims; nonce: string; challenge: string }>()
  const refused: string[] = []
  const behaviour = { nonce: '', audience: '', issuer: '', foreignKey: false, expired: false }
  let present: Claims = { sub: 'nobody' }
  const refuse = (error: string): Answer => {
    refused.push(error)
    return { status: 400, body: { error } }
  }
  const key = { ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }

  const authorize = ({ url }: Asked): Answer => {
    const asked = Object.fromEntries(url.searchParams)
    if (asked.client_id !== client.id || asked.redirect_uri !== redirectUri) return refuse('unauthorized_client')
    if (asked.response_type !== 'code' || !asked.scope?.split(' ').includes('openid')) return refuse('invalid_scope')
    if (!asked.state || !asked.nonce || !asked.code_challenge || asked.code_challenge_method !== 'S256') return refuse('invalid_request')
    const code = randomBytes(12).toString('hex')
    codes.set(code, { claims: present, nonce: asked.nonce, challenge: asked.code_challenge })
    return { status: 302, headers: { location: `${redirectUri}?${new URLSearchParams({ code, state: asked.state })}` } }
  }
  const token = async ({ method, headers, body }: Asked): Promise<Answer> => {
    if (method !== 'POST') return { status: 405 }
    const basic = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`
    if (headers.authorization !== basic) return refuse('invalid_client')
    const form = Object.fromEntries(new URLSearchParams(body))
    const grant = codes.get(form.code ?? '')
    codes.delete(form.code ?? '')
    if (!grant || form.grant_type !== 'authorization_code' || form.redirect_uri !== redirectUri) return refuse('invalid_grant')
    const verifier = createHash('sha256').update(form.code_verifier ?? '')
    if (verifier.digest('base64url') !== grant.challenge) return refuse('invalid_grant')
    const now = Math.floor(Date.now() / 1000) - (behaviour.expired ? 7200 : 0)
    const idToken = await new SignJWT({ ...grant.claims, nonce: behaviour.nonce || grant.nonce })
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .setIssuer(behaviour.issuer || server.origin)
      .setAudience(behaviour.audience || client.id)
      .setIssuedAt(now)
      .setExpirationTime(now + 600)
      .sign(behaviour.foreignKey ? others.privateKey : keys.privateKey)
    return { body: { access_token: randomBytes(12).toString('hex'), token_type: 'Bearer', expires_in: 600, id_token: idToken } }
  }
  const server = await serve({
    '/.well-known/openid-configuration': () => ({
      body: {
        issuer: server.origin,
        authorization_endpoint: `${server.origin}/authorize`,
        token_endpoint: `${server.origin}/token`,
        jwks_uri: `${server.origin}/keys`,
        id_token_signing_alg_values_supported: ['RS256'],
      },
    }),
    '/keys': { body: { keys: [key] } },
    '/authorize': authorize,
    '/token': token,
  })
  const signInAs = (claims: Claims) => {
    present = claims
  }
  return { ...server, issuer: server.origin, client, refused, behaviour, signInAs }
}
