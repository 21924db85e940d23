/** So many entries are put in at once: more would keep the browser busy for longer than one notices. */
const AT_ONCE = 10

/** The rows of a page, as many together as are put in at once. */
export function inTurns(rows: HTMLElement[]): HTMLElement[][] {
  return Array.from({ length: Math.ceil(rows.length / AT_ONCE) }, (_, nth) => rows.slice(nth * AT_ONCE, (nth + 1) * AT_ONCE))
}

/** The browser has drawn what was put in. */
export function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    // A page that is not looked at draws no frames.
    if (document.hidden) setTimeout(resolve)
    else requestAnimationFrame(() => resolve())
  })
}
