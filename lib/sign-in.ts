import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BetterAuthOptions } from 'better-auth'
import { drizzleAdapter } from 'better-auth/adapters/drizzle'
import { betterAuth } from 'better-auth/minimal'
import { magicLink } from 'better-auth/plugins/magic-link'
import { accounts, identities, proofs, sessions } from '#db/account-schema'
import { accountById, accountOf, setRole } from '#db/accounts'
import type { Reader } from '#db/audience'
import { db } from '#db/client'
import { type Config, ConfigError } from './config.ts'
import { keptSecret } from './kept-secret.ts'
import { log } from './log.ts'
import { communityProblem } from './mode.ts'

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

/** What came of something that a browser asked for: where it goes next, and what it keeps. */
export type SignedIn = { ok: boolean; cookies: string[] }

export type SignIn = {
  /** Who a request's cookies say that asks, and cookies to be kept from now on, where the session was made longer. */
  readerOf(headers: Headers): Promise<{ reader: Reader; cookies: string[] }>
  /** A link for an account, or for an address that may join; null for everybody else. */
  linkFor(email: string): Promise<Link | null>
  /** Opens a link, once: signs in the browser that sent `headers`. */
  open(token: string, headers: Headers): Promise<SignedIn>
  /** Ends the session of this browser, or of all that are signed in as the same account. Returns the cookies to forget. */
  leave(headers: Headers, everywhere: boolean): Promise<string[]>
}

/** Whether a link to their mailbox may make somebody a member: MEMBERS lists addresses and domains. */
export function mayJoin(email: string, { MEMBERS }: Pick<Config, 'MEMBERS'>): boolean {
  const address = email.trim().toLowerCase()
  return MEMBERS.includes(address) || MEMBERS.includes(address.split('@')[1] ?? address)
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
  const auth = betterAuth({
    ...options(config, origin),
    plugins: [
      magicLink({
        expiresIn: LINK_MINUTES * 60,
        storeToken: 'hashed',
        sendMagicLink: ({ email, token }) => {
          made.set(email, `${origin}/sign-in/link?token=${token}`)
        },
      }),
    ],
  })

  return {
    async readerOf(headers) {
      const { response, headers: answered } = await auth.api.getSession({ headers, returnHeaders: true })
      const role = response?.user.role
      const cookies = answered.getSetCookie()
      if (!response || (role !== 'member' && role !== 'owner')) return { reader: { role: 'anonymous' }, cookies }
      return { reader: { role, account: response.user.id }, cookies }
    },
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
      const query = { token, callbackURL: '/', errorCallbackURL: '/sign-in?problem=link' }
      const answer = await auth.api.magicLinkVerify({ query, headers, asResponse: true })
      const cookies = answer.headers.getSetCookie()
      return { ok: cookies.length > 0 && !answer.headers.get('location')?.includes('error='), cookies }
    },
    async leave(headers, everywhere) {
      if (everywhere) await auth.api.revokeSessions({ headers })
      const { headers: answered } = await auth.api.signOut({ headers, returnHeaders: true })
      return answered.getSetCookie()
    },
  }
}

function options(config: Config, origin: string) {
  const secure = origin.startsWith('https:')
  // Cookies know no ports: two boards on one computer must not overwrite each other's.
  const prefix = secure ? '__Host-backplane' : `backplane-${new URL(origin).port || 80}`
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
    user: { additionalFields: { role: { type: 'string', input: false }, invited: { type: 'boolean', input: false } } },
    account: { fields: { userId: 'accountId', accountId: 'subject', providerId: 'provider' }, encryptOAuthTokens: true },
    verification: { disableCleanup: false },
    advanced: {
      // The prefix says it, which better-auth would write as `__Secure-`.
      useSecureCookies: false,
      cookiePrefix: prefix,
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
