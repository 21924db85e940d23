import { parseAtomFeed } from 'feedsmith'
import type { Run } from '../contract.ts'
import { ConnectorError } from '../trouble.ts'
import { blocked, errorOfAnswer, isPage } from './blocked.ts'
import { isEntryGone, timeOf } from './entry.ts'
import type { Item, Listing } from './listing.ts'
import { listingOf, nameOf, originOf, type Settings, userAgentOf } from './settings.ts'

/** A hundred entries of one subreddit are a few hundred kilobytes. */
const MAX_CHARACTERS = 5_000_000
/** Fewer entries than Reddit gives in any case: there are no more. */
const SHORTEST_CUT = 25

/**
 * Its feed of new posts, in one request. Throws `refused` for what Reddit does to those that it does not
 * want: a page with status 200, its door to log in, 403.
 */
export async function readFeed({ settings, http, signal }: Run<Settings>): Promise<Listing> {
  const url = new URL(`/${listingOf(settings)}/.rss?limit=100`, originOf(settings))
  const { feedToken: token, feedUser: user } = settings
  if (token && user) for (const [name, value] of Object.entries({ feed: token, user })) url.searchParams.set(name, value)
  const response = await http
    .named(userAgentOf(settings, http.userAgent))
    .fetch(url, { headers: { accept: 'application/atom+xml' }, redirect: 'manual', signal })
  const answered = await response.text()
  if (!response.ok) throw errorOfAnswer(response, answered, nameOf(settings), url.host)
  if (isPage(answered, response.headers)) throw blocked('it sends a page for people where the feed should be')
  // The feed names its own address, and that its token.
  const text = token ? answered.replaceAll(token, '') : answered
  const items = text.length <= MAX_CHARACTERS ? entriesOf(text) : null
  if (!items) throw new ConnectorError('malformed', `${url.host} sent something other than an Atom feed`)
  return { items, isWhole: items.length < SHORTEST_CUT }
}

function entriesOf(text: string): Item[] | null {
  try {
    const { entries = [] } = parseAtomFeed(text)
    return entries.map((entry) => ({
      id: entry.id ?? null,
      at: timeOf(entry),
      standing: isEntryGone(entry) ? 'gone' : 'there',
      native: { kind: 'entry', entry },
    }))
  } catch {
    return null
  }
}
