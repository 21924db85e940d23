import { createHash, randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { type Answer, type Asked, serve } from './server.ts'

type Claims = { sub: string; [claim: string]: unknown }

export type OidcServer = Awaited<ReturnType<typeof serveOidc>>

/**
 * A strict stand-in for an OpenID provider: code flow only, the one redirect address that it knows, state, nonce and PKCE
 * (S256) demanded, codes good once, the client known by HTTP Basic, ID tokens signed with RS256. Who asked for
 * `offline_access` gets a token to refresh with, good once. `behaviour` is what its tokens get wrong; `refused` what was
 * asked wrongly. `signInAs` says who sits before it from then on; `knows` what it says of somebody afterwards, null: nothing.
 */
export async function serveOidc(redirectUri: string) {
  const client = { id: 'board', secret: 'a-secret-of-the-client' }
  const [keys, others] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')])
  const codes = new Map<string, { claims: Claims; nonce: string; challenge: string; offline: boolean }>()
  const refused: string[] = []
  const behaviour = { nonce: '', audience: '', issuer: '', foreignKey: false, expired: false, silent: false, accessSeconds: 600 }
  /** Whose tokens are good, and for what. */
  const given = new Map<string, { sub: string; use: 'access' | 'refresh' }>()
  const people = new Map<string, Claims>()
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
    const offline = asked.scope.split(' ').includes('offline_access') && asked.prompt === 'consent'
    codes.set(code, { claims: present, nonce: asked.nonce, challenge: asked.code_challenge, offline })
    people.set(present.sub, present)
    return { status: 302, headers: { location: `${redirectUri}?${new URLSearchParams({ code, state: asked.state })}` } }
  }
  const give = (sub: string, use: 'access' | 'refresh') => {
    const token = randomBytes(12).toString('hex')
    given.set(token, { sub, use })
    return token
  }
  /** The tokens of one answer. */
  const tokensFor = ({ sub }: Claims, offline: boolean) => ({
    ...{ access_token: give(sub, 'access'), token_type: 'Bearer', expires_in: behaviour.accessSeconds },
    ...(offline && { refresh_token: give(sub, 'refresh') }),
  })
  const refresh = (shown: string): Answer => {
    const known = given.get(shown)
    given.delete(shown)
    const claims = people.get(known?.sub ?? '')
    return known?.use === 'refresh' && claims ? { body: tokensFor(claims, true) } : refuse('invalid_grant')
  }
  const userinfo = ({ headers }: Asked): Answer => {
    const known = given.get(/^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '')
    const claims = people.get(known?.sub ?? '')
    if (known?.use === 'access' && claims) return { body: claims }
    return { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } }
  }
  const token = async ({ method, headers, body }: Asked): Promise<Answer | undefined> => {
    if (method !== 'POST') return { status: 405 }
    if (behaviour.silent) return undefined
    const basic = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`
    if (headers.authorization !== basic) return refuse('invalid_client')
    const form = Object.fromEntries(new URLSearchParams(body))
    if (form.grant_type === 'refresh_token') return refresh(form.refresh_token ?? '')
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
    return { body: { ...tokensFor(grant.claims, grant.offline), id_token: idToken } }
  }
  const server = await serve({
    '/.well-known/openid-configuration': () =>
      behaviour.silent
        ? undefined
        : {
            body: {
              issuer: server.origin,
              authorization_endpoint: `${server.origin}/authorize`,
              token_endpoint: `${server.origin}/token`,
              jwks_uri: `${server.origin}/keys`,
              userinfo_endpoint: `${server.origin}/userinfo`,
              id_token_signing_alg_values_supported: ['RS256'],
            },
          },
    '/keys': { body: { keys: [key] } },
    '/authorize': authorize,
    '/token': token,
    '/userinfo': userinfo,
  })
  const signInAs = (claims: Claims) => {
    present = claims
  }
  const knows = (sub: string, claims: Claims | null) => {
    if (claims) people.set(sub, claims)
    else people.delete(sub)
  }
  return { ...server, issuer: server.origin, client, refused, behaviour, signInAs, knows }
}
