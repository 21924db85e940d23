import type { IncomingMessage } from 'node:http'
import { hasEntry } from '#db/timeline'
import { dayBounds } from './day-bounds.ts'
import { log } from './log.ts'
import { readerOf } from './reader.ts'

/** No page is there, and none will be. */
const NOWHERE = '/p/none/at/all'

/** `/2026/11/22`, which `next.config.js` leads to `/day/2026-11-22`; `/digest/2026-11-22`, also with `.txt` behind it. */
const DAY = /^\/(?:day\/|digest\/)?(\d[^?]*?)(?:\.txt)?(?:\?|$)/

/**
 * Sends who asks for a day that never is, or for a post that is not there, or not for them, to where no page is: 404 with words, the same for both.
 * A page that finds out while it is made (`notFound()`) is answered blank, and only JavaScript fills it.
 */
export async function leadNowhere(request: IncomingMessage): Promise<void> {
  const [, date] = DAY.exec(request.url ?? '') ?? []
  if (date !== undefined && !dayBounds(date.replaceAll('/', '-'), 'UTC')) request.url = NOWHERE
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
