import { type Entry, placeText } from '#db/timeline'
import { type FeedPlace, feedPlace } from './feed-place.ts'

/** What the outermost element of every entry says of itself, for what runs in the browser. */
export type EntryMarks = ReturnType<typeof entryMarks>

/** The marks of an entry: its id, place, source, platform, number of posts, whether it is a conversation, when the last of them was first seen (ms), and its place in its feed. */
export function entryMarks(entry: Entry, at?: FeedPlace) {
  return {
    ...feedPlace(at),
    'data-entry': entry.id,
    'data-place': placeText(entry),
    'data-source': entry.posts[0]?.sourceId,
    'data-platform': entry.platform,
    'data-count': entry.count,
    // It may go on.
    'data-talk': entry.posts.some(({ conversation }) => conversation) ? '' : undefined,
    'data-seen': entry.seenAt.getTime(),
  }
}
