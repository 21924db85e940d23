import type { Profiles } from '../contract.ts'
import { codesInHead, PROOF } from '../head-proof.ts'
import { decode } from './decode.ts'
import { locate } from './locate.ts'
import type { FeedSettings } from './settings.ts'

export const profiles: Profiles<FeedSettings> = {
  where: `into the head of your site’s own page, as <meta name="${PROOF}" content="the code">`,
  ofSites: true,
  whose(input) {
    if (!locate(input)) return null
    // The page itself, where a site's feed would be found for it.
    const written = input.trim()
    const url = /^https?:\/\//i.test(written) ? written : `https://${written.replace(/^feed:(\/\/)?/i, '')}`
    return { who: url, externalIds: [...new Set([written, url])] }
  },
  async read(who, { http, signal }) {
    const page = await http.get(who, { signal, accept: 'text/html', maxBytes: 5 * 1024 * 1024 })
    const words = codesInHead(decode(page.body ?? new Uint8Array(), page.headers.get('content-type'))).join('\n')
    // What a redirect leads to is who speaks, and for itself only.
    const { host, pathname } = new URL(page.url)
    const key = `${host.replace(/^www\./, '')}${pathname.replace(/\/(?:index\.\w+)?$/, '')}`.toLowerCase()
    return { key, handle: key, url: page.url, words }
  },
}
