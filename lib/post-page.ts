import type { IncomingMessage } from 'node:http'
import { hasEntry } from '#db/timeline'
import { log } from './log.ts'
import { readerOf } from './reader.ts'

/** No page is there, and none will be. */
const NOWHERE = '/p/none/at/all'

/**
 * Sends who asks for a post that is not there, or not for them, to where no page is: 404 with words, the same for both.
 * A page that finds out while it is made (`notFound()`) is answered blank, and only JavaScript fills it.
 */
export async function leadNowhere(request: IncomingMessage): Promise<void> {
  const [, id] = /^\/p\/([^/?]*)(\?|$)/.exec(request.url ?? '') ?? []
  if (id === undefined) return
  const reader = readerOf({ get: (name) => String(request.headers[name] ?? '') })
  try {
    if (!/^\d{1,15}$/.test(id) || !(await hasEntry(reader, Number(id)))) request.url = NOWHERE
  } catch (error) {
    // The page will say it to the reader.
    log.error({ err: error }, 'a post could not be looked up')
  }
}
