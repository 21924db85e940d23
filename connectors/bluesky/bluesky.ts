import type { Connector, Reach } from '../contract.ts'
import { hostOf } from '../http.ts'
import { readLive } from '../live.ts'
import { ConnectorError } from '../trouble.ts'
import { type Api, createApi } from './api.ts'
import { goneOf } from './gone.ts'
import { jetstreamOf } from './jetstream.ts'
import { parseAtUri } from './links.ts'
import { parse } from './parse.ts'
import { poll } from './poll.ts'
import { isDid, locate, Settings } from './settings.ts'

/** Feeds, lists and authors, without an account; lists and authors live. */
export const bluesky: Connector<Settings, unknown, unknown> = {
  id: 'bluesky',
  name: 'Bluesky',
  mark: {
    path: 'M5.202 2.857C7.954 4.922 10.913 9.11 12 11.358c1.087-2.247 4.046-6.436 6.798-8.501C20.783 1.366 24 .213 24 3.883c0 .732-.42 6.156-.667 7.037-.856 3.061-3.978 3.842-6.755 3.37 4.854.826 6.089 3.562 3.422 6.299-5.065 5.196-7.28-1.304-7.847-2.97-.104-.305-.152-.448-.153-.327 0-.121-.05.022-.153.327-.568 1.666-2.782 8.166-7.847 2.97-2.667-2.737-1.432-5.473 3.422-6.3-2.777.473-5.899-.308-6.755-3.369C.42 10.04 0 4.615 0 3.883c0-3.67 3.217-2.517 5.202-1.026',
  },
  color: { light: '#0064cc', dark: '#4ea3ff' },
  openLabel: 'Open on Bluesky',
  shareLabel: 'Reposted by',
  everySeconds: 120,
  settings: Settings,
  locate,
  describe({ author, feed, list, named, label, handle }) {
    const name = (label ?? named)?.trim()
    if (author) return isDid(author) ? (handle ? `@${handle}` : author) : `@${author}`
    if (list) return name ? titled(name, 'list') : 'A list on Bluesky'
    return name ? titled(name, 'feed') : `${parseAtUri(feed ?? '')?.rkey ?? ''} feed`.trim()
  },
  host: ({ service }) => hostOf(service),
  /** A feed's generator decides what is in it, and tells nobody when. */
  live: isLive,
  resolve,
  parse,
  read(run) {
    const api = createApi(run.settings, run)
    return isLive(run.settings) ? readLive(run, jetstreamOf(run, api)) : poll(run, api, run.cursor)
  },
  recheckLimit: 25,
  recheck,
}

function isLive({ author, list }: Settings): boolean {
  return author !== undefined || list !== undefined
}

/** Handles become DIDs, because they change; names are kept for `describe`. Throws `refused` where there is no such thing. */
async function resolve(settings: Settings, reach: Reach): Promise<Settings> {
  const api = createApi(settings, reach)
  const { author, feed, list, feedsBy, named, ...rest } = settings
  if (author) {
    const { did, handle } = await api.profile(author)
    return { ...rest, author: did, handle }
  }
  if (list) {
    const { uri, name, creator } = await api.listAt(await byDid(list, api))
    return { ...rest, list: uri, label: name, handle: creator.handle }
  }
  const found = feedsBy ? await feedCalled(named ?? '', feedsBy, api) : await api.feedAt(await byDid(feed ?? '', api))
  const { uri, displayName, creator } = found
  return { ...rest, feed: uri, label: displayName, handle: creator.handle }
}

async function byDid(uri: string, api: Api): Promise<string> {
  const { did: who = '', collection, rkey } = parseAtUri(uri) ?? {}
  return isDid(who) ? uri : `at://${await api.did(who)}/${collection}/${rkey}`
}

/** The feed of this display name; one that has the name as a word in its own will do where it is the only one. */
async function feedCalled(name: string, by: string, api: Api) {
  const feeds = await api.feedsBy(by)
  const same = feeds.filter(({ displayName }) => displayName.trim().toLowerCase() === name.toLowerCase())
  const alike = feeds.filter(({ displayName }) =>
    displayName
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .includes(name.toLowerCase()),
  )
  const found = same[0] ?? (alike.length === 1 ? alike[0] : undefined)
  if (found) return found
  const names = feeds.map(({ displayName }) => `“${displayName.trim()}”`).join(', ')
  throw new ConnectorError('refused', `${by} has no feed called “${name}”${names ? `, but ${names}` : ''}`)
}

/** What became of posts: changed, or deleted. Those of accounts that are hidden for now are left alone. */
async function recheck(externalIds: string[], reach: Reach & { settings: Settings }) {
  const api = createApi(reach.settings, reach)
  const items = await api.items(externalIds)
  const { deleted } = await goneOf(
    externalIds.filter((uri) => !items.has(uri)),
    api,
  )
  return { posts: [...items.values()].flatMap(readable), deleted }
}

/** What is no post any more is left as it was: the next reading counts it. */
function readable(item: unknown) {
  try {
    return [parse(item)]
  } catch {
    return []
  }
}

function titled(name: string, kind: 'feed' | 'list'): string {
  return name.toLowerCase().endsWith(kind) ? name : `${name} ${kind}`
}
