import type { IncomingMessage } from 'node:http'
import type { Reader } from '#db/audience'
import { personCalled } from '#db/person-accounts'
import { knownSource } from '#db/sources'
import { hasEntry } from '#db/timeline'
import { log } from '../log.ts'
import { dayBounds } from '../reading/day-bounds.ts'
import { readerOf } from './reader.ts'

/** No page is there, and none will be. */
const NOWHERE = '/p/none/at/all'

/** `/2026/11/22`, which `next.config.js` leads to `/day/2026-11-22`; `/digest/2026-11-22`, also with `.txt` behind it. */
const DAY = /^\/(?:day\/|digest\/)?(\d[^?]*?)(?:\.txt)?(?:\?|$)/

/**
 * Sends who asks for a day that never is, or for a post or a source that is not there, or not for them, to where no page is: 404
 * with words, the same for both.
 * A page that finds out while it is made (`notFound()`) is answered blank, and only JavaScript fills it.
 */
export async function leadNowhere(request: IncomingMessage): Promise<void> {
  const [, date] = DAY.exec(request.url ?? '') ?? []
  if (date !== undefined && !dayBounds(date.replaceAll('/', '-'), 'UTC')) request.url = NOWHERE
  const [, folder = '', asked = ''] = /^\/(p|sources|people)\/([^/?]*)(?:\?|$)/.exec(request.url ?? '') ?? []
  const isThere = folder === '' || isPage(folder, asked) ? undefined : THERE[folder]
  if (!isThere) return
  const reader = readerOf({ get: (name) => String(request.headers[name] ?? '') })
  try {
    if (!(await isThere(reader, asked))) request.url = NOWHERE
  } catch (error) {
    // The page will say it to the reader.
    log.error({ err: error }, 'what a page is about could not be looked up')
  }
}

/** What stands in the address of a page, and whether there is such a thing for this reader. */
const THERE: { [folder: string]: (reader: Reader, asked: string) => Promise<boolean> } = {
  p: async (reader, id) => /^\d{1,15}$/.test(id) && hasEntry(reader, Number(id)),
  people: async (reader, slug) => /^[a-z0-9-]{1,70}$/.test(slug) && (await personCalled(reader, slug)) !== null,
  sources: async (reader, id) => /^\d{1,15}$/.test(id) && (await knownSource(reader, Number(id))) !== null,
}

/** `/sources/run` and the like are no source, `/people/unlink` is nobody. */
function isPage(folder: string, asked: string): boolean {
  return (folder === 'sources' && /^[a-z]/.test(asked)) || (folder === 'people' && asked === 'unlink')
}
