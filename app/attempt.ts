import { throughLoss } from '#db/again'
import { log } from '#lib/log'
import { noteFault } from '#lib/server/faults'

/**
 * What `read` gives, asked again over a moment without the database, or null once the log was told why not. A page that
 * throws is blank for readers without JavaScript, because Next draws its error pages in the browser.
 */
export async function attempt<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await throughLoss(read)
  } catch (error) {
    // Why a query failed; not the query, which fills a screen.
    log.error({ err: error instanceof Error ? (error.cause ?? error) : error }, 'a page could not be made')
    noteFault()
    return null
  }
}
