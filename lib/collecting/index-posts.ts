import { setTimeout as wait } from 'node:timers/promises'
import { indexPosts } from '#db/index-posts'
import { log } from '../log.ts'
import { databaseSentence } from '../postgres/database-sentence.ts'

/** What was saved is found within this. */
const LOOK_MS = 500
/** A database that does not answer is given time. */
const REST_MS = 10_000

/**
 * Keeps the search index up with the posts from now on, together with every other worker: what is saved, changed or
 * hidden stands on a list in the database. Returns what ends it.
 */
export function keepIndexing(): () => Promise<void> {
  const stopping = new AbortController()
  const going = (async () => {
    while (!stopping.signal.aborted) {
      const pauseMs = await indexPosts().then(
        (looked) => (looked > 0 ? 0 : LOOK_MS),
        (error: unknown) => {
          log.error(`Posts could not be made findable: ${databaseSentence(error)}`)
          return REST_MS
        },
      )
      await wait(pauseMs, null, { signal: stopping.signal }).catch(() => {})
    }
  })()
  return () => {
    stopping.abort()
    return going
  }
}
