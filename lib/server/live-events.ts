import type { Arrival } from '#db/arrivals'
import { placeText } from '#db/timeline'

/**
 * What an open page is told, as Server-Sent Events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 * `new`: entries that were not there. `grown`: a conversation went on. `gone`: posts that may be shown no more. `filled`:
 * the first read of a source brought some of its past. `health`: a source fares otherwise than before.
 */
export type LiveEvents = {
  /** `more`: there are others, older ones, that are not named. */
  new: { entries: LiveEntry[]; more: boolean }
  grown: LiveEntry
  gone: { posts: number[] }
  filled: Record<string, never>
  health: { source: number; state: string; words: string }
}

export type LiveEntry = {
  entry: number
  /** As it stands in an address: milliseconds and id. */
  place: string
  platform: string
  source: number
  /** The conversation's, as its people call it; null for a single post. */
  title: string | null
  /** Its posts that came, in the order in which they came. */
  posts: number[]
}

/** One event as it goes over the wire. */
export function frameOf<Name extends keyof LiveEvents>(name: Name, data: LiveEvents[Name]): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}

/**
 * Where a reader stands, who may come back with it as `Last-Event-ID`: everything saved until then was told. Without
 * data it is no event, but it is remembered.
 */
export function placeFrame(upTo: number): string {
  return `id: ${upTo}\n\n`
}

/** What came and what went, as the events that say it; empty for nothing. `more`: not everything that came is here. */
export function framesOf(arrived: Arrival[], gone: number[], more: boolean): string {
  const [past, news] = [arrived.filter(({ backfill }) => backfill), arrived.filter(({ backfill }) => !backfill)]
  const entries = [...Map.groupBy(news, ({ entry }) => entry.id).values()].map(entryOf).sort((a, b) => (a.place < b.place ? 1 : -1))
  const begun = entries.filter(({ entry, posts }) => posts.includes(entry))
  const grown = entries.filter(({ entry, posts, title }) => title !== null && !posts.includes(entry))
  return [
    begun.length > 0 || (more && news.length > 0) ? frameOf('new', { entries: begun, more }) : '',
    ...grown.map((entry) => frameOf('grown', entry)),
    past.length > 0 ? frameOf('filled', {}) : '',
    gone.length > 0 ? frameOf('gone', { posts: gone }) : '',
  ].join('')
}

function entryOf(arrivals: Arrival[]): LiveEntry {
  const [last] = arrivals
  if (!last) throw new Error('a group has a first')
  const { entry, platform, sourceId, conversation } = last
  const posts = arrivals.map(({ post }) => post).toReversed()
  return { entry: entry.id, place: placeText(entry), platform, source: sourceId, title: conversation, posts }
}
