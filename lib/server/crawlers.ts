import type { Config } from '../config.ts'

/** Pages that search engines may keep once the owner opens the site: a post alone, and what is said of the program. */
const OPEN = /^\/(?:about|p\/\d{1,15})(?:\?|$)/

/**
 * `X-Robots-Tag` of an address: everything is kept from search engines, because what people said elsewhere is not ours to
 * hand on, unless the owner opens the site (`INDEX=open`). Then the pages of single posts are left to say it themselves, by
 * who may find them; timelines, where what is only for passing stands among the rest, are never open. null: it says nothing.
 */
export function robotsTag(url: string, { INDEX }: Pick<Config, 'INDEX'>): string | null {
  return INDEX === 'open' && OPEN.test(url) ? null : 'noindex'
}

/** `/robots.txt` (RFC 9309). Where all is closed nobody need come and see. */
export function robotsText({ INDEX }: Pick<Config, 'INDEX'>): string {
  return INDEX === 'open' ? 'User-agent: *\nAllow: /p/\nAllow: /about\nDisallow: /\n' : 'User-agent: *\nDisallow: /\n'
}
