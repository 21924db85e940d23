import { symmetricDecrypt, symmetricEncrypt } from 'better-auth/crypto'
import * as openid from 'openid-client'
import type { Reach, SignInProvider } from '#connectors/contract'
import { createHttp } from '#connectors/http'
import { type Identity, keepTokens } from '#db/accounts'
import { log } from '../log.ts'
import { metadataAddress } from './sign-in-options.ts'

const PATIENCE_SECONDS = 20
/** A token is not used in its last moments. */
const SPARE_MS = 30_000

/**
 * Asks an OpenID provider whether somebody who signed in by it still belongs, by the tokens that it gave then, which lie
 * encrypted with `secret`: what it says of them now (OpenID Connect Core §5.3), with a token made new (§12) where the old
 * one has ended. Where it gave nothing to ask with, or takes it no more, nobody vouches: false. null: it cannot be asked now.
 */
export async function stillVouched(provider: SignInProvider, identity: Identity, secret: string, reach: Reach): Promise<boolean | null> {
  const kept = { access: await opened(identity.accessToken, secret), refresh: await opened(identity.refreshToken, secret) }
  // Kept, and not to be opened: that is this machine's fault.
  if ([kept.access, kept.refresh].includes('sealed')) {
    log.warn({ provider: provider.id }, 'tokens cannot be opened: AUTH_SECRET is another than where readers sign in')
    return null
  }
  try {
    const config = await metadataOf(provider, reach)
    const fresh = !identity.accessTokenExpiresAt || identity.accessTokenExpiresAt.getTime() > Date.now() + SPARE_MS
    const known = fresh && kept.access ? await said(config, kept.access, identity.subject) : null
    if (known) return provider.belongs(known)
    if (!kept.refresh) return false
    const tokens = await openid.refreshTokenGrant(config, kept.refresh)
    await keepTokens(identity.id, {
      accessToken: await symmetricEncrypt({ key: secret, data: tokens.access_token }),
      refreshToken: await symmetricEncrypt({ key: secret, data: tokens.refresh_token ?? kept.refresh }),
      accessTokenExpiresAt: tokens.expires_in === undefined ? null : new Date(Date.now() + tokens.expires_in * 1000),
    })
    const claims = tokens.claims()
    if (claims && claims.sub !== identity.subject) return false
    const now = { ...claims, ...(await said(config, tokens.access_token, identity.subject)) }
    return provider.belongs(now)
  } catch (error) {
    reach.signal.throwIfAborted()
    if (error instanceof openid.ResponseBodyError && error.error === 'invalid_grant') return false
    log.warn({ err: error, provider: provider.id }, 'who vouches for members cannot be asked')
    return null
  }
}

/** What it says of whose token this is; null where it takes the token no more, or says nothing to anybody. */
async function said(config: openid.Configuration, token: string, subject: string): Promise<{ [claim: string]: unknown } | null> {
  if (!config.serverMetadata().userinfo_endpoint) return null
  try {
    return await openid.fetchUserInfo(config, token, subject)
  } catch (error) {
    if (isNotTheirs(error)) return null
    throw error
  }
}

async function metadataOf(provider: SignInProvider, { signal, http }: Reach): Promise<openid.Configuration> {
  const server = new URL(metadataAddress(provider))
  // Whoever declared it meant it, also where it stands in a private network.
  const { fetch } = createHttp({ userAgent: http.userAgent, trustedHosts: [server.hostname] })
  const limited: openid.CustomFetch = (url, { signal: own, method, headers, redirect, body }) =>
    fetch(url, {
      ...{ method, headers, redirect, body: body instanceof URLSearchParams ? body : null },
      signal: AbortSignal.any([signal, ...(own ? [own] : [])]),
    })
  return openid.discovery(server, provider.clientId, undefined, basic(provider), {
    [openid.customFetch]: limited,
    timeout: PATIENCE_SECONDS,
    execute: server.protocol === 'http:' ? [openid.allowInsecureRequests] : [],
  })
}

/** As better-auth says who we are when somebody signs in: letter by letter, as most providers read it. */
function basic({ clientId, clientSecret }: SignInProvider): openid.ClientAuth {
  const said = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`
  return (_server, _client, _body, headers) => headers.set('authorization', said)
}

/** A token that is refused, or is somebody else's; Slack says it with 200 and no person. */
function isNotTheirs(error: unknown): boolean {
  if (error instanceof openid.WWWAuthenticateChallengeError) return true
  if (!(error instanceof openid.ClientError)) return false
  const { cause } = error
  const status = typeof cause === 'object' && cause !== null && 'status' in cause ? cause.status : 200
  return status === 401 || status === 403 || ['OAUTH_INVALID_RESPONSE', 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED'].includes(error.code ?? '')
}

async function opened(token: string | null, secret: string): Promise<string | null> {
  if (!token) return null
  return symmetricDecrypt({ key: secret, data: token }).catch(() => 'sealed')
}
