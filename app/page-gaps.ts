import type { Reader } from '#db/audience'
import { type Gap, listGaps } from '#db/gaps'
import type { TimelinePage } from '#db/timeline'
import { type Address, placesOf } from './address.ts'
import { remembered } from './remembered.ts'

const gapsBetween = remembered<Gap[]>(15)

/**
 * The gaps whose newest end stands on this page of the timeline. Down from a place, that is between the place and the
 * page's last entry; up from one, between the place and its first: so whoever walks either way meets each gap.
 */
export async function gapsOnPage(reader: Reader, address: Address, page: TimelinePage, now: Date): Promise<Gap[]> {
  // What is missing among what is starred, nobody knows.
  if (address.starred) return []
  const { platforms, sources } = address
  const { before, after } = placesOf(address)
  const [first, last] = [page.entries[0], page.entries.at(-1)]
  if (!first || !last) return []
  const from = (!before && after ? after : last).sortAt
  const to = before?.sortAt ?? (page.newer ? first.sortAt : now)
  const key = [reader.role, from.getTime(), page.newer ? to.getTime() : 'now', ...platforms, ...sources].join(' ')
  const gaps = await gapsBetween(key, () => listGaps(reader, { from, to, platforms, sources, now }))
  return gaps.filter((gap) => gap.to > from && (gap.to <= to || to === now))
}
