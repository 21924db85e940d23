import type { FeedSettings } from './settings.ts'
import { feedOfSite } from './sites.ts'

/** Any http(s) address, `feed:` ones, and bare names of sites with or without a path. Where a site's feed is known, that. */
export function locate(input: string): FeedSettings | null {
  const link = input
    .trim()
    .replace(/^feed:(\/\/)?(?=https?:)/i, '')
    .replace(/^feed:(\/\/)?/i, 'https://')
  const written = /^[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)*\.\p{L}{2,}(:\d+)?([/?#]|$)/u.test(link) ? `https://${link}` : link
  if (/\s/.test(written) || !/^https?:\/\//i.test(written) || !URL.canParse(written)) return null
  const url = new URL(written)
  url.hash = ''
  return { url: feedOfSite(url) ?? url.href }
}

/** What the address is of, where the site says it; else a page, or a feed by the look of it. */
export function kind({ url }: FeedSettings): string {
  const { hostname, pathname } = new URL(url)
  if (hostname === 'www.youtube.com' && pathname === '/feeds/videos.xml') return 'the videos of a YouTube channel or playlist'
  if (/(^|\.)youtube\.com$/.test(hostname)) return 'a YouTube channel'
  if (hostname === 'github.com' && /\/releases\.atom$/.test(pathname)) return 'the releases of a GitHub repository'
  if (hostname === 'github.com' && /\/tags\.atom$/.test(pathname)) return 'the tags of a GitHub repository'
  if (hostname === 'github.com' && /\/commits\//.test(pathname)) return 'the commits of a GitHub repository'
  if (/\.substack\.com$/.test(hostname)) return 'a Substack newsletter'
  if (/(^|\.)medium\.com$/.test(hostname)) return 'a blog on Medium'
  return /\.(xml|rss|atom|rdf|json)$|\/(feed|rss|atom)\/?$/i.test(pathname) ? 'a feed' : 'a web page, whose feed is looked for'
}

/** What has an address and no feed. */
export function cannot(input: string): string | null {
  const written = input.trim()
  if (!/^https?:\/\//i.test(written) || !URL.canParse(written)) return null
  const { hostname, pathname, searchParams } = new URL(written)
  const host = hostname.replace(/^(www|m)\./, '')
  if (host === 'youtu.be' || (host === 'youtube.com' && /^\/(watch|shorts|live)\b/.test(pathname) && !searchParams.has('list')))
    return 'This is one video: paste the address of its channel or playlist'
  if (host === 'podcasts.apple.com' || host === 'open.spotify.com')
    return 'This shop does not tell the address of the podcast’s feed: the podcast’s own site names it'
  if (host === 'github.com' && /^\/[^/]+\/[^/]+\/(issues|pull|pulls|discussions|actions)\b/.test(pathname))
    return 'GitHub has no feed of issues or discussions: releases, tags and commits can be followed'
  return null
}
