import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BetterAuthOptions } from 'better-auth'
import { drizzleAdapter } from 'better-auth/adapters/drizzle'
import type { SignInProvider } from '#connectors/contract'
import { accounts, identities, proofs, sessions } from '#db/account-schema'
import { accountById, keepIdentityOf, setRole } from '#db/accounts'
import { lastingDb } from '#db/client'
import type { Config } from '../config.ts'
import { keptSecret } from '../kept-secret.ts'
import { log } from '../log.ts'

/** A browser that reads now and then stays signed in; one that was left behind does not. */
const SESSION_SECONDS = 30 * 86_400
const DAY_SECONDS = 86_400

/** How better-auth works here: on our tables, with cookies of ours, asking of everybody whether they belong. */
export function signInOptions(config: Config, origin: string, providers: SignInProvider[]) {
  const secure = origin.startsWith('https:')
  return {
    appName: 'Backplane',
    baseURL: origin,
    basePath: '/auth',
    secret: authSecret(config),
    database: drizzleAdapter(lastingDb, {
      provider: 'pg',
      schema: { user: accounts, session: sessions, account: identities, verification: proofs },
      transaction: true,
    }),
    telemetry: { enabled: false },
    logger: { level: 'warn', log: (level, message) => log[level === 'error' ? 'warn' : 'debug'](`signing in: ${message}`) },
    // The gate and the limits of the web process come first.
    rateLimit: { enabled: false },
    session: { expiresIn: SESSION_SECONDS, updateAge: DAY_SECONDS, fields: { userId: 'accountId' } },
    user: {
      additionalFields: { role: { type: 'string', input: false }, invited: { type: 'boolean', input: false } },
      validateUserInfo: (incoming) => vouchedFor(incoming, providers),
    },
    account: {
      fields: { userId: 'holder', accountId: 'subject', providerId: 'provider' },
      encryptOAuthTokens: true,
      // An account is made by an owner, by a link that was opened or by a provider: nobody lies in wait in one.
      accountLinking: { requireLocalEmailVerified: false },
    },
    onAPIError: { errorURL: `${origin}/sign-in` },
    verification: { disableCleanup: false },
    advanced: {
      // The prefix says it, which better-auth would write as `__Secure-`.
      useSecureCookies: false,
      cookiePrefix: cookiePrefix(origin),
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/', secure },
      ipAddress: { disableIpTracking: true },
    },
    databaseHooks: {
      user: {
        create: { before: async (user) => ({ data: { ...user, role: 'member', invited: false } }) },
      },
      session: {
        create: {
          before: async (session) => {
            const account = await accountById(session.userId)
            // Who is no member any more gets no session, whichever way they came.
            return account?.role === 'member' || account?.role === 'owner' ? { data: { ...session, userAgent: '' } } : false
          },
        },
      },
    },
  } satisfies BetterAuthOptions
}

/** Only over https a cookie can be bound to its host. Cookies know no ports: two boards on one computer must not overwrite each other's. */
function cookiePrefix(origin: string): string {
  return origin.startsWith('https:') ? '__Host-backplane' : `backplane-${new URL(origin).port || 80}`
}

/** The name of a cookie of signing in. */
export function cookieNamed(what: string, origin: string): string {
  return `${cookiePrefix(origin)}.${what}`
}

/** What each of them carries behind its value. */
export function cookieAttributes(origin: string): string {
  return `; Path=/; HttpOnly; SameSite=Lax${origin.startsWith('https:') ? '; Secure' : ''}`
}

/** Where a provider says how it is asked. */
export function metadataAddress({ issuer }: Pick<SignInProvider, 'issuer'>): string {
  return `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`
}

/** A provider as better-auth asks for it. */
export function providerOptions(provider: SignInProvider, origin: string) {
  const { id, name, clientId, clientSecret, scopes = [] } = provider
  return {
    ...{ providerId: id, name, discoveryUrl: metadataAddress(provider), clientId, clientSecret },
    scopes: ['openid', 'profile', 'email', ...scopes],
    // Who asks to be let in while nobody is there has to ask them (OpenID Connect Core §11).
    ...(scopes.includes('offline_access') && { prompt: 'consent' as const }),
    redirectURI: `${origin}/auth/callback`,
    // A token that nobody signed, or that was made for another request, says nothing.
    requireIdTokenVerification: true,
    authentication: 'basic' as const,
  }
}

/** Whom a provider describes is let in, or why not. */
async function vouchedFor(
  {
    user,
    source,
  }: { user: { id?: unknown }; source: { action: string; oauth?: { providerId: string; profile?: { [claim: string]: unknown } } } },
  providers: SignInProvider[],
) {
  // By a link: whoever may have one was asked before it was made.
  if (!source.oauth) return
  const { providerId, profile = {} } = source.oauth
  if (!providers.find(({ id }) => id === providerId)?.belongs(profile)) return { error: 'no_member' }
  const account = source.action === 'create-user' ? null : await accountById(String(user.id))
  if (account?.role === 'barred') return { error: 'barred' }
  // Who administers a provider could call anybody by an owner's address.
  if (account?.role === 'owner' && source.action === 'link-account') return { error: 'owner' }
  if (account?.role === 'former') await setRole(account.id, 'member')
  if (source.action === 'sign-in') await keepIdentityOf(providerId, String(profile.sub), new Date())
}

/** The secret that cookies are signed with: AUTH_SECRET, or one that is kept in DATA_DIR (mode 0600). */
export function authSecret({ AUTH_SECRET, DATA_DIR }: Pick<Config, 'AUTH_SECRET' | 'DATA_DIR'>): string {
  if (AUTH_SECRET) return AUTH_SECRET
  mkdirSync(DATA_DIR, { recursive: true })
  return keptSecret(join(DATA_DIR, 'auth-secret'), () => randomBytes(32).toString('base64url'))
}
