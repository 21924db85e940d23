import { connectors } from '#connectors/registry'
import type { TimelinePost } from '#db/timeline'

/** Copies of one thing, folded into one entry: the one that stands for all, and the others in the order in which they came. */
export type Copies = { main: TimelinePost; others: TimelinePost[] }

/**
 * The posts of an entry as copies of one thing; null where it is a single post or a conversation. The original stands
 * for its copies where a bridge names it; else the piece that has a title and says most, which is the article; else who
 * came first. Who `mayStand` says no to (muted by the reader) stands for others only where all are.
 */
export function copiesIn(posts: TimelinePost[], mayStand: (post: TimelinePost) => boolean = () => true): Copies | null {
  const [first] = posts
  if (!first || posts.length < 2 || posts.some(({ conversation }) => conversation !== null)) return null
  const willing = posts.filter(mayStand)
  const open = willing.filter(({ platform }) => !connectors.find(({ id }) => id === platform)?.shownAsIs)
  const candidates = open.length > 0 ? open : willing.length > 0 ? willing : posts
  const originals = candidates.filter(({ copyOf }) => copyOf === null)
  const articles = originals.filter(({ title }) => title !== null).toSorted((one, other) => other.text.length - one.text.length)
  const main = articles[0] ?? originals[0] ?? candidates[0] ?? first
  return { main, others: posts.filter((post) => post !== main) }
}
