import type { Guess } from '../contract.ts'
import { Settings } from './settings.ts'

const HOST = /^(?:(?:www|old|new|np|sh|m|i|amp|oauth|[a-z]{2})\.)?reddit\.com$/i
const NAMED = /^\/?r\/(\w{2,21}(?:\+\w{2,21})*)\/?$/i
const PERSON = /^\/?u(?:ser)?\/([\w-]{2,20})(?:\/m\/(\w{2,50}))?\/?$/i
const PATH = /^\/r\/(\w{2,21}(?:\+\w{2,21})*)(?:\/|\.rss$|$)/i
const PERSON_PATH = /^\/u(?:ser)?\/([\w-]{2,20})(?:\/m\/(\w{2,50}))?(?:\/|\.rss$|$)/i

/**
 * `r/hpc`, `u/name`, or any address within a subreddit, an account or a multireddit, of whichever of Reddit's faces. The
 * address of a personal feed carries its token along, so that whoever keeps it in a file is told to put it elsewhere.
 */
export function locate(input: string): Settings | null {
  const written = input.trim()
  const name = NAMED.exec(written)?.[1]
  if (name) return { subreddit: name.toLowerCase() }
  const person = PERSON.exec(written)
  if (person) return personal(person)
  const url = redditAddress(written)
  if (!url) return null
  const within = PATH.exec(url.pathname)?.[1]
  const of = PERSON_PATH.exec(url.pathname)
  const found = within ? { subreddit: within.toLowerCase() } : of ? personal(of) : null
  const [feedToken, feedUser] = [url.searchParams.get('feed'), url.searchParams.get('user')]
  return found && { ...found, ...(feedToken && feedUser && { feedToken, feedUser }) }
}

/** A word that could be the name of a subreddit. */
export function mayMean(input: string): Guess<Settings>[] {
  const name = input.trim().replace(/^[#/\\]+|^r[\\: ]+|^sub(?:reddit)?\s+(?:r\/)?/gi, '')
  const { data } = /^(?=.*[a-z])\w{3,21}$/i.test(name) ? Settings.safeParse({ subreddit: name }) : {}
  return data ? [{ settings: data, likely: /^(r[\\: ]|sub)/i.test(input.trim()) && name !== input.trim() }] : []
}

export function cannot(input: string): string | null {
  const written = input.trim()
  if (/^https?:\/\/(?:www\.)?redd\.it\//i.test(written) || /^https?:\/\/[iv]\.redd\.it\//i.test(written))
    return 'A short link does not say of which subreddit it is: open it, and paste the address where it leads'
  const url = redditAddress(written)
  if (!url || locate(written)) return null
  if (/^\/message|^\/chat/.test(url.pathname)) return 'Messages on Reddit are private: they are never read'
  return 'Of Reddit a subreddit, an account or a multireddit can be followed: paste a link such as https://www.reddit.com/r/hpc'
}

export function kind({ user, multi, subreddit = '' }: Settings): string {
  if (user) return 'what a Reddit account posts'
  return multi ? 'a multireddit' : subreddit.includes('+') ? 'several subreddits' : 'a subreddit'
}

function personal([, user = '', multi]: RegExpExecArray): Settings {
  return multi ? { multi: `${user}/m/${multi}`.toLowerCase() } : { user: user.toLowerCase() }
}

function redditAddress(written: string): URL | null {
  const address = /^[\w.]*reddit\.com\//i.test(written) ? `https://${written}` : written
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) return null
  const url = new URL(address)
  return HOST.test(url.hostname) ? url : null
}
