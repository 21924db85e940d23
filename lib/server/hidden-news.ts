import type { Reader } from '#db/audience'
import { postsWithIds } from '#db/told-posts'
import { muteFactsOf, muteOf } from '../reading/mutes.ts'
import type { Mute } from '../reading/preferences.ts'

/** Which of these posts fall under one of a reader's mutes: to them they are no news. */
export async function mutedAmong(reader: Reader, postIds: number[], mutes: Mute[], now: Date): Promise<Set<number>> {
  if (postIds.length === 0 || mutes.length === 0) return new Set()
  const posts = await postsWithIds(reader, postIds)
  return new Set(posts.filter((post) => muteOf(muteFactsOf(post), mutes, now) !== null).map(({ id }) => id))
}
