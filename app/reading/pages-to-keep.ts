const ENTRIES = 500
const PAGES = 10
/** The newest page, as the worker calls it whatever order the reader has the timeline open in. */
const NEWEST = '/?order=newest'

type Fetched = { html: string; headers: Headers; reader: string; page: Document; parts: string[] }
type KeptPage = Fetched & { address: string; pictures: string[] }

/** From the newest down, each leading to the next; the way back up leads to the page that was kept. */
export async function newestPages(): Promise<KeptPage[]> {
  const pages: KeptPage[] = []
  let entries = 0
  for (let href: string | null = NEWEST; href && pages.length < PAGES && entries < ENTRIES; ) {
    const fetched: Fetched = await fetchPage(href)
    const { page, reader } = fetched
    if (pages[0] && pages[0].reader !== reader) throw new Error('it is another reader now')
    const above = pages.at(-1)?.address
    const back = page.querySelector('#posts a[rel=prev]')?.getAttribute('href')?.replaceAll('&', '&amp;')
    const html = above && back ? fetched.html.replace(`href="${back}"`, `href="${above}"`) : fetched.html
    pages.push({ ...fetched, html, address: addressOf(href), pictures: picturesOn(page) })
    entries += page.querySelectorAll('#posts [data-entry]').length
    href = page.querySelector('#posts a[rel=next]')?.getAttribute('href') ?? null
  }
  return pages
}

/** One page of ours, and what it needs to be drawn. Throws where it cannot be had, or nobody says for whom it is. */
export async function fetchPage(href: string): Promise<Fetched> {
  const answer = await fetch(href, { headers: { Accept: 'text/html' } })
  const reader = answer.headers.get('Backplane-Reader')
  if (!answer.ok || !reader) throw new Error(`${href} answered ${answer.status}`)
  const html = await answer.text()
  const page = new DOMParser().parseFromString(html, 'text/html')
  const headers = new Headers(answer.headers)
  // They told of the bytes that came, not of the text.
  for (const name of ['Content-Encoding', 'Content-Length']) headers.delete(name)
  const parts = [...page.querySelectorAll('link[rel=stylesheet], link[rel=preload], script[src]')].flatMap((part) => [
    part.getAttribute('href') ?? part.getAttribute('src') ?? [],
  ])
  return { html, headers, reader, page, parts: parts.flat().filter((part) => part.startsWith('/')) }
}

/** The address as `public/sw.js` looks it up. */
function addressOf(href: string): string {
  const rest = href.replace(/[?&]order=newest/, '').replace(/^\/&/, '/?')
  return rest || '/'
}

function picturesOn(page: Document): string[] {
  return [...page.querySelectorAll('#posts img[src^="/"]')].map((picture) => picture.getAttribute('src') ?? '')
}
