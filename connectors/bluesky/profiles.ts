import type { Profiles } from '../contract.ts'
import { ConnectorError } from '../trouble.ts'
import { createApi } from './api.ts'
import { parseAtUri, profileOf } from './links.ts'
import { locate } from './locate.ts'
import { isDid, Settings } from './settings.ts'

/** A post's page on the web: `/profile/<handle or DID>/post/<rkey>`. */
const PAGE = /^https?:\/\/(?:www\.)?bsky\.app\/profile\/([^/?#]+)\/post\/([^/?#]+)/i

export const profiles: Profiles<Settings> = {
  where: 'into the description of your Bluesky profile',
  haveLinks: true,
  whose(input) {
    const author = locate(input)?.author
    if (!author) return null
    const [, who = '', rkey] = PAGE.exec(input.trim().replace(/%3a/gi, ':')) ?? []
    const uri = parseAtUri(input.trim())
    const externalIds =
      rkey && isDid(who) ? [`at://${who}/app.bsky.feed.post/${rkey}`] : uri?.collection === 'app.bsky.feed.post' ? [input.trim()] : []
    return { who: author, externalIds }
  },
  async read(who, { settings, ...reach }) {
    try {
      const { did, handle, description = '' } = await createApi(settings ?? Settings.parse({ author: who }), reach).profile(who)
      const links = [...description.matchAll(/https?:\/\/[^\s<>"')\]]+/gi)].map(([url]) => ({ url, verified: false }))
      // A handle under somebody else's domain is theirs to give out; every other is a domain of the account's own.
      const own = /\.(bsky\.social|brid\.gy)$/i.test(handle) ? [] : [`https://${handle}`]
      return { key: did, handle: `@${handle}`, url: profileOf(did), words: description, links, pages: [profileOf(handle), ...own] }
    } catch (error) {
      if (error instanceof ConnectorError && error.trouble === 'refused') return null
      throw error
    }
  },
}
