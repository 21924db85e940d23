import type { Connector, Reach } from '../contract.ts'
import { hostOf } from '../http.ts'
import { readLive } from '../live.ts'
import { createApi } from './api.ts'
import { archive } from './archive.ts'
import { withoutLeftAlone } from './bios.ts'
import { goneOf } from './gone.ts'
import { jetstreamOf } from './jetstream.ts'
import { parseAtUri } from './links.ts'
import { cannot, kind, locate, mayMean } from './locate.ts'
import { parse } from './parse.ts'
import { poll } from './poll.ts'
import { profiles } from './profiles.ts'
import { resolve } from './resolve.ts'
import { isDid, Settings } from './settings.ts'
import { lacks, setup } from './setup.ts'

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
  addresses: { calledInLinks: ['bluesky', 'bsky'] },
  everySeconds: 120,
  settings: Settings,
  locate,
  kind,
  mayMean,
  cannot,
  hosts: ['bsky.app', 'go.bsky.app', 'bsky.social'],
  lacks,
  setup,
  describe({ author, feed, list, starterPack, named, label, handle }) {
    const name = (label ?? named)?.trim()
    if (author) return isDid(author) ? (handle ? `@${handle}` : author) : `@${author}`
    if (starterPack) return 'A starter pack on Bluesky'
    if (list) return name ? titled(name, 'list') : 'A list on Bluesky'
    return name ? titled(name, 'feed') : `${parseAtUri(feed ?? '')?.rkey ?? ''} feed`.trim()
  },
  host: ({ service }) => hostOf(service),
  /** A feed's generator decides what is in it, and tells nobody when. */
  live: isLive,
  resolve,
  parse,
  archive,
  read(run) {
    const api = createApi(run.settings, run)
    return isLive(run.settings) ? readLive(run, jetstreamOf(run, api)) : poll(run, api, run.cursor)
  },
  profiles,
  recheckLimit: 25,
  // A call is two to four requests, of 3,000 in five minutes (https://docs.bsky.app/docs/advanced-guides/rate-limits).
  rechecksPerHour: () => 600,
  recheck,
}

function isLive({ author, list }: Settings): boolean {
  return author !== undefined || list !== undefined
}

/** What became of posts: changed, or deleted. Those of accounts that are hidden for now are left alone. */
async function recheck(externalIds: string[], reach: Reach & { settings: Settings }) {
  const api = createApi(reach.settings, reach)
  const items = await api.items(externalIds)
  const { deleted } = await goneOf(
    externalIds.filter((uri) => !items.has(uri)),
    api,
  )
  const found = [...items.values()].flatMap(readable)
  const posts = await withoutLeftAlone(found, api, reach.http)
  // Who asks to be left alone since is so of what is here, too.
  const asked = found.filter((post) => !posts.includes(post)).map(({ externalId }) => externalId)
  return { posts, deleted: [...deleted, ...asked] }
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
