import { attend, isRead, linesSince, markRead, noteCount, noteSeen, noteTalk, type ReaderState } from '#lib/reading/reader-state'
import { isQuiet } from './quiet-scroll.ts'
import type { ReaderStore } from './reader-store.ts'
import { entriesOf, holdsWhole, type Shown, shownOf, type View } from './view.ts'

/** What is read, as one scrolls: entries that were in sight and whose end went past the middle of the window. */
export type ReadMarks = {
  /** Entries came or went: call it after each change of the list. */
  refresh(): void
  /** These count as read: who moves by keys has read what they leave. */
  pass(elements: Iterable<HTMLElement>): void
  inSight(): Iterable<HTMLElement>
}

/** What was first seen by the server so shortly before it was last asked may be told as late: it is noted one by one. */
const OVERLAP_MS = 120_000
/** A page that needs no scrolling was looked at for so long. */
const DWELL_MS = 3000
/** What was in sight for less flew by: the End key scrolls through everything in as long. */
const SEEN_MS = 200
const GLANCE_MS = 1000

/**
 * Watches what is read. An entry is never read by being loaded, nor by a jump over it: it has to be in sight, and then
 * be scrolled past. What flies by is not read either. At the foot, and where the card of the end comes into sight, what is in sight whole is read, too.
 * `onRead` is told of what was not read before, and of the state then.
 */
export function watchReading(view: View, store: ReaderStore, onRead: (read: Shown[], state: ReaderState) => void): ReadMarks {
  const inSight = new Map<HTMLElement, number>()
  /** With how much of it was there then: a conversation that went on is read once more. */
  const done = new WeakMap<HTMLElement, string | undefined>()
  const passed = new Set<HTMLElement>()
  let watched = new Set<HTMLElement>()
  let ofSource = new Map<string, HTMLElement[]>()
  let engaged = false
  let pending = 0

  const observer = new IntersectionObserver((changes) => {
    for (const { target, isIntersecting, boundingClientRect } of changes) {
      if (!(target instanceof HTMLElement)) continue
      const since = inSight.get(target)
      if (isIntersecting) inSight.set(target, since ?? performance.now())
      else inSight.delete(target)
      const left = !isIntersecting && boundingClientRect.height > 0 && boundingClientRect.bottom <= 0
      if (left && engaged && !isQuiet() && wasSeen(since)) pass([target])
    }
  })

  const refresh = () => {
    const entries = entriesOf(view)
    const now = new Set(entries)
    for (const gone of watched) if (!now.has(gone)) observer.unobserve(gone)
    for (const entry of entries) if (!watched.has(entry)) observer.observe(entry)
    for (const entry of inSight.keys()) if (!now.has(entry)) inSight.delete(entry)
    watched = now
    ofSource = Map.groupBy(entries, ({ dataset }) => dataset.source ?? '')
  }

  const look = () => {
    pending = 0
    if (document.hidden) return
    const middle = innerHeight / 2
    const atFoot = scrollY + innerHeight >= document.documentElement.scrollHeight - 2
    const end = view.list.querySelector('.caught-up:not([hidden])')?.getBoundingClientRect().top ?? Number.POSITIVE_INFINITY
    const limit = atFoot ? innerHeight + 1 : Math.max(middle, end < innerHeight - 24 ? end + 1 : 0)
    const past = [...inSight].filter(([entry]) => entry.getBoundingClientRect().bottom < limit)
    pass(past.filter(([, since]) => wasSeen(since)).map(([entry]) => entry))
    // What came into sight only just is looked at again.
    if (past.some(([, since]) => !wasSeen(since))) setTimeout(look, SEEN_MS)
  }

  /** The neighbours of an entry in its source, given where nothing of the source is left out between them. */
  const neighbours = (shown: Shown): [newer: Shown | null, older: Shown | null] => {
    if (!holdsWhole(view, shown)) return [null, null]
    const own = ofSource.get(shown.source) ?? []
    const index = own.indexOf(shown.element)
    const at = (nth: number) => (index >= 0 && own[nth] ? shownOf(own[nth]) : null)
    const [before, after] = [at(index - 1), at(index + 1)]
    return view.oldestFirst ? [after, before] : [before, after]
  }

  const flush = async () => {
    const shown = [...passed].map(shownOf)
    passed.clear()
    let fresh: Shown[] = []
    const state = await store.change((kept) => {
      const present = attend(kept, Date.now())
      fresh = shown.filter((one) => !isRead(present, one) || linesSince(present, one.entry, one) > 0)
      return shown.reduce((next, one) => {
        const was = isRead(next, one)
        const [newer, older] = neighbours(one)
        const read = withFresh(markRead(next, one, newer, older), one)
        const lines = was ? linesSince(next, one.entry, one) : one.count
        const counted = lines > 0 ? noteCount(read, one.platform, lines) : read
        return one.isTalk ? noteTalk(counted, one.entry, one) : counted
      }, present)
    })
    if (fresh.length > 0) onRead(fresh, state)
  }

  const pass = (elements: Iterable<HTMLElement>) => {
    const before = passed.size
    for (const element of elements) {
      if (done.has(element) && done.get(element) === element.dataset.seen) continue
      done.set(element, element.dataset.seen)
      passed.add(element)
    }
    if (before === 0 && passed.size > 0) setTimeout(flush, 100)
  }

  const glance = () => {
    if (document.hidden || view.holds !== 'all') return
    const places = [...inSight.keys()].map((entry) => shownOf(entry).place)
    if (places.length > 0) void store.change((state) => places.reduce(noteSeen, attend(state, Date.now())))
  }

  addEventListener(
    'scroll',
    () => {
      if (isQuiet()) return
      engaged = true
      if (pending === 0) pending = requestAnimationFrame(look)
    },
    { passive: true },
  )
  addEventListener('scrollend', () => engaged && glance(), { passive: true })
  setTimeout(glance, GLANCE_MS)
  setTimeout(() => {
    if (document.documentElement.scrollHeight <= innerHeight + 2) look()
  }, DWELL_MS)
  refresh()
  return { refresh, pass, inSight: () => inSight.keys() }
}

function wasSeen(since: number | undefined): boolean {
  return since !== undefined && performance.now() - since >= SEEN_MS
}

/** What the server saw only just is noted as read by itself as well, so that it is not taken for a late arrival. */
export function withFresh(state: ReaderState, one: Pick<Shown, 'entry' | 'place' | 'source' | 'platform' | 'seenAt'>): ReaderState {
  const { entry, place, source, platform, seenAt } = one
  if (seenAt < state.askedAt - OVERLAP_MS || state.exceptions[entry]) return state
  const read = { source, platform, place, unread: false, at: seenAt }
  return { ...state, exceptions: { ...state.exceptions, [entry]: read } }
}
