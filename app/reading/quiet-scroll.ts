/** Scrolling that the program does is nobody's reading: it is told apart by where it led. */
let quietAt = Number.NaN

/** Scrolls by itself. What comes into sight by it counts as seen, what goes out of sight does not count as read. */
export function scrollQuietly(scroll: () => void): void {
  scroll()
  quietAt = scrollY
}

/** Whether the window stands where the program put it. */
export function isQuiet(): boolean {
  return Math.abs(scrollY - quietAt) < 2
}

/** Changes that are under way. */
let held = 0

/** Changes the page and keeps what is in sight where it is. `anchor` is measured before and after; browsers' own anchoring is held off. */
export function keepInPlace(anchor: Element | null, change: () => void): void {
  // Either of the two may be what scrolls the window.
  const roots = [document.documentElement, document.body]
  const before = anchor?.getBoundingClientRect().top ?? 0
  held += 1
  for (const { style } of roots) style.overflowAnchor = 'none'
  change()
  const moved = (anchor?.isConnected ? anchor.getBoundingClientRect().top : before) - before
  if (moved !== 0) scrollQuietly(() => scrollBy({ top: moved, behavior: 'instant' }))
  const release = () => {
    held -= 1
    if (held === 0) for (const { style } of roots) style.removeProperty('overflow-anchor')
  }
  requestAnimationFrame(() => requestAnimationFrame(release))
}

/** The first entry that is in sight below the bars at the head. */
export function firstInSight(entries: Iterable<HTMLElement>): HTMLElement | null {
  const head = headHeight()
  let first: HTMLElement | null = null
  let least = Number.POSITIVE_INFINITY
  for (const entry of entries) {
    const { top, bottom } = entry.getBoundingClientRect()
    if (bottom > head + 8 && top < least && bottom > top) [first, least] = [entry, top]
  }
  return first
}

/** How much of the window the bar and the day's heading cover; nothing where the window is too low for them to stay. */
export function headHeight(): number {
  return ['header.top', 'h2.day'].reduce((height, selector) => {
    const bar = document.querySelector(selector)
    return bar && getComputedStyle(bar).position === 'sticky' ? height + bar.getBoundingClientRect().height : height
  }, 0)
}
