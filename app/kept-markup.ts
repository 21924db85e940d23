import { LRUCache } from 'lru-cache'

/** Characters of HTML that wait at most: dozens of pages that are being made at the same time. */
const MOST = 16_000_000
/** A page that takes longer was given up. */
const LONGEST_MS = 30_000

const waiting = new LRUCache<string, string>({ maxSize: MOST, ttl: LONGEST_MS })
let last = 0

/**
 * Keeps HTML on its way between the two passes in which Next makes a page: the first runs the components of the server,
 * the second draws what they return. What goes from one to the other is sent to the browser as well, so that HTML goes
 * beside it. Returns the key by which `takeMarkup` gives it.
 */
export function keepMarkup(html: string): string {
  const key = (++last).toString(36)
  waiting.set(key, html, { size: html.length + 1 })
  return key
}

declare global {
  /**
   * The HTML under a key, once. Throws where there is none: a page without its content is a fault, and not an empty page.
   * Of the whole process, since the passes are bundles of their own; there is none in a browser.
   */
  var takeMarkup: ((key: string) => string) | undefined
}

globalThis.takeMarkup = (key) => {
  const html = waiting.get(key)
  if (html === undefined) throw new Error('The content of the page is gone: too many pages are being made at the same time.')
  waiting.delete(key)
  return html
}
