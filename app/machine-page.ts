import type { Reader } from '#db/audience'
import { type Hits, searchPosts, TooBroadError } from '#db/search'
import { getTimeline, type TimelinePost } from '#db/timeline'
import { configuration } from '#lib/config'
import type { WholeFilter } from '#lib/reading/filter-address'
import { originOf } from '#lib/server/origin'
import { readerOf } from '#lib/server/reader'
import { type Address, filterOf, hrefFor, parseAddress, placesOf } from './address.ts'
import { AskedWronglyError } from './answer.ts'
import { meaningOf, searchHref, typedIn } from './searched.ts'
import { mistakeInWords, searchStrings as say } from './strings/search.ts'

/** Of one conversation; the page of the entry has it whole. */
const MOST_POSTS = 200

/** One page of the timeline for programs: what a request for JSON or a feed asks for. */
export type MachinePage = {
  reader: Reader
  filter: WholeFilter
  /** What was searched for; empty for the timeline. */
  typed: string
  /** Entry by entry, newest first; the posts of one entry in the order in which they were said. */
  posts: TimelinePost[]
  /** Whole addresses. `newer` and `older` are null where there is nothing more now. */
  links: { home: string; self: string; newer: string | null; older: string | null }
  /** When the newest of these posts came or changed; null without posts. */
  modified: Date | null
}

const ENTRIES = 50
const MOST_ENTRIES = 200

/**
 * Reads the filters (`platform`, `source`, `person`, `tag`, `flair`, `reposts`), `before`, `after` and `limit` (entries, 1 to
 * 200), whose nonsense is ignored, and `q`, a search in place of the timeline and its filters: throws AskedWronglyError for
 * what is no search. Anonymous readers get public posts only: what programs fetch is kept and passed on. `path` is the
 * route's own.
 */
export async function readMachinePage(request: Request, path: string): Promise<MachinePage> {
  const { searchParams } = new URL(request.url)
  const address = parseAddress(searchParams)
  const limit = limitFrom(searchParams.get('limit'))
  const reader = readerOf(request.headers)
  const typed = typedIn(searchParams)
  const filter = filterOf(address)
  const { posts, newer, older } = typed ? await hitsFor(typed, reader, address, limit) : await timelineFor(reader, address, limit)
  const origin = originOf(request.headers)
  const href = (to: Partial<Address>, path?: string) => origin + (typed ? searchHref(typed, to, path) : hrefFor({ ...filter, ...to }, path))
  const key = reader.account ? searchParams.get('feed') : null
  const link = (to: Partial<Address>) => withKey(withLimit(href(to, path), limit), key)
  const changes = posts.map(({ firstSeenAt, editedAt }) => Math.max(firstSeenAt.getTime(), editedAt?.getTime() ?? 0))
  return {
    reader,
    filter,
    typed,
    posts,
    links: {
      home: href({}),
      self: link(address),
      newer: newer && link({ after: newer }),
      older: older && link({ before: older }),
    },
    modified: posts.length > 0 ? new Date(Math.max(...changes)) : null,
  }
}

type Read = Pick<Hits, 'posts' | 'newer' | 'older'>

async function timelineFor(reader: Reader, address: Address, limit: number): Promise<Read> {
  const { entries, ...beyond } = await getTimeline(reader, {
    ...address,
    ...placesOf(address),
    // Programs bring no stars.
    starred: null,
    limit,
    postsPerEntry: MOST_POSTS,
    surface: 'index',
  })
  return { posts: entries.flatMap((entry) => entry.posts), ...beyond }
}

async function hitsFor(typed: string, reader: Reader, { before, after }: Address, limit: number): Promise<Read> {
  const meaning = await meaningOf(typed, reader, configuration().TIME_ZONE)
  if (meaning && 'mistake' in meaning) throw new AskedWronglyError(`${say.place(meaning.mistake.from)} ${mistakeInWords(meaning.mistake)}`)
  if (!meaning) return { posts: [], newer: null, older: null }
  try {
    return await searchPosts(reader, meaning.search, { before, after, limit })
  } catch (error) {
    throw error instanceof TooBroadError ? new AskedWronglyError(say.tooBroad) : error
  }
}

function limitFrom(text: string | null): number {
  const asked = /^\d{1,9}$/.test(text ?? '') ? Number(text) : 0
  return asked > 0 ? Math.min(asked, MOST_ENTRIES) : ENTRIES
}

function withLimit(href: string, limit: number): string {
  if (limit === ENTRIES) return href
  return `${href}${href.includes('?') ? '&' : '?'}limit=${limit}`
}

/** Whoever subscribed with a key of theirs goes on with it. */
function withKey(href: string, key: string | null): string {
  return key ? `${href}${href.includes('?') ? '&' : '?'}feed=${encodeURIComponent(key)}` : href
}
