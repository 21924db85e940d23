import { comparePlaces, type PlaceText } from '#lib/reading/place'
import type { Marked } from '#lib/reading/reader-state'

/** What the page shows, as `app/view-marks.ts` tells. */
export type View = {
  /** The element that holds days and the links to other pages. */
  list: HTMLElement
  holds: 'all' | 'some' | 'part'
  /** None stands for all. */
  platforms: string[]
  sources: string[]
  oldestFirst: boolean
  /** Where the timeline opens by the reader's choice. */
  opening: string
  /** When the server made the page (ms). */
  madeAt: number
}

/** An entry on the page. */
export type Shown = Marked & { platform: string; count: number; seenAt: number; isTalk: boolean; element: HTMLElement }

/** The list of posts on this page; null on pages without one. */
export function viewOf(page: ParentNode = document): View | null {
  const list = page.querySelector<HTMLElement>('#posts')
  if (!list?.dataset.holds) return null
  const { holds, platforms = '', sources = '', order, opening = 'newest', now } = list.dataset
  return {
    list,
    holds: holds === 'all' || holds === 'some' ? holds : 'part',
    platforms: platforms.split(',').filter(Boolean),
    sources: sources.split(',').filter(Boolean),
    oldestFirst: order === 'oldest',
    opening,
    madeAt: Number(now) || Date.now(),
  }
}

/** The entries of the list in document order, without those that were unfolded because they arrived late. */
export function entriesOf({ list }: Pick<View, 'list'>): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>(':scope > section:not(.late) > .rail > [data-entry]')]
}

/** What an entry's element says of itself. */
export function shownOf(element: HTMLElement): Shown {
  const { entry = '', place = '0-0', source = '', platform = '', count = '1', seen = '0', talk } = element.dataset
  return { entry, place, source, platform, count: Number(count), seenAt: Number(seen), isTalk: talk !== undefined, element }
}

/** Whether the view leaves out nothing of the entry's source: only then is what stands between two entries known to be nothing. */
export function holdsWhole({ holds, platforms, sources }: View, { platform, source }: { platform: string; source: string }): boolean {
  if (holds === 'part') return false
  return (platforms.length === 0 || platforms.includes(platform)) && (sources.length === 0 || sources.includes(source))
}

/** Whether nothing is newer than what the list holds. */
export function isNewest({ list }: View): boolean {
  return list.dataset.newest !== undefined
}

/** The newest and the oldest place in the list; null without entries. */
export function endsOf(view: View): { newest: PlaceText; oldest: PlaceText } | null {
  const entries = entriesOf(view)
  const [first, last] = [entries[0]?.dataset.place, entries.at(-1)?.dataset.place]
  if (!first || !last) return null
  return comparePlaces(first, last) >= 0 ? { newest: first, oldest: last } : { newest: last, oldest: first }
}
