import type { Profile } from '#connectors/contract'
import { codesInHead } from '#connectors/head-proof'
import type { Http } from '#connectors/http'
import { log } from '../log.ts'

/** Profiles have a handful of links; somebody waits for this. */
const MOST_PAGES = 5
const LARGEST_BYTES = 1024 * 1024

/**
 * Whether a page that a profile links to has the code in its head: there nobody writes
 * but who keeps the page, while its text may be of whoever comments on it. What cannot be read has none.
 */
export async function linkedPageSays(code: string, { links = [] }: Profile, http: Http, signal: AbortSignal): Promise<boolean> {
  for (const { url } of links.slice(0, MOST_PAGES)) {
    try {
      const { body } = await http.get(url, { signal, accept: 'text/html', maxBytes: LARGEST_BYTES })
      if (codesInHead(Buffer.from(body ?? []).toString()).includes(code)) return true
    } catch (error) {
      if (signal.aborted) return false
      log.debug({ err: error }, 'a page that a profile links to could not be read')
    }
  }
  return false
}
