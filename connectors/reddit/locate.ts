import type { Settings } from './settings.ts'

const HOST = /^(?:(?:www|old|new|np|sh|m|i|oauth)\.)?reddit\.com$/i
const NAMED = /^\/?r\/(\w{2,21}(?:\+\w{2,21})*)\/?$/i
const PATH = /^\/r\/(\w{2,21}(?:\+\w{2,21})*)(?:\/|\.rss$|$)/i

/**
 * `r/hpc`, or any address within a subreddit, of whichever of Reddit's faces. The address of a personal feed carries
 * its token along, so that whoever keeps it in a file is told to put it elsewhere.
 */
export function locate(input: string): Settings | null {
  const written = input.trim()
  const name = NAMED.exec(written)?.[1]
  if (name) return { subreddit: name.toLowerCase() }
  const address = /^[\w.]*reddit\.com\//i.test(written) ? `https://${written}` : written
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) return null
  const { hostname, pathname, searchParams } = new URL(address)
  const within = HOST.test(hostname) ? PATH.exec(pathname)?.[1] : undefined
  if (!within) return null
  const [feedToken, feedUser] = [searchParams.get('feed'), searchParams.get('user')]
  return { subreddit: within.toLowerCase(), ...(feedToken && feedUser && { feedToken, feedUser }) }
}
