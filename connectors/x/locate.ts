import { Settings } from './settings.ts'

const HOST = /^(?:(?:www|mobile|m)\.)?(?:x|twitter)\.com$/i
/** First words of X's own addresses, which are nobody's name. */
const OWN = new Set(
  'i home explore search hashtag settings messages notifications compose intent login logout signup share tos privacy jobs about download'.split(
    ' ',
  ),
)

/** A link to a list, an account, one of its posts, a search or a hashtag. */
export function locate(input: string): Settings | null {
  const url = addressOf(input)
  if (!url) return null
  const list = /^\/i\/lists\/(\d+)/.exec(url.pathname)?.[1]
  const tag = /^\/hashtag\/([^/]+)/.exec(url.pathname)?.[1]
  const search = tag ? `#${decoded(tag)}` : url.pathname === '/search' ? url.searchParams.get('q') : null
  const [, user = ''] = /^\/@?(\w{1,15})(?:\/|$)/.exec(url.pathname) ?? []
  const found = list ? { list } : search ? { search } : user && !OWN.has(user.toLowerCase()) ? { users: [user] } : null
  return (found && Settings.safeParse(found).data) ?? null
}

export function cannot(input: string): string | null {
  const written = input.trim()
  if (/^(?:https?:\/\/)?t\.co\//i.test(written))
    return 'A short link does not say whose it is: open it, and paste the address where it leads'
  const url = addressOf(written)
  if (!url || locate(written)) return null
  if (/^\/(messages|i\/chat)/.test(url.pathname)) return 'Messages on X are private: they are never read'
  return 'Of X a list, an account or a search can be followed: paste a link such as https://x.com/i/lists/1234567890'
}

function addressOf(input: string): URL | null {
  const written = input.trim()
  const address = /^[\w.]*(?:x|twitter)\.com\//i.test(written) ? `https://${written}` : written
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) return null
  const url = new URL(address)
  return HOST.test(url.hostname) ? url : null
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
