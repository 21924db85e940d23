import type { Guess } from '../contract.ts'
import { type Settings, serverOf } from './settings.ts'

/** Where a name is looked for that says no server, and where what is said elsewhere has arrived: the community's own. */
const HOME = 'https://mast.hpc.social'

/** Its accounts may be followed from the fediverse, if they chose to; it answers no questions itself. */
const THREADS = /^(?:www\.)?threads\.(?:net|com)$/i

/** Names that servers like to have. A guess: whoever asks them finds out. */
const SOUNDS_LIKE = /(^|\.)(mast|masto|mastodon|mstdn|toot|fosstodon|hachyderm|fediscience|scholar|sigmoid|social|[\w-]*todon)\.|mastodon/i

/** They share the shape `/@user`, and speak no Mastodon. */
const OTHER_HOSTS = [
  'threads.net',
  'threads.com',
  'bsky.app',
  'bsky.social',
  'medium.com',
  'youtube.com',
  'tiktok.com',
  'substack.com',
  'flipboard.com',
  'hackmd.io',
  'observablehq.com',
  'odysee.com',
  'rumble.com',
  'velog.io',
  'hive.blog',
  'peakd.com',
  'steemit.com',
  'jsr.io',
  'npmjs.com',
  'lbry.tv',
  'bitchute.com',
  'matrix.to',
  't.me',
  'vimeo.com',
  'dailymotion.com',
  'gitbook.com',
  'farcaster.xyz',
  'warpcast.com',
]

const USER = '[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?'
const ADDRESS = new RegExp(`^(?:acct:)?@?(${USER})@([a-z0-9.-]+\\.[a-z0-9-]+(?::\\d+)?)$`, 'i')
/** The page of an account or of one of its posts, with what clients on the web put before it. */
const PROFILE = new RegExp(
  `^/(?:web/|deck/)?@(${USER})(?:@([a-z0-9.-]+))?(?:/with_replies|/media|/featured|/followers|/following|/\\d{6,}|/[0-9A-Z]{26})?/?$`,
  'i',
)
const ACTOR = new RegExp(`^/users/(${USER})(?:/statuses/\\d+)?/?$`, 'i')
/** Blog generators list their tags at `/tags/x/` with a slash at the end; Mastodon has none. */
const TAG = /^\/(?:web\/|deck\/)?tags\/([^/.]+)$/
const LOCAL = /^\/(?:web\/|deck\/)?public\/local\/?$/

/**
 * A link or address as a person would paste it → settings, or null: `@user@server`, a profile, a post (which is one of
 * an account's), a hashtag's page, the local timeline. A server's bare address could be a blog's, so that it is nobody's
 * without asking.
 */
export function locate(input: string): Settings | null {
  const written = input.trim()
  const address = /^(?:@|acct:)/i.test(written) ? ADDRESS.exec(written) : null
  if (address?.[1] && address[2]) return isOther(address[2]) ? null : { account: `${address[1]}@${address[2]}`.toLowerCase() }
  const url = webAddress(written)
  if (!url || isOther(url.hostname)) return null
  const { origin: server, host, pathname } = url
  if (LOCAL.test(pathname)) return { server, local: true }
  const tag = TAG.exec(pathname)?.[1]
  if (tag) return { server, tag: decoded(tag).toLowerCase() }
  const [, user, home] = PROFILE.exec(pathname) ?? ACTOR.exec(pathname) ?? []
  if (!user || /\.(rss|atom|json)$/i.test(pathname)) return null
  if (!home) return { server, account: `${user}@${host}`.toLowerCase() }
  const account = `${user}@${home}`.toLowerCase()
  // The account's home knows all that it says, another server only what reached it; but some homes cannot be asked.
  return isOther(home) ? { server, account } : { account }
}

/**
 * A hashtag or a name without a server, on a server that is read already; a server's own address; an address that looks
 * like one of mail; an account of Threads, by way of a server that knows it.
 */
export function mayMean(input: string, known: Settings[]): Guess<Settings>[] {
  const written = input.trim()
  const servers = [...new Set([...known.filter(({ account }) => !account).map(serverOf), HOME])].slice(0, 2)
  const [server = HOME] = servers
  const url = webAddress(written)
  const [, threads] = /^\/@([\w.]+)/.exec(url && THREADS.test(url.hostname) ? url.pathname : '') ?? []
  const [, name, host] = ADDRESS.exec(written) ?? []
  const followed = threads ?? (host && THREADS.test(host) ? name : undefined)
  if (followed) return [{ settings: { server, account: `${followed}@threads.net`.toLowerCase() }, likely: true }]
  if (name && host && !isOther(host)) return [{ settings: { account: `${name}@${host}`.toLowerCase() }, likely: SOUNDS_LIKE.test(host) }]
  const tag = /^#([\p{L}\p{N}\p{M}_·]+)$/u.exec(written)?.[1]
  if (tag) return servers.map((one) => ({ settings: { server: one, tag: tag.toLowerCase() }, likely: true }))
  const root = url && url.pathname === '/' && !url.search ? url : null
  if (root && !isOther(root.hostname))
    return [{ settings: { server: root.origin, local: true }, likely: SOUNDS_LIKE.test(root.hostname) || servers.includes(root.origin) }]
  const [, word] = /^@([a-z0-9_]+)$/i.exec(written) ?? []
  if (word) return [{ settings: { account: `${word}@${new URL(server).host}`.toLowerCase() }, likely: false }]
  if (/^[\p{L}\p{N}_]{2,30}$/u.test(written) && !/^\d+$/.test(written))
    return [{ settings: { server, tag: written.toLowerCase() }, likely: false }]
  return []
}

/** What is somebody's own, or behind their login. */
export function cannot(input: string): string | null {
  const url = webAddress(input.trim())
  if (!url) return null
  const own = /^\/(web\/|deck\/)?(lists\/\d+|home|notifications|bookmarks|favourites|conversations)\/?$/.exec(url.pathname)
  if (own && (own[1] || SOUNDS_LIKE.test(url.hostname)))
    return 'This page is an account’s own: paste a hashtag, a profile or the local timeline of the server instead'
  if (THREADS.test(url.hostname) && !/^\/@/.test(url.pathname))
    return 'Of Threads only accounts can be followed, and only those that share with the fediverse: paste a profile such as https://www.threads.net/@name'
  return null
}

export function kind({ account, tag }: Settings): string {
  if (account?.endsWith('@threads.net')) return 'a Threads account, followed through Mastodon'
  return account ? 'a Mastodon account' : tag ? 'a Mastodon hashtag' : 'the local timeline of a Mastodon server'
}

function webAddress(written: string): URL | null {
  return /^https?:\/\//i.test(written) && URL.canParse(written) ? new URL(written) : null
}

function isOther(host: string): boolean {
  return OTHER_HOSTS.some((other) => host.toLowerCase() === other || host.toLowerCase().endsWith(`.${other}`))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
