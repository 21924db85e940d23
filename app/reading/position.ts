import { isPlace } from '#lib/reading/place'
import { attend, type Position } from '#lib/reading/reader-state'
import { layOutAll } from './lay-out.ts'
import type { Pages } from './pages.ts'
import { firstInSight, scrollQuietly } from './quiet-scroll.ts'
import type { ReaderStore } from './reader-store.ts'
import { entriesOf, shownOf, type View } from './view.ts'

/** Where one is on this page of this tab: outlives reloading, and going away and back. */
const KEY = 'backplane:at:'
const SETTLED_MS = 200
/** A year. Only read where the reader chose to open at their last position. */
const COOKIE_SECONDS = 31_536_000

/** Notes where the reader is, whenever scrolling comes to rest and when they leave. */
export function keepPosition(view: View, store: ReaderStore, inSight: () => Iterable<HTMLElement>): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const keep = () => {
    clearTimeout(timer)
    const position = positionIn(inSight())
    if (!position) return
    // Who loads the page again at its top asks for what is new.
    keepInTab(scrollY < 8 && view.list.dataset.newest !== undefined ? null : position)
    // What a filter shows is not where one is in the timeline.
    if (view.holds !== 'all') return
    void store.change((state) => ({ ...attend(state, position.at), position }))
    if (view.opening !== 'newest') keepInCookie(position)
  }
  addEventListener(
    'scroll',
    () => {
      clearTimeout(timer)
      timer = setTimeout(keep, SETTLED_MS)
    },
    { passive: true },
  )
  addEventListener('pagehide', keep)
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) keep()
  })
}

/**
 * Brings back where the reader was on this page before it was loaded again or left; fetches the page that holds the
 * place where this one does not. Resolves to whether there was anything to bring back.
 */
export async function restorePosition(view: View, pages: Pages): Promise<boolean> {
  history.scrollRestoration = 'manual'
  const [navigation] = performance.getEntriesByType('navigation')
  const again = navigation instanceof PerformanceNavigationTiming && navigation.type !== 'navigate'
  const position = again ? keptInTab() : null
  if (!position || (position.offset > 0 && entriesOf(view)[0]?.dataset.entry === position.entry)) return false
  if (!entryOf(view, position) && !(await pages.openAt(position.place))) return false
  const entry = entryOf(view, position) ?? entriesOf(view)[0]
  if (!entry) return false
  layOutAll(view.list)
  scrollQuietly(() => scrollBy({ top: entry.getBoundingClientRect().top - position.offset, behavior: 'instant' }))
  return true
}

function positionIn(inSight: Iterable<HTMLElement>): Position | null {
  const first = firstInSight(inSight)
  if (!first) return null
  const { entry, place } = shownOf(first)
  return { entry, place, offset: Math.round(first.getBoundingClientRect().top), at: Date.now() }
}

function entryOf({ list }: View, { entry }: Position): HTMLElement | null {
  return list.querySelector<HTMLElement>(`[data-entry="${CSS.escape(entry)}"]`)
}

function keepInTab(position: Position | null): void {
  try {
    sessionStorage.setItem(KEY + location.pathname + location.search, JSON.stringify(position))
  } catch {
    // Full, or forbidden: then reloading begins at the top.
  }
}

function keptInTab(): Position | null {
  try {
    const kept: Partial<Position> = JSON.parse(sessionStorage.getItem(KEY + location.pathname + location.search) ?? 'null') ?? {}
    const { entry, place, offset, at } = kept
    return typeof entry === 'string' && isPlace(place) && typeof offset === 'number' ? { entry, place, offset, at: at ?? 0 } : null
  } catch {
    return null
  }
}

function keepInCookie({ place }: Position): void {
  const { port, protocol } = location
  const secure = protocol === 'https:'
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser yet.
  document.cookie = `position-${port || (secure ? '443' : '80')}=${place}; path=/; max-age=${COOKIE_SECONDS}; samesite=lax${secure ? '; secure' : ''}`
}
