import { type Live, liveAt } from './settings.ts'

/** The port of connections without TLS; whoever writes it rarely means that. */
const PLAIN_PORT = 6667

/**
 * `irc://irc.libera.chat/#hpc`, `ircs://…`, and the web clients that name a channel in their address: web.libera.chat
 * and KiwiIRC. A bare `#hpc` may be anybody's hashtag.
 */
export function locate(input: string): Live | null {
  const link = input.trim()
  const scheme = /^(ircs?|https?):\/\//i.exec(link)?.[1]?.toLowerCase()
  // URL reads hosts and ports of protocols that it knows.
  const readable = link.replace(/^ircs?:/i, 'https:')
  if (!scheme || !URL.canParse(readable)) return null
  const url = new URL(readable)
  if (scheme.startsWith('irc')) {
    const port = url.port && Number(url.port) !== PLAIN_PORT ? Number(url.port) : undefined
    return liveAt(url.hostname, channelOf(url.hash || url.pathname.slice(1)), port)
  }
  const asked = url.hash.length > 1 ? url.hash : (url.searchParams.get('channels') ?? url.searchParams.get('channel') ?? '')
  if (url.hostname === 'web.libera.chat' && asked) return liveAt('irc.libera.chat', channelOf(asked))
  const [, server] = /^\/(?:nextclient|client)\/([^/]+)/.exec(url.pathname) ?? []
  if (/(^|\.)kiwiirc\.com$/.test(url.hostname) && server && asked) return liveAt(server, channelOf(asked))
  return null
}

/** The first channel that is named; with its sign, which the addresses of old leave out. */
function channelOf(written: string): string {
  const [channel = ''] = written.replaceAll('%23', '#').split(/[,?\s]/)
  return /^[#&+!]/.test(channel) ? channel : `#${channel}`
}
