import { comparePlaces } from '#lib/reading/place'
import { pageOf } from './fetch-list.ts'

/** Pages that are fetched to join what is new to what is there; whoever missed more begins at the newest. */
const MOST_PAGES = 4

/**
 * Fetches the newest posts and puts those that are missing at their places among what is there. False when they do not
 * join: more came than a few pages hold, or the page shows older posts only. Throws when a page could not be fetched.
 */
export async function joinNewer(posts: HTMLElement, address: string): Promise<boolean> {
  const newest = posts.querySelector<HTMLElement>('[data-place]')?.dataset.place
  if (posts.dataset.newest === undefined || posts.dataset.order === 'oldest' || !newest) return false
  const pages: HTMLElement[] = []
  for (let href = address; pages.length < MOST_PAGES; ) {
    const page = await fetchPosts(href)
    pages.push(page)
    const oldest = [...page.querySelectorAll<HTMLElement>('[data-place]')].at(-1)?.dataset.place
    const next = page.querySelector<HTMLAnchorElement>('a[rel=next]')?.getAttribute('href')
    if (!oldest || !next || comparePlaces(oldest, newest) <= 0) {
      for (const one of pages) join(one, posts)
      posts.dataset.now = pages[0]?.dataset.now
      return true
    }
    href = next
  }
  return false
}

/** The document at an address of ours. */
export async function fetchDocument(href: string): Promise<Document> {
  const answer = await fetch(href, { headers: { Accept: 'text/html' } })
  if (!answer.ok) throw new Error(`${href} answered ${answer.status}`)
  return pageOf(await answer.text())
}

async function fetchPosts(href: string): Promise<HTMLElement> {
  const posts = (await fetchDocument(href)).getElementById('posts')
  if (!posts) throw new Error(`${href} shows no posts`)
  return posts
}

/** What stands on a page and not among these posts yet; days and entries keep their order. */
function join(page: HTMLElement, posts: HTMLElement): void {
  const dayOf = (section: Element) => section.querySelector('h2.day')?.id ?? ''
  for (const section of page.querySelectorAll(':scope > section:has(> .rail)')) {
    const sections = [...posts.querySelectorAll(':scope > section')]
    const own = sections.find((there) => dayOf(there) === dayOf(section))
    // Days are named by their dates, so that names order as they do.
    const older = sections.find((there) => dayOf(there) < dayOf(section))
    if (own) joinDay(section, own)
    else posts.insertBefore(document.adoptNode(section), older ?? sections.at(-1)?.nextSibling ?? null)
  }
}

function joinDay(section: Element, own: Element): void {
  const rail = own.querySelector('.rail')
  const [count, counted] = [section.querySelector('h2 small'), own.querySelector('h2 small')]
  if (count && counted) counted.textContent = count.textContent
  for (const entry of section.querySelectorAll<HTMLElement>('.rail > [data-entry]')) {
    if (rail?.querySelector(`:scope > [data-entry="${entry.dataset.entry}"]`)) continue
    const older = [...(rail?.querySelectorAll<HTMLElement>(':scope > [data-place]') ?? [])].find(
      (there) => comparePlaces(there.dataset.place ?? '', entry.dataset.place ?? '') < 0,
    )
    rail?.insertBefore(document.adoptNode(entry), older ?? null)
  }
}
