import type { Reader } from '#db/audience'
import { getTimeline, type TimelinePost } from '#db/timeline'
import type { WholeFilter } from '#lib/filter-address'
import { originOf } from '#lib/origin'
import { readerOf } from '#lib/reader'
import { type Address, filterOf, hrefFor, parseAddress, placesOf } from './address.ts'

/** Of one conversation; the page of the entry has it whole. */
const MOST_POSTS = 200

/** One page of the timeline for programs: what a request for JSON or a feed asks for. */
export type MachinePage = {
  reader: Reader
  filter: WholeFilter
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
 * Reads the filters (`platform`, `source`, `person`, `tag`, `flair`, `reposts`), `before`, `after` and `limit` (entries, 1 to 200); nonsense is ignored. Anonymous readers get public posts
 * only: what programs fetch is kept and passed on. `path` is the route's own.
 */
export async function readMachinePage(request: Request, path: string): Promise<MachinePage> {
  const { searchParams } = new URL(request.url)
  const address = parseAddress(searchParams)
  const limit = limitFrom(searchParams.get('limit'))
  const reader = readerOf(request.headers)
  const { entries, newer, older } = await getTimeline(reader, {
    ...address,
    ...placesOf(address),
    // Programs bring no stars.
    starred: null,
    limit,
    postsPerEntry: MOST_POSTS,
    surface: 'index',
  })
  const posts = entries.flatMap((entry) => entry.posts)
  const filter = filterOf(address)
  const origin = originOf(request.headers)
  const link = (to: Partial<Address>) => origin + withLimit(hrefFor(to, path), limit)
  const changes = posts.map(({ firstSeenAt, editedAt }) => Math.max(firstSeenAt.getTime(), editedAt?.getTime() ?? 0))
  return {
    reader,
    filter,
    posts,
    links: {
      home: origin + hrefFor(filter),
      self: link(address),
      newer: newer && link({ ...filter, after: newer }),
      older: older && link({ ...filter, before: older }),
    },
    modified: posts.length > 0 ? new Date(Math.max(...changes)) : null,
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
