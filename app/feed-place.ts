/**
 * Where an entry stands among those of its day, from 1 on; `size` is -1 where the page does not hold the whole day. `later`:
 * so far down that it may be laid out after what is seen first (`reading/lay-out.ts`).
 */
export type FeedPlace = { position: number; size: number; later?: boolean }

/** What an article of a feed says of its place (https://www.w3.org/WAI/ARIA/apg/patterns/feed/). */
export function feedPlace(place: FeedPlace | undefined) {
  return place && { 'aria-posinset': place.position, 'aria-setsize': place.size, 'data-later': place.later ? '' : undefined }
}

/** An article is named by who said it and described by what was said. `id` is of the post that names it. */
export function namedBy(id: number) {
  return { 'aria-labelledby': `by${id}`, 'aria-describedby': `said${id}` }
}
