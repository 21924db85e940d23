import type { Entry, Place } from '#db/timeline'
import { postStrings as words } from './strings/post.ts'
import { clock } from './when.ts'

/** What was removed from a conversation, by the id of the post that it stood before; after the last one under `end`. */
export type Removed = Map<number | 'end', Place[]>

export function removedFrom({ posts, removed }: Entry): Removed {
  return Map.groupBy(removed, ({ sortAt, id }) => {
    const next = posts.find((post) => post.sortAt > sortAt || (post.sortAt.getTime() === sortAt.getTime() && post.id > id))
    return next?.id ?? 'end'
  })
}

/** The places of messages that were deleted or withheld: a time and a word, and nothing of what was said. */
export function RemovedLines({ places = [], zone, as: As }: { places?: Place[]; zone: string; as: 'li' | 'p' }) {
  return places.map(({ id, sortAt }) => (
    <As key={id} id={`l${id}`} className="removed">
      <span className="at">{clock(sortAt, zone)}</span> {words.removed}
    </As>
  ))
}
