import { decodeHTML } from 'entities'
import { withTargets } from '#connectors/html'
import { type Http, hostOf } from '#connectors/http'
import type { Post } from '#db/post'

/** Services that stand for another address and tell where it leads to whoever asks. Hosts of one site's own pages are none. */
const SHORTENERS = new Set(
  `t.co bit.ly bitly.com j.mp tinyurl.com is.gd v.gd ow.ly buff.ly dlvr.it lnkd.in goo.gl trib.al ift.tt fb.me amzn.to
   shorturl.at rb.gy cutt.ly t.ly tiny.cc hubs.ly hubs.la spr.ly zpr.io snip.ly mailchi.mp eepurl.com wp.me nyti.ms
   go.nature.com sci.hub.link w.wiki`.split(/\s+/),
)

const MOST_A_BATCH = 30
/** A post waits no longer than this for its links: it is to be seen within a second or so where it is said live. */
const PATIENCE_MS = 2500
const MOST_KEPT = 5000
const KEPT_MS = 7 * 86_400_000
const FAILED_MS = 3_600_000
const MOST_HOPS = 4

export type ShortLinks = {
  /** The posts with their shortened links replaced by where they lead; one that does not answer in time stays as it is. */
  followed(posts: Post[], signal: AbortSignal): Promise<Post[]>
}

/**
 * Follows shortened links before posts are saved: a reader sees where a link leads and no shortener learns who reads,
 * and the same page is the same page however it was shortened. Only the address is asked for (HEAD), never the page
 * behind it. What was learnt is kept for a week, for a few thousand links.
 */
export function shortLinks(http: Http, isShort = (host: string) => SHORTENERS.has(host.replace(/^www\./, ''))): ShortLinks {
  const known = new Map<string, { target: Promise<string | null>; until: number }>()

  function targetOf(url: string, signal: AbortSignal): Promise<string | null> {
    const kept = known.get(url)
    if (kept && kept.until > Date.now()) return kept.target
    const target = follow(http, url, isShort, signal)
    const entry = { target, until: Date.now() + KEPT_MS }
    known.delete(url)
    known.set(url, entry)
    for (const oldest of known.keys()) {
      if (known.size <= MOST_KEPT) break
      known.delete(oldest)
    }
    target.then((found) => {
      if (found === null) entry.until = Date.now() + FAILED_MS
    })
    return target
  }

  return {
    async followed(posts, signal) {
      const short = new Set(
        posts.flatMap(({ html, card }) => [...addressesIn(html), ...(card ? [card.url] : [])]).filter((url) => isShortUrl(url, isShort)),
      )
      if (short.size === 0) return posts
      const stop = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)])
      const found = await Promise.all([...short].slice(0, MOST_A_BATCH).map(async (url) => [url, await targetOf(url, stop)] as const))
      const targets = new Map(found.flatMap(([url, target]) => (target ? [[url, target] as const] : [])))
      if (targets.size === 0) return posts
      return posts.map((post) => {
        const { html, card } = post
        return { ...post, html: withTargets(html, targets), card: card && { ...card, url: targets.get(card.url) ?? card.url } }
      })
    },
  }
}

/** Where a short link leads at last; null when it does not say, or leads nowhere that may be reached. Never throws. */
async function follow(http: Http, first: string, isShort: (host: string) => boolean, signal: AbortSignal): Promise<string | null> {
  let url = first
  try {
    for (let hop = 0; hop < MOST_HOPS; hop++) {
      const { status, headers } = await http.fetch(url, { method: 'HEAD', redirect: 'manual', signal })
      const location = headers.get('location')
      if (status < 300 || status >= 400 || !location || !URL.canParse(location, url)) return null
      url = new URL(location, url).href
      if (!/^https?:/.test(url)) return null
      if (!isShortUrl(url, isShort)) return url
    }
  } catch {
    // No answer, none in time, or a place that may not be reached: the link stays what it is.
  }
  return null
}

function isShortUrl(url: string, isShort: (host: string) => boolean): boolean {
  return /^https?:\/\//i.test(url) && URL.canParse(url) && new URL(url).pathname !== '/' && isShort(hostOf(url))
}

/** The addresses that links in our sanitiser's HTML lead to. */
function addressesIn(html: string): string[] {
  return [...html.matchAll(/ href="([^"]+)"/g)].map(([, href = '']) => decodeHTML(href))
}
