import { keyAnswers as say } from '../strings/key-answers.ts'
import { announce } from './announce.ts'
import { firstInSight, headHeight } from './quiet-scroll.ts'
import { reading } from './timeline.ts'

const ARTICLE = 'article, [role=article]'
/** Between the heading and what is gone to. */
const GAP_PX = 8

/** Where one stops on the way through a page: posts, what is muted, and the card of the end; not in each other, nor gaps. */
export function stopsOn(root: Document): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>(`main :is(${ARTICLE}):not(.gap, .note)`)].filter(
    (stop) => !stop.parentElement?.closest(ARTICLE) && stop.checkVisibility(),
  )
}

let last: HTMLElement | null = null

/** Where the reader is: what has the focus, or had it and is still in sight. */
export function focusedEntry(root: Document): HTMLElement | null {
  const focused = root.activeElement
  const stops = stopsOn(root)
  const within = stops.find((stop) => stop.contains(focused))
  if (within || (focused && !focused.matches('body, main, #posts'))) return within ?? null
  if (!last || !stops.includes(last)) return null
  const { top, bottom } = last.getBoundingClientRect()
  return bottom > 0 && top < innerHeight ? last : null
}

/** Gives an entry the focus, below the bars at the head. */
export function focusEntry(entry: HTMLElement): void {
  last = entry
  entry.tabIndex = -1
  scrollBy({ top: entry.getBoundingClientRect().top - headHeight() - GAP_PX, behavior: 'instant' })
  entry.focus({ preventScroll: true })
}

/** Goes to the next entry or the one before. Who leaves one by a key has read it; who holds the key down flies by. */
export function step(root: Document, by: 1 | -1, flying = false): void {
  const stops = stopsOn(root)
  const from = focusedEntry(root)
  if (!from) {
    const first = firstInSight(stops) ?? stops[0]
    if (first) focusEntry(first)
    return
  }
  const shown = from.matches('[data-place]') ? from : from.querySelector<HTMLElement>('[data-place]')
  if (!flying && shown) void reading().then((read) => read?.marks.pass([shown]))
  const target = stops[stops.indexOf(from) + by]
  if (target) focusEntry(target)
  else void beyond(root, from, by)
}

/** Fetches what follows; where the page ends for now, leads to the link to it. */
async function beyond(root: Document, from: HTMLElement, by: 1 | -1): Promise<void> {
  const link = root.querySelector<HTMLElement>(`main a[rel=${by > 0 ? 'next' : 'prev'}]`)
  if (!link?.checkVisibility()) {
    announce(by > 0 ? say.last : say.first)
    return
  }
  const pages = from.matches('.caught-up') ? null : (await reading())?.pages
  const added = pages ? await (by > 0 ? pages.append() : pages.prepend()) : false
  const stops = stopsOn(root)
  // Also where nothing was added: it may have been on its way by itself when the key was pressed.
  const target = stops[stops.indexOf(from) + by]
  if (target && focusedEntry(root) === from) focusEntry(target)
  else if (!target && !added) link.focus()
}
