import { load } from 'cheerio/slim'
import type { Reach } from '../contract.ts'
import type { GetOptions, Page } from '../http.ts'
import { ConnectorError } from '../trouble.ts'
import { decode } from './decode.ts'
import { looksLikePage, readDocument } from './document.ts'
import type { FeedDocument } from './entry.ts'
import type { FeedSettings } from './settings.ts'

/** What a feed is asked for with. Feeds with full text of HPC blogs stay under 2 MB. */
export const FEED_REQUEST = {
  accept:
    'application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, application/json;q=0.9, application/xml;q=0.9, text/xml;q=0.9, text/html;q=0.5, */*;q=0.1',
  maxBytes: 5 * 1024 * 1024,
} satisfies Partial<GetOptions>

/** How many of the feeds that a page names are tried. */
const MAX_NAMED = 5
/** Where blogging software puts feeds that no page names. */
const USUAL_PLACES = ['feed', 'feed.xml', 'rss.xml', 'atom.xml', 'index.xml']

export type Fetched = { page: Page; document: FeedDocument }

/** What was fetched while the settings were looked up, for as long as somebody holds these. */
const fetched = new WeakMap<FeedSettings, Fetched>()

/** What `discover` fetched and read when it returned these settings; once, so that the next read asks the site again. */
export function takeFetched(settings: FeedSettings): Fetched | null {
  const found = fetched.get(settings) ?? null
  fetched.delete(settings)
  return found
}

/**
 * The settings with the address of the feed and its title: an address of a feed stays, a page's feed is looked for. The
 * feed is kept for whoever reads with them next (`takeFetched`): a site is not asked for a feed twice in a second.
 * Throws `refused` when there is none, in words that say where it was looked for.
 */
export async function discover(settings: FeedSettings, reach: Reach): Promise<FeedSettings> {
  const page = await reach.http.get(settings.url, { ...FEED_REQUEST, signal: reach.signal })
  const text = decode(page.body ?? new Uint8Array(), page.headers.get('content-type'))
  if (!looksLikePage(text)) {
    const document = readDocument(text, page.url)
    reach.step?.(`${settings.url} is a feed${document.feed.title ? `, “${document.feed.title}”` : ''}`)
    return withTitle(settings, settings.url, { page, document })
  }

  const named = feedsNamedIn(text, page.url).slice(0, MAX_NAMED)
  reach.step?.(
    `${page.url} is a page that names ${named.length === 0 ? 'no feed' : named.length === 1 ? 'a feed' : `${named.length} feeds`}`,
  )
  for (const url of named) {
    const found = await tryFeed(url, reach)
    if (found instanceof ConnectorError) {
      // A feed that the page names and that cannot be read now is still the one to wait for.
      if (found.trouble === 'unavailable' || found.trouble === 'rate-limited') throw found
    } else return foundAt(settings, url, found, reach)
  }
  for (const url of usualPlaces(page.url)) {
    if (named.includes(url)) continue
    const found = await tryFeed(url, reach)
    if (!(found instanceof ConnectorError)) return foundAt(settings, url, found, reach)
    if (found.trouble === 'rate-limited') throw found
  }
  const looked = named.length > 0 ? 'the feeds that it names cannot be read' : 'it names none'
  throw new ConnectorError(
    'refused',
    `no feed was found for ${settings.url}: ${looked}, and there is none at the usual places (${USUAL_PLACES.join(', ')})`,
  )
}

function foundAt(settings: FeedSettings, url: string, found: Fetched, { step }: Reach): FeedSettings {
  const { title } = found.document.feed
  step?.(`Its feed is ${url}${title ? `, “${title}”` : ''}`)
  return withTitle(settings, url, found)
}

function withTitle(settings: FeedSettings, url: string, found: Fetched): FeedSettings {
  const title = settings.title ?? found.document.feed.title
  const resolved = { ...settings, url, ...(title && { title }) }
  fetched.set(resolved, found)
  return resolved
}

async function tryFeed(url: string, { http, signal }: Reach): Promise<Fetched | ConnectorError> {
  try {
    const page = await http.get(url, { ...FEED_REQUEST, signal })
    return { page, document: readDocument(decode(page.body ?? new Uint8Array(), page.headers.get('content-type')), page.url) }
  } catch (error) {
    if (error instanceof ConnectorError) return error
    throw error
  }
}

const FEED_TYPES = /^\s*(application\/(rss\+xml|atom\+xml|rdf\+xml|feed\+json|json|xml)|text\/xml)\s*(;|$)/i

/** The page's own feeds in the order in which it names them, which is that of preference; those of comments last. */
function feedsNamedIn(html: string, url: string): string[] {
  const $ = load(html)
  const base = resolve($('base[href]').attr('href'), url) ?? url
  const links = $('link[rel][href]')
    .toArray()
    .filter(({ attribs: { rel = '', type = '' } }) => /(^|\s)(alternate|feed)(\s|$)/i.test(rel) && FEED_TYPES.test(type))
    // WordPress names its API as application/json, and its comments as a feed like any other.
    .filter(
      ({ attribs: { type = '', href = '' } }) =>
        (!/\/(wp-json|oembed)\b/.test(href) && !/^application\/json/i.test(type)) || /feed/i.test(href),
    )
  const comments = ({ attribs: { href = '', title = '' } }: (typeof links)[number]) => /comment/i.test(href) || /comment/i.test(title)
  const ordered = [...links.filter((link) => !comments(link)), ...links.filter(comments)]
  return [...new Set(ordered.flatMap(({ attribs }) => resolve(attribs.href, base) ?? []))]
}

/** Beside the page, then at the root of its site. */
function usualPlaces(url: string): string[] {
  const beside = new URL(url).pathname.endsWith('/') ? url : `${url}/`
  return [...new Set([beside, new URL('/', url).href].flatMap((folder) => USUAL_PLACES.map((place) => new URL(place, folder).href)))]
}

function resolve(href: string | undefined, base: string): string | null {
  if (!href?.trim() || !URL.canParse(href.trim(), base)) return null
  const { protocol, href: absolute } = new URL(href.trim(), base)
  return /^https?:$/.test(protocol) ? absolute : null
}
