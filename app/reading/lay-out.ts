import { inSteps, nextIdle } from './at-once.ts'
import { firstInSight, keepInPlace } from './quiet-scroll.ts'

/**
 * Entries further down than one sees at first (`data-later`, `app/later.css`) are laid out once the browser has nothing
 * else to do, a few at a time, so that the first view waits for what it shows and for nothing else. From then on each is
 * as high as it is, and stays so.
 */
export function layOutLater(root: Document): void {
  const later = laterIn(root)
  // The first one, too, in a time of its own.
  void nextIdle().then(() => inSteps(later, layOutQuietly, nextIdle))
}

/** All of it at once, for who goes to a place: where that is, only what stands above it can tell. */
export function layOutAll(list: ParentNode = document): void {
  for (const entry of laterIn(list)) delete entry.dataset.later
}

function laterIn(root: ParentNode): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>('[data-later]')]
}

/** Who scrolled past it meanwhile stays where they are. */
function layOutQuietly(entry: HTMLElement): void {
  if (entry.dataset.later === undefined) return
  const release = () => {
    delete entry.dataset.later
    // Measured here, so that the time that it takes counts.
    void entry.offsetHeight
  }
  const isAbove = entry.getBoundingClientRect().top < innerHeight
  if (isAbove) keepInPlace(firstInSight(entry.parentElement?.querySelectorAll<HTMLElement>(':scope > [data-entry]') ?? []), release)
  else release()
}
