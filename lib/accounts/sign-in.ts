import http from 'node:http'
import { betterAuth } from 'better-auth/minimal'
import { genericOAuth } from 'better-auth/plugins/generic-oauth'
import { magicLink } from 'better-auth/plugins/magic-link'
import type { SignInProvider } from '#connectors/contract'
import { accountOf, setRole } from '#db/accounts'
import type { Reader } from '#db/audience'
import { type Config, ConfigError } from '../config.ts'
import { log } from '../log.ts'
import { cookiesNamed } from '../server/gate.ts'
import { communityProblem } from '../server/mode.ts'
import { mayJoin } from './may-join.ts'
import { cookieAttributes, cookieNamed, providerOptions, signInOptions } from './sign-in-options.ts'
import { signInProviders } from './sign-in-providers.ts'

/**
 * Signing in, by better-auth (https://better-auth.com/docs) on our own tables. Its own addresses are not served: the few
 * routes of ours that readers use ask it from here, after the gate has looked at the request.
 */

/** Somebody waits for a provider to answer. */
const PROVIDER_MS = 10_000

/** A link is for who asked for it just now. */
export const LINK_MINUTES = 15

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

/**
 * Signing in at this instance, with who vouches for readers beside their mailboxes. Throws ConfigError where PUBLIC_URL is none that
 * readers can sign in at.
 */
export function openSignIn(config: Config, providers: SignInProvider[] = signInProviders(config)): SignIn {
  const problem = communityProblem(config)
  if (problem) throw new ConfigError(problem)
  const origin = new URL(config.PUBLIC_URL ?? '').origin
  const options = signInOptions(config, origin, providers)
  // Links are made one at a time where they are asked for, not sent from inside the library.
  const made = new Map<string, string>()
  const auth = betterAuth({
    ...options,
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
  // Apart, because it first asks every provider for its metadata: nobody who only reads waits for those.
  const withProviders = () =>
    betterAuth({ ...options, plugins: [genericOAuth({ config: providers.map((provider) => providerOptions(provider, origin)) })] })
  let vouching: ReturnType<typeof withProviders> | null = null
  /** What comes of asking a provider, or an error once that takes too long: then all of it begins anew the next time. */
  const ofProviders = async <Answer>(ask: (of: ReturnType<typeof withProviders>) => Promise<Answer>): Promise<Answer> => {
    vouching ??= withProviders()
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      vouching = null
      late.reject(new Error(`a provider did not answer within ${PROVIDER_MS} ms`))
    }, PROVIDER_MS)
    return Promise.race([ask(vouching), late.promise]).finally(() => clearTimeout(timer))
  }

  const via = cookieNamed('via', origin)
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
        const body = { provider: id, callbackURL: '/', errorCallbackURL: '/sign-in', disableRedirect: true }
        const { response, headers } = await ofProviders(({ api }) => api.signInSocial({ body, returnHeaders: true }))
        if (!response.url) return null
        return { url: response.url, cookies: [...headers.getSetCookie(), `${via}=${id}; Max-Age=600${cookieAttributes(origin)}`] }
      } catch (error) {
        log.warn({ err: error }, 'who vouches for readers cannot be asked')
        return null
      }
    },
    async returned(query, headers) {
      // All of them send back to one address, so that a provider need know only that.
      const [id = providers[0]?.id ?? ''] = cookiesNamed(via, headers.get('cookie') ?? '')
      try {
        const asked = { params: { id }, query, headers, method: 'GET' as const, asResponse: true as const }
        return await tried(await ofProviders(({ api }) => api.callbackOAuth(asked)), 'refused')
      } catch (error) {
        log.warn({ err: error }, 'who vouches for readers cannot be asked')
        return { problem: 'failed', cookies: [] }
      }
    },
    async leave(headers, everywhere) {
      if (everywhere && (await readerOf(headers)).reader.account) await auth.api.revokeSessions({ headers })
      const { headers: answered } = await auth.api.signOut({ headers, returnHeaders: true })
      return answered.getSetCookie()
    },
  }
}

// Kept on the process, not the module: Next bundles this file beside the copy that the web process itself loads.
const held = globalThis as typeof globalThis & { backplaneSignIn?: SignIn }

/** Kept for the routes of this process. */
export function offerSignIn(config: Config): SignIn {
  if (!held.backplaneSignIn) {
    held.backplaneSignIn = openSignIn(config)
    // Providers are asked with Node's own fetch, which looks for HTTPS_PROXY only when told to (Node ≥ 24.5).
    http.setGlobalProxyFromEnv?.()
  }
  return held.backplaneSignIn
}

/** How readers sign in here; null in personal mode. */
export function signIn(): SignIn | null {
  return held.backplaneSignIn ?? null
}
