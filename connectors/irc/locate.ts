import type { Guess } from '../contract.ts'
import { type Live, liveAt, type Settings, serverOfNetwork } from './settings.ts'

/** The port of connections without TLS; whoever writes it rarely means that. */
const PLAIN_PORT = 6667

/** Chats on the web of one network, and the server that is behind each. */
const WEB_CHATS: { [host: string]: string } = {
  'web.libera.chat': 'irc.libera.chat',
  'webchat.oftc.net': 'irc.oftc.net',
  'webirc.hackint.org': 'irc.hackint.org',
}

/**
 * `irc://irc.libera.chat/#hpc`, `ircs://…`, the web clients that name a channel in their address (web.libera.chat,
 * OFTC's, KiwiIRC), and `#hpc on Libera` as people say it. A bare `#hpc` may be anybody's hashtag.
 */
export function locate(input: string): Live | null {
  const link = input.trim()
  const scheme = /^(ircs?|https?):\/\//i.exec(link)?.[1]?.toLowerCase()
  // URL reads hosts and ports of protocols that it knows.
  const readable = link.replace(/^ircs?:/i, 'https:')
  if (!scheme) return said(link)
  if (!URL.canParse(readable)) return null
  const url = new URL(readable)
  if (scheme.startsWith('irc')) {
    if (/,is(?:nick|user)|^\/$/i.test(url.hash ? '' : url.pathname)) return null
    const port = url.port && Number(url.port) !== PLAIN_PORT ? Number(url.port) : undefined
    return liveAt(url.hostname, channelOf(url.hash || url.pathname.slice(1)), port)
  }
  const named = ['channels', 'channel', 'autojoin', 'join', 'chan'].map((name) => url.searchParams.get(name)).find(Boolean)
  const asked = url.hash.length > 1 ? url.hash : (named ?? '')
  const server = WEB_CHATS[url.hostname]
  if (server && asked) return liveAt(server, channelOf(asked))
  const [, client] = /^\/(?:nextclient|client)\/([^/]+)/.exec(url.pathname) ?? []
  if (/(^|\.)kiwiirc\.com$/.test(url.hostname) && client && asked) return liveAt(client, channelOf(asked))
  return null
}

/** A channel whose network nobody names, on the network that is read already, else on that of most channels of free software. */
export function mayMean(input: string, known: Settings[]): Guess<Settings>[] {
  const named = /^[a-z][\w-]*\s+(?:on|@)\s+\S+$/i.test(input.trim()) ? said(`#${input.trim()}`) : null
  if (named) return [{ settings: named, likely: true }]
  const name = /^#{0,2}([a-z][\w-]{1,40})$/i.exec(input.trim())?.[1]
  if (!name) return []
  const server = known.find((settings) => 'server' in settings)?.server ?? 'irc.libera.chat'
  const channel = liveAt(server, `#${name.toLowerCase()}`)
  return channel ? [{ settings: channel, likely: false }] : []
}

export function cannot(input: string): string | null {
  const link = input.trim()
  if (!/^ircs?:\/\//i.test(link) || locate(link)) return null
  return /,isnick|,isuser/i.test(link)
    ? 'This link leads to a person, not to a channel: what is said in private is never read'
    : 'This link names no channel: write it as irc://irc.libera.chat/#hpc'
}

/** `#hpc on Libera`, `#hpc@irc.oftc.net`, `libera/#hpc`, `irc.libera.chat #hpc`, with `irc` said or not. */
function said(written: string): Live | null {
  const words = written.replace(/(?<![.\w#])(?:irc|chat|channel)\b(?![.\w])/gi, ' ').replace(/[()“”"']/g, ' ')
  const channel = /(?:^|[\s/])(#{1,2}[^\s,@/#]+)/.exec(words)?.[1]
  if (!channel) return null
  const rest = words
    .replace(channel, ' ')
    .replace(/\b(?:on|at|in|im|the|network)\b/gi, ' ')
    .replace(/[@/,:]/g, ' ')
    .trim()
  const server = /^\S+$/.test(rest) ? serverOfNetwork(rest) : null
  return server ? liveAt(server, channel.toLowerCase()) : null
}

/** The first channel that is named; with its sign, which the addresses of old leave out. */
function channelOf(written: string): string {
  const [channel = ''] = written.replaceAll('%23', '#').split(/[,?\s]/)
  return /^[#&+!]/.test(channel) ? channel : `#${channel}`
}
