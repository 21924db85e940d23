import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BetterAuthOptions } from 'better-auth'
import { drizzleAdapter } from 'better-auth/adapters/drizzle'
import { betterAuth } from 'better-auth/minimal'
import { genericOAuth } from 'better-auth/plugins/generic-oauth'
import { magicLink } from 'better-auth/plugins/magic-link'
import type { SignInProvider } from '#connectors/contract'
import { accounts, identities, proofs, sessions } from '#db/account-schema'
import { accountById, accountOf, setRole } from '#db/accounts'
import type { Reader } from '#db/audience'
import { db } from '#db/client'
import { type Config, ConfigError } from './config.ts'
import { cookiesNamed } from './gate.ts'
import { keptSecret } from './kept-secret.ts'
import { log } from './log.ts'
import { mayJoin } from './may-join.ts'
import { communityProblem } from './mode.ts'
import { signInProviders } from './sign-in-providers.ts'

/**
 * Signing in, by better-auth (https://better-auth.com/docs) on our own tables. Its own addresses are not served: the few
 * routes of ours that readers use ask it from here, after the gate has looked at the request.
 */

/** A link is for who asked for it just now. */
export const LINK_MINUTES = 15
/** A browser that reads now and then stays signed in; one that was left behind does not. */
const SESSION_SECONDS = 30 * 86_400
const DAY_SECONDS = 86_400

/** A link to sign in with, for the mailbox of `email`; good once, for LINK_MINUTES. */
export type Link = { email: string; url: string }

/** What came of trying: the account that is signed in, or a word of `signInStrings.problems`; and what the browser keeps. */
export type Tried = { account: string; cookies: string[] } | { problem: 'link' | 'refused' | 'owner' | 'failed'; cookies: string[] }

export type SignIn = {
  /** Who a request's cookies say that asks, and cookies to be kept from now on, where the session was made longer. */
  readerOf(headers: Headers): Promise<{ reader: Reader; cookies: string[] }>
  /** A link for an account, or for an address that may join; null for everybody else. */
  linkFor(email: string): Promise<Link | null>
  /** Opens a link, once: signs in the browser that sent `headers`. */
  open(token: string, headers: Headers): Promise<Tried>
  /** Who else vouches for readers. */
  providers: Pick<SignInProvider, 'id' | 'name'>[]
  /** Where a provider asks who is there, and what the browser keeps meanwhile; null where there is no such provider, or it is away. */
  askProvider(id: string): Promise<{ url: string; cookies: string[] } | null>
  /** Signs in the browser that a provider sent back with this query and `headers`. */
  returned(query: { [name: string]: string }, headers: Headers): Promise<Tried>
  /** Ends the session of this browser, or of all that are signed in as the same account. Returns the cookies to forget. */
  leave(headers: Headers, everywhere: boolean): Promise<string[]>
}

/** The secret that cookies are signed with: AUTH_SECRET, or one that is kept in DATA_DIR (mode 0600). */
export function authSecret({ AUTH_SECRET, DATA_DIR }: Pick<Config, 'AUTH_SECRET' | 'DATA_DIR'>): string {
  if (AUTH_SECRET) return AUTH_SECRET
  mkdirSync(DATA_DIR, { recursive: true })
  return keptSecret(join(DATA_DIR, 'auth-secret'), () => randomBytes(32).toString('base64url'))
}

/** Throws ConfigError where PUBLIC_URL is none that readers can sign in at. */
export function openSignIn(config: Config): SignIn {
  const problem = communityProblem(config)
  if (problem) throw new ConfigError(problem)
  const origin = new URL(config.PUBLIC_URL ?? '').origin
  // Links are made one at a time where they are asked for, not sent from inside the library.
  const made = new Map<string, string>()
  const providers = signInProviders(config)
  const auth = betterAuth({
    ...options(config, origin, providers),
    plugins: [
      genericOAuth({ config: providers.map((provider) => generic(provider, origin)) }),
      magicLink({
        expiresIn: LINK_MINUTES * 60,
        storeToken: 'hashed',
        sendMagicLink: ({ email, token }) => {
          made.set(email, `${origin}/sign-in/link?token=${token}`)
        },
      }),
    ],
  })

  const via = cookieOf(origin, 'via')
  const readerOf = async (headers: Headers) => {
    const { response, headers: answered } = await auth.api.getSession({ headers, returnHeaders: true })
    const role = response?.user.role
    const cookies = answered.getSetCookie()
    const reader: Reader = role === 'member' || role === 'owner' ? { role, account: response?.user.id ?? '' } : { role: 'anonymous' }
    return { reader, cookies }
  }
  /** Who is signed in by an answer of the library, by what it has the browser keep. */
  const tried = async ({ headers }: Response, otherwise: 'link' | 'refused'): Promise<Tried> => {
    const cookies = headers.getSetCookie()
    const { reader } = await readerOf(new Headers({ cookie: cookies.map((one) => one.split(';')[0]).join('; ') }))
    if (reader.account) return { account: reader.account, cookies }
    const error = /[?&]error=([^&#]+)/.exec(headers.get('location') ?? '')?.[1]
    if (error) log.info({ error }, 'somebody was not signed in')
    return { problem: error === 'owner' ? 'owner' : otherwise, cookies }
  }

  return {
    readerOf,
    providers,
    async linkFor(email) {
      const address = email.trim().toLowerCase()
      const account = await accountOf(address)
      if (account?.role === 'barred') return null
      if (!account || account.role === 'former') {
        if (!mayJoin(address, config)) return null
        if (account) await setRole(account.id, 'member')
      }
      await auth.api.signInMagicLink({ body: { email: address }, headers: new Headers() })
      const url = made.get(address)
      made.delete(address)
      return url ? { email: address, url } : null
    },
    async open(token, headers) {
      const query = { token, callbackURL: '/', errorCallbackURL: '/sign-in' }
      return tried(await auth.api.magicLinkVerify({ query, headers, asResponse: true }), 'link')
    },
    async askProvider(id) {
      if (!providers.some((provider) => provider.id === id)) return null
      try {
        const { response, headers } = await auth.api.signInSocial({
          body: { provider: id, callbackURL: '/', errorCallbackURL: '/sign-in', disableRedirect: true },
          returnHeaders: true,
        })
        if (!response.url) return null
        return { url: response.url, cookies: [...headers.getSetCookie(), `${via}=${id}; Max-Age=600${attributes(origin)}`] }
      } catch (error) {
        log.warn({ err: error }, 'who vouches for readers cannot be asked')
        return null
      }
    },
    async returned(query, headers) {
      // All of them send back to one address, so that a provider need know only that.
      const [id = providers[0]?.id ?? ''] = cookiesNamed(via, headers.get('cookie') ?? '')
      const answer = await auth.api.callbackOAuth({ params: { id }, query, headers, method: 'GET', asResponse: true })
      return tried(answer, 'refused')
    },
    async leave(headers, everywhere) {
      if (everywhere) await auth.api.revokeSessions({ headers })
      const { headers: answered } = await auth.api.signOut({ headers, returnHeaders: true })
      return answered.getSetCookie()
    },
  }
}

/** Only over https a cookie can be bound to its host. Cookies know no ports: two boards on one computer must not overwrite each other's. */
function cookiePrefix(origin: string): string {
  return origin.startsWith('https:') ? '__Host-backplane' : `backplane-${new URL(origin).port || 80}`
}

function cookieOf(origin: string, what: string): string {
  return `${cookiePrefix(origin)}.${what}`
}

function attributes(origin: string): string {
  return `; Path=/; HttpOnly; SameSite=Lax${origin.startsWith('https:') ? '; Secure' : ''}`
}

function generic({ id, name, issuer, clientId, clientSecret }: SignInProvider, origin: string) {
  const discoveryUrl = `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`
  return {
    ...{ providerId: id, name, discoveryUrl, clientId, clientSecret, scopes: ['openid', 'profile', 'email'] },
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
}

function options(config: Config, origin: string, providers: SignInProvider[]) {
  const secure = origin.startsWith('https:')
  return {
    appName: 'Backplane',
    baseURL: origin,
    basePath: '/auth',
    secret: authSecret(config),
    database: drizzleAdapter(db(), {
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
      fields: { userId: 'accountId', accountId: 'subject', providerId: 'provider' },
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

// Kept on the process, not the module: Next bundles this file beside the copy that the web process itself loads.
const held = globalThis as typeof globalThis & { backplaneSignIn?: SignIn }

/** Kept for the routes of this process. */
export function offerSignIn(config: Config): SignIn {
  held.backplaneSignIn ??= openSignIn(config)
  return held.backplaneSignIn
}

/** How readers sign in here; null in personal mode. */
export function signIn(): SignIn | null {
  return held.backplaneSignIn ?? null
}
