import type { Guess } from '../contract.ts'
import { parseAtUri } from './links.ts'
import { isDid, isHandle, Settings, SHORT_LINK } from './settings.ts'

/** bsky.app, and other clients on the web that have its addresses. */
const WEB = /^(?:(?:www|staging|main)\.)?(?:bsky\.app|bsky\.dev|deer\.social|blacksky\.community|fxbsky\.app)$/

type Found = { feed: string } | { author: string } | { list: string } | { starterPack: string }

/**
 * What a person would paste: links of bsky.app to an account, feed, list, starter pack or post, at-uris, DIDs, `@handle`,
 * `name.bsky.social`; null for anything else.
 */
export function locate(input: string): Settings | null {
  const written = input.trim()
  const found = fromWeb(written) ?? fromAtUri(written) ?? fromName(written)
  return found ? (Settings.safeParse(found).data ?? null) : null
}

/** A domain may be a handle, whatever else it is; a bare name may be one under bsky.social. */
export function mayMean(input: string): Guess<Settings>[] {
  const written = input.trim().replace(/^https?:\/\/([^/?#]+)\/?$/i, '$1')
  const name = written.replace(/^@/, '')
  const author = isHandle(name) ? name : /^@[a-z0-9][a-z0-9-]{2,17}$/i.test(written) ? `${name}.bsky.social` : ''
  const { data } = Settings.safeParse({ author })
  return data ? [{ settings: data, likely: written.startsWith('@') || /\.bsky\.social$/i.test(name) }] : []
}

/** What cannot be read without an account of one's own, or at all. */
export function cannot(input: string): string | null {
  const [section] = pathOf(input.trim()) ?? []
  if (section === 'search' || section === 'hashtag')
    return 'Bluesky lets nobody search without an account: follow a feed, a list or a starter pack about it instead'
  if (section === 'messages') return 'Messages on Bluesky are private: they are never read'
  if (section === 'notifications' || section === 'saved') return 'This page of Bluesky is its account’s own'
  return null
}

export function kind({ author, feed, list, starterPack }: Settings): string {
  if (author) return 'a Bluesky account'
  if (list) return 'a Bluesky list'
  if (starterPack) return 'the people of a Bluesky starter pack'
  return feed ? 'a Bluesky feed' : 'a Bluesky feed, by its name'
}

function pathOf(written: string): string[] | null {
  if (!/^https?:\/\//i.test(written) || !URL.canParse(written)) return null
  const { hostname, pathname } = new URL(written)
  return WEB.test(hostname) ? pathname.replace(/%3a/gi, ':').split('/').filter(Boolean) : null
}

function fromWeb(written: string): Found | null {
  const short = written.replace(/^http:/i, 'https:').replace(/[/?#]*$/, '')
  if (SHORT_LINK.test(short)) return { starterPack: short }
  const [section, who, what, rkey] = pathOf(written) ?? []
  if (!section || !who) return null
  if ((section === 'starter-pack' || section === 'start') && what) return { starterPack: `at://${who}/app.bsky.graph.starterpack/${what}` }
  if (section !== 'profile') return null
  if (what === 'feed' && rkey) return { feed: `at://${who}/app.bsky.feed.generator/${rkey}` }
  if (what === 'lists' && rkey) return { list: `at://${who}/app.bsky.graph.list/${rkey}` }
  // A post is one of an author's, and so is who follows whom.
  return what === undefined || ['post', 'rss', 'followers', 'follows', 'known-followers'].includes(what) ? { author: who } : null
}

const AUTHORED = ['', 'app.bsky.actor.profile', 'app.bsky.feed.post', 'app.bsky.feed.repost']

function fromAtUri(written: string): Found | null {
  const parsed = written.startsWith('at://') ? parseAtUri(written) : null
  if (!parsed) return null
  if (parsed.collection === 'app.bsky.feed.generator') return { feed: written }
  if (parsed.collection === 'app.bsky.graph.list') return { list: written }
  if (parsed.collection === 'app.bsky.graph.starterpack') return { starterPack: written }
  return AUTHORED.includes(parsed.collection) ? { author: parsed.did } : null
}

/** A bare domain may be a blog's: it is a handle only when written with @, or under bsky.social. */
function fromName(written: string): Found | null {
  if (isDid(written)) return { author: written }
  const name = written.replace(/^@/, '')
  return isHandle(name) && (written.startsWith('@') || /\.bsky\.social$/i.test(name)) ? { author: name } : null
}
