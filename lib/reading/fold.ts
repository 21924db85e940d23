import { LAST_OF_LONG, type TimelinePost } from '#db/timeline'

/** Posts that are shown, or that are unfolded; `missing` stand on the page of the conversation only. */
export type Stretch = { folded: boolean; before: TimelinePost[]; missing: number; after: TimelinePost[] }

type Folding = {
  /** How many posts there are in all. */
  count: number
  /** How many are shown at the beginning and at the end. */
  first: number
  last: number
  /** What is shown though it stands between. */
  keep?: (post: TimelinePost) => boolean
}

/** To fold fewer than these saves nobody anything. */
const LEAST = 2
/** Of what would be kept in sight, so many. */
const MOST_KEPT = 3

/** Cuts posts into stretches that are shown and stretches that unfold in place, in their order. */
export function fold(posts: TimelinePost[], { count, first, last, keep = () => false }: Folding): Stretch[] {
  const gapAt = count > posts.length ? Math.max(0, posts.length - LAST_OF_LONG) : -1
  let kept = 0
  const seen = posts.map((post, index) => {
    if (index < first || index >= posts.length - last) return true
    // Where posts are missing, the fold says so.
    return index !== gapAt && keep(post) && kept++ < MOST_KEPT
  })
  const stretches: Stretch[] = []
  for (const [index, post] of posts.entries()) {
    const folded = !seen[index]
    let stretch = stretches.at(-1)
    if (!stretch || stretch.folded !== folded) {
      stretch = { folded, before: [], missing: 0, after: [] }
      stretches.push(stretch)
    }
    if (index === gapAt) stretch.missing = count - posts.length
    if (stretch.missing > 0) stretch.after.push(post)
    else stretch.before.push(post)
  }
  return mergedWhereShort(stretches)
}

function mergedWhereShort(stretches: Stretch[]): Stretch[] {
  const merged: Stretch[] = []
  for (const stretch of stretches) {
    const folded = stretch.folded && lengthOf(stretch) >= LEAST
    const previous = merged.at(-1)
    if (previous && !folded && !previous.folded) previous.before.push(...stretch.before)
    else merged.push({ ...stretch, folded })
  }
  return merged
}

/** Posts in a stretch, with those that are missing here. */
export function lengthOf({ before, missing, after }: Stretch): number {
  return before.length + missing + after.length
}
