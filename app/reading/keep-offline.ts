import { withKeptNote } from './kept-note.ts'
import { fetchPage, newestPages } from './pages-to-keep.ts'

/**
 * Keeps the newest posts for when there is no network, in this browser, with what their pages need. They are kept anew
 * as a whole, so that nothing stays that was deleted since; `public/sw.js` shows them, and forgets them when it is another
 * reader who is answered.
 */

const NOT_KEPT = '/offline'

/** The page at hand comes first. */
const AFTER_MS = 3000
/** A page that stays open keeps what came meanwhile. */
const AGAIN_MS = 15 * 60_000
/** Who goes from page to page does not keep all of it each time. */
const LEAST_MS = 60_000

/** Pictures that were seen, are small, and of which there are not too many. */
const PICTURE_BYTES = 60_000
const PICTURES = 200

export function keepOffline(root: Document): void {
  if (!('serviceWorker' in navigator) || !('caches' in window)) return
  if (process.env.NODE_ENV !== 'production') return void stopKeeping()
  navigator.serviceWorker.register('/sw.js').catch(reportError)
  if (!root.querySelector('#posts[data-now]') || root.querySelector('[data-kept]')) return
  navigator.serviceWorker.ready.then(() => keepLater(AFTER_MS)).catch(reportError)
}

/** Takes posts that may be shown no more out of what is kept, with the whole pages they are on; those are soon kept anew. */
export async function forgetKept(posts: number[]): Promise<void> {
  if (!('caches' in window)) return
  for (const name of await keptNames()) {
    const cache = await caches.open(name)
    for (const request of await cache.keys()) {
      const kept = await cache.match(request)
      if (!kept?.headers.get('Content-Type')?.startsWith('text/html')) continue
      const html = await kept.text()
      if (posts.some((id) => html.includes(`id="l${id}"`))) await cache.delete(request)
    }
  }
  if (process.env.NODE_ENV === 'production' && 'serviceWorker' in navigator) keepLater(AFTER_MS)
}

let timer = 0

async function keepLater(ms: number): Promise<void> {
  const last = Math.max(0, ...(await keptNames()).map(timeOf))
  clearTimeout(timer)
  timer = window.setTimeout(
    () => {
      keepLater(AGAIN_MS)
      if (!document.hidden)
        navigator.locks.request('backplane-keep', { ifAvailable: true }, (lock) => (lock ? keep() : null)).catch(() => {})
    },
    Math.max(ms, last + LEAST_MS - Date.now()),
  )
}

/** Throws where the network, or the room, ends: what was kept before then stays. */
async function keep(): Promise<void> {
  const at = new Date()
  const pages = await newestPages()
  const [first] = pages
  if (!first) return
  const earlier = await keptNames()
  const name = `kept ${first.reader} ${at.getTime()}`
  const cache = await caches.open(name)
  try {
    const assets = new Set(pages.flatMap(({ parts }) => parts))
    for (const part of loadedParts()) assets.add(part)
    await Promise.all([...assets].map((href) => keepPart(cache, href)))
    await keepPictures(cache, [...new Set(pages.flatMap(({ pictures }) => pictures))])
    for (const { address, html, headers } of pages) await cache.put(address, new Response(withKeptNote(html, at), { headers }))
    // Last, because a cache counts as whole that has it.
    const notKept = await fetchPage(NOT_KEPT)
    if (notKept.reader !== first.reader) throw new Error('it is another reader now')
    await cache.put(NOT_KEPT, new Response(withKeptNote(notKept.html, at), { headers: notKept.headers }))
  } catch (error) {
    await caches.delete(name)
    throw error
  }
  for (const old of earlier) await caches.delete(old)
}

/** Scripts, styles, fonts and marks that this page turned out to need. */
function loadedParts(): string[] {
  return ownResources().flatMap(({ url }) =>
    /^\/(_next\/static\/|icon\.svg|search\.svg)/.test(url.pathname) ? [url.pathname + url.search] : [],
  )
}

function ownResources(): { url: URL; bytes: number }[] {
  return performance.getEntriesByType('resource').flatMap((entry) => {
    const url = new URL(entry.name)
    const bytes = entry instanceof PerformanceResourceTiming ? entry.encodedBodySize : 0
    return url.origin === location.origin ? [{ url, bytes }] : []
  })
}

/** Those that were seen, now or when others were kept. */
async function keepPictures(cache: Cache, pictures: string[]): Promise<void> {
  const small = new Set(ownResources().flatMap(({ url, bytes }) => (bytes > 0 && bytes <= PICTURE_BYTES ? [url.pathname] : [])))
  let count = 0
  for (const picture of pictures) {
    if (count >= PICTURES) return
    const before = await caches.match(picture, { ignoreVary: true })
    if (before) await cache.put(picture, before)
    else if (small.has(picture)) await keepPart(cache, picture)
    else continue
    count++
  }
}

async function keepPart(cache: Cache, href: string): Promise<void> {
  const answer = await fetch(href, { cache: 'force-cache' })
  if (answer.ok) await cache.put(href, answer)
}

async function keptNames(): Promise<string[]> {
  return (await caches.keys()).filter((name) => name.startsWith('kept '))
}

function timeOf(name: string): number {
  return Number(name.split(' ').at(-1))
}

/** Where pages are being worked on, nothing old may stand in the way; `npm start` may have been here before, at the same address. */
async function stopKeeping(): Promise<void> {
  for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister()
  for (const name of await keptNames()) await caches.delete(name)
}
