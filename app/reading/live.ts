import { comparePlaces } from '#lib/reading/place'
import type { LiveEntry } from '#lib/server/live-events'
import { offerGrowth } from './grown.ts'
import { forgetKept } from './keep-offline.ts'
import { followStream } from './live-stream.ts'
import { fetchDocument, joinNewer } from './newer-pages.ts'
import { type News, newsIn } from './news.ts'
import { takeBack } from './take-back.ts'

/** Pages do not ask for the state of the sources all at once. */
const SPREAD_MS = 5000

type Growth = { title: string; posts: Set<number> }

/**
 * Keeps an open page told of what came since it was made. New posts wait behind a pill, what a conversation grew by
 * behind a word in its foot: nothing moves before it is asked for. What is taken back goes at once.
 */
export function followLive(root: Document): void {
  const posts = root.getElementById('posts')
  if (!posts && !root.querySelector('[data-entry]')) return
  const waiting = new Map<number, LiveEntry>()
  const grown = new Map<number, Growth>()
  const news = posts && newsIn(posts, () => goToNewest())
  let more = false
  let filled = false
  let asideAsked = 0

  const articleOf = (entry: number) => root.querySelector<HTMLElement>(`[data-entry="${entry}"]`)
  const isHere = (post: number) => root.getElementById(`l${post}`) !== null

  const showWaiting = () =>
    news?.show(
      [...waiting.values()].reduce((sum, entry) => sum + entry.posts.length, 0),
      more,
    )
  const showGrown = () => showDoors(news, grown, articleOf)
  const grow = ({ entry, title, posts: ids }: LiveEntry) => {
    const known = waiting.get(entry)
    if (known) known.posts = [...new Set([...known.posts, ...ids])]
    const fresh = ids.filter((id) => !isHere(id))
    if (known || title === null || fresh.length === 0) return
    const growth = grown.get(entry) ?? { title, posts: new Set() }
    for (const id of fresh) growth.posts.add(id)
    grown.set(entry, growth)
    const article = articleOf(entry)
    if (article) {
      offerGrowth(article, title, [...growth.posts], () => {
        grown.delete(entry)
        showGrown()
      })
    }
  }

  async function goToNewest(): Promise<void> {
    const address = newestAddress(root)
    try {
      if (!posts || more || filled || !(await joinNewer(posts, address))) return window.location.assign(address)
    } catch {
      return window.location.assign(address)
    }
    const first = [...waiting.keys()].map(articleOf).find((article) => article !== null) ?? posts.querySelector<HTMLElement>('[data-entry]')
    waiting.clear()
    showWaiting()
    window.scrollTo({ top: 0 })
    first?.setAttribute('tabindex', '-1')
    first?.focus({ preventScroll: true })
    posts.dispatchEvent(new CustomEvent('joined', { bubbles: true }))
  }

  followStream(window.location.search, posts?.dataset.now ?? '', {
    new({ entries, more: others }) {
      const oldest = posts && [...posts.querySelectorAll<HTMLElement>('[data-place]')].at(-1)?.dataset.place
      for (const entry of entries) {
        if (articleOf(entry.entry)) grow(entry)
        // What arrived late and stands further down than the page reaches is met there.
        else if (!oldest || comparePlaces(entry.place, oldest) > 0) waiting.set(entry.entry, waiting.get(entry.entry) ?? entry)
      }
      more ||= others
      showWaiting()
      showGrown()
    },
    grown(entry) {
      grow(entry)
      showWaiting()
      showGrown()
    },
    gone({ posts: ids }) {
      forgetKept(ids).catch(reportError)
      for (const id of ids) {
        takeBack(id)
        for (const [entry, { posts: growth }] of grown) if (growth.delete(id) && growth.size === 0) forget(entry)
        for (const [entry, one] of waiting) {
          one.posts = one.posts.filter((post) => post !== id)
          if (one.posts.length === 0) waiting.delete(entry)
        }
      }
      showWaiting()
      showGrown()
    },
    filled() {
      filled = true
      news?.showFilled()
    },
    health() {
      clearTimeout(asideAsked)
      asideAsked = window.setTimeout(() => renewAside(root), Math.random() * SPREAD_MS)
    },
    lost: (since) => news?.showLost(since),
  })

  function forget(entry: number): void {
    grown.delete(entry)
    articleOf(entry)?.querySelector('.grown')?.remove()
  }
}

/** Conversations that went on where the reader does not see it. */
function showDoors(news: News | null, grown: Map<number, Growth>, articleOf: (entry: number) => HTMLElement | null): void {
  const doors = [...grown].flatMap(([entry, { title, posts }]) => {
    const article = articleOf(entry)
    const box = article?.getBoundingClientRect()
    if (box && box.top < window.innerHeight && box.bottom > 0) return []
    return { entry, title, count: posts.size, href: article ? `#${article.id}` : `/p/${entry}` }
  })
  news?.showDoors(doors)
}

/** The timeline's newest page with the filters of this one. */
function newestAddress(root: Document): string {
  const query = new URLSearchParams(root.location.pathname === '/' ? root.location.search : '')
  for (const place of ['before', 'after', 'at']) query.delete(place)
  // However the reader has the timeline open.
  query.set('order', 'newest')
  return `/?${query.toString().replaceAll('%2C', ',')}`
}

/** The sources beside the timeline as they fare now. */
async function renewAside(root: Document): Promise<void> {
  const aside = root.querySelector('aside')
  if (!aside || aside.contains(root.activeElement) || root.hidden) return
  const fresh = await fetchDocument(root.location.href).catch(() => null)
  const content = fresh?.querySelector('aside')
  if (content) aside.replaceChildren(...content.children)
}
