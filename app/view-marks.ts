import { type Entry, placeText, type TimelinePage } from '#db/timeline'
import type { Settings } from '#lib/reading/preferences'
import type { Address } from './address.ts'

/**
 * What the list of posts says of itself, for what runs in the browser (`app/reading/view.ts` reads it). `data-holds` is
 * `all` where it leaves nothing out, `some` where it holds the named platforms and sources whole, and `part` where it
 * chooses among the posts of a source: there only single entries can be marked as read.
 */
export function viewMarks(address: Address, page: TimelinePage, settings: Settings, muted: Entry[], now: Date) {
  const { platforms, sources, before: _, after: __, at, order, ...others } = address
  const chooses = Object.values(others).some((value) => (Array.isArray(value) ? value.length > 0 : Boolean(value)))
  return {
    'data-holds': chooses ? 'part' : platforms.length + sources.length > 0 ? 'some' : 'all',
    'data-platforms': platforms.join(',') || undefined,
    'data-sources': sources.join(',') || undefined,
    'data-order': order === 'oldest' ? 'oldest' : 'newest',
    // Nothing is newer than what it holds.
    'data-newest': page.newer ? undefined : '',
    'data-at': at ? placeText(at) : undefined,
    // What the reader has hidden is nothing to read.
    'data-muted':
      muted.map((entry) => [entry.id, placeText(entry), entry.posts[0]?.sourceId, entry.platform].join('/')).join(' ') || undefined,
    'data-opening': settings.opening,
    'data-now': now.getTime(),
  }
}
