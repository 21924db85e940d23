import type { IncomingMessage } from 'node:http'
import { throughLoss } from '#db/again'
import type { Reader } from '#db/audience'
import { readerOfFeed } from '#db/feed-keys'
import { offerSignIn } from '../accounts/sign-in.ts'
import { authSecret } from '../accounts/sign-in-options.ts'
import type { Config } from '../config.ts'
import { log } from '../log.ts'
import { admitCommunity } from './community-gate.ts'
import { type Answer, admit, type Gate, type Shape } from './gate.ts'
import { namesNobody } from './names-nobody.ts'
import { cookieOf, ownerKey } from './owner-key.ts'

/** As whom a request comes in, and cookies that its browser keeps from now on; or what to answer instead. */
export type Entry = { reader: Reader; cookies: string[] } | { answer: Answer }

/** The one way in of this process, by its mode. */
export type Entrance = {
  enter(request: IncomingMessage): Promise<Entry>
  /** Known only once the server listens. */
  listensOn(port: number): void
  /** What readers are told apart by, to their own browsers. */
  tagKey: string
}

/** The same for everybody, so that nobody's session need be looked up. */
const FOR_EVERYBODY = /^\/(?:_next\/static|icons)\//
/** In a community: the forms of who signs in or out. */
const SIGNING_IN = [
  ...['/sign-in/send', '/sign-in/enter', '/sign-in/with', '/account/leave', '/account/feeds', '/account/claims', '/account/delete'],
  '/api/place',
]

/** Personal: whoever shows the key is the owner. Community: whoever has a session is whom it names. */
export function entranceOf(config: Config, shape: Shape): Entrance {
  return config.MODE === 'community' ? communityEntrance(config, shape) : personalEntrance(config, shape)
}

function personalEntrance(config: Config, shape: Shape): Entrance {
  const key = ownerKey(config.DATA_DIR)
  const gate: Gate = { ...shape, key, cookie: { name: '', value: cookieOf(key) } }
  return {
    async enter(request) {
      const verdict = admit(request, gate)
      return 'answer' in verdict ? verdict : { ...verdict, cookies: [] }
    },
    // Cookies know no ports: two boards on one computer must not overwrite each other's.
    listensOn(port) {
      gate.cookie.name = `backplane-${port}`
    },
    tagKey: key,
  }
}

function communityEntrance(config: Config, shape: Shape): Entrance {
  const signIn = offerSignIn(config)
  const gate = { ...shape, posts: [...shape.posts, ...SIGNING_IN], config }
  return {
    async enter(request) {
      const answer = admitCommunity(request, gate)
      if (answer) return { answer }
      const { cookie } = request.headers
      try {
        const byKey = await throughLoss(() => feedReader(request))
        if (byKey) return byKey
        if (namesNobody(cookie) || FOR_EVERYBODY.test(request.url ?? '')) return { reader: { role: 'anonymous' }, cookies: [] }
        return await throughLoss(() => signIn.readerOf(new Headers({ cookie: cookie ?? '' })))
      } catch (error) {
        log.error({ err: error }, 'nobody could be asked who somebody is')
        return { answer: NOT_NOW }
      }
    },
    listensOn() {},
    tagKey: authSecret(config),
  }
}

/** The database knows who is signed in; while it is away, nobody is taken for anybody. */
const NOT_NOW: Answer = {
  status: 503,
  sentence: 'It cannot be told now who you are. Try again in a moment.',
  headers: { 'Retry-After': '10' },
}

/** A feed's address may carry a key of its reader's own (`feed`), because programs that read feeds sign in nowhere. */
const FEED = /^\/(?:atom\.xml|rss\.xml|feed\.json)\?/

async function feedReader({ url = '/' }: IncomingMessage): Promise<Entry | null> {
  const key = FEED.test(url) ? new URL(url, 'http://localhost').searchParams.get('feed') : null
  if (!key) return null
  const reader = await readerOfFeed(key, new Date())
  if (reader) return { reader, cookies: [] }
  return { answer: { status: 403, sentence: 'This address of a feed was ended. Its reader can make another one on /account.' } }
}
