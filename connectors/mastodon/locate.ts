import type { Settings } from './settings.ts'

/** They share the shape `/@user`, and speak no Mastodon. */
const OTHER_HOSTS = [
  'threads.net',
  'threads.com',
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
const ADDRESS = new RegExp(`^@(${USER})@([a-z0-9.-]+\\.[a-z0-9-]+(?::\\d+)?)$`, 'i')
const PROFILE = new RegExp(`^/@(${USER})(?:@([a-z0-9.-]+))?(?:/with_replies|/media|/featured)?/?$`, 'i')
/** Blog generators list their tags at `/tags/x/` with a slash at the end; Mastodon has none. */
const TAG = /^\/tags\/([^/.]+)$/
const LOCAL = /^\/public\/local\/?$/

/**
 * A link or address as a person would paste it → settings, or null: `@user@server`, a profile, a hashtag's page, the
 * local timeline. A server's bare address could be a blog's, so that it is nobody's without asking.
 */
export function locate(input: string): Settings | null {
  const written = input.trim()
  const address = ADDRESS.exec(written)
  if (address?.[1] && address[2]) return isOther(address[2]) ? null : { account: `${address[1]}@${address[2]}`.toLowerCase() }
  if (!/^https?:\/\//i.test(written) || !URL.canParse(written)) return null
  const { origin: server, host, hostname, pathname } = new URL(written)
  if (isOther(hostname)) return null
  if (LOCAL.test(pathname)) return { server, local: true }
  const tag = TAG.exec(pathname)?.[1]
  if (tag) return { server, tag: decoded(tag).toLowerCase() }
  const [, user, home] = PROFILE.exec(pathname) ?? []
  if (!user || /\.(rss|atom|json)$/i.test(pathname)) return null
  if (!home) return { server, account: `${user}@${host}`.toLowerCase() }
  const account = `${user}@${home}`.toLowerCase()
  // The account's home knows all that it says, another server only what reached it; but some homes cannot be asked.
  return isOther(home) ? { server, account } : { account }
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
