// The service worker: shows what was kept when there is no network. What is kept, the pages decide
// (`app/reading/keep-offline.ts`); here nothing is kept, and nothing is shown from there while the server answers,
// whatever it answers. Plain JavaScript, because browsers run this file as it is.

/** Caches are called `kept <reader> <ms>`; one is whole once it holds the page for what is not kept. */
const CACHE = 'kept '
const NOT_KEPT = '/offline'

/** For whom the server last answered. */
let reader = ''

self.addEventListener('install', () => self.skipWaiting())

self.addEventListener('activate', (event) => {
  // The page is asked for while this worker is still being started.
  const preload = self.registration.navigationPreload?.enable()
  event.waitUntil(Promise.all([preload, self.clients.claim()]))
})

self.addEventListener('fetch', (event) => {
  const { method, url, headers } = event.request
  const { origin, pathname } = new URL(url)
  // Live events, parts of films, and what changes something go their own way.
  if (method !== 'GET' || origin !== self.location.origin || pathname.startsWith('/api/') || headers.has('range')) return
  event.respondWith(answer(event))
})

/** @param {FetchEvent} event */
async function answer(event) {
  try {
    const answered = (await event.preloadResponse) ?? (await fetch(event.request))
    event.waitUntil(forgetOthers(answered.headers.get('Backplane-Reader')))
    return answered
  } catch (error) {
    const kept = await keptFor(event.request)
    if (kept) return kept
    throw error
  }
}

/** What was kept for one reader of this browser goes as soon as it is another. */
async function forgetOthers(tag) {
  if (!tag || tag === reader) return
  reader = tag
  const names = await caches.keys()
  await Promise.all(
    names.filter((name) => name.startsWith(CACHE) && !name.startsWith(`${CACHE}${tag} `)).map((name) => caches.delete(name)),
  )
}

async function keptFor(request) {
  const isPage = request.mode === 'navigate' || request.headers.get('accept')?.startsWith('text/html')
  const all = await caches.keys()
  const names = all.filter((name) => name.startsWith(CACHE)).sort((a, b) => timeOf(b) - timeOf(a))
  for (const name of names) {
    const cache = await caches.open(name)
    const notKept = await cache.match(NOT_KEPT, { ignoreVary: true })
    if (!notKept) continue
    const kept = await cache.match(isPage ? addressOf(request.url) : request.url, { ignoreVary: true })
    if (kept) return kept
    if (isPage) return new Response(notKept.body, { status: 503, headers: notKept.headers })
  }
}

function timeOf(name) {
  return Number(name.split(' ').at(-1))
}

/** Newest on top is how pages are kept, whether the address says so or not. */
function addressOf(href) {
  const { pathname, search } = new URL(href)
  const words = search.slice(1).split('&')
  const rest = words.filter((word) => word && word !== 'order=newest')
  return rest.length > 0 ? `${pathname}?${rest.join('&')}` : pathname
}
