import type { Entry, TimelinePost } from '#db/timeline'
import { muteFactsOf, muteOf } from '#lib/reading/mutes'
import type { Mute } from '#lib/reading/preferences'
import { askedMark } from './asked.ts'
import { chosen } from './chosen.ts'

/** The mute of the reader of this page that a post falls under. */
export function muteOfPost(post: TimelinePost, now: Date): Mute | null {
  const { mutes } = chosen()
  return mutes.length > 0 ? muteOf(muteFactsOf(post), mutes, now) : null
}

/** The mute that an entry falls under as a whole: where every post of it falls under one. It is hard only if each of them is. */
export function muteOfEntry({ posts }: Entry, now: Date): Mute | null {
  if (chosen().mutes.length === 0) return null
  const mutes = posts.map((post) => muteOfPost(post, now))
  if (mutes.some((mute) => mute === null)) return null
  return mutes.find((mute) => mute && !mute.hard) ?? mutes[0] ?? null
}

/** Posts in their order, cut where what is muted begins and ends. */
export function mutedRuns(posts: TimelinePost[], now: Date): { muted: boolean; posts: TimelinePost[] }[] {
  const runs: { muted: boolean; posts: TimelinePost[] }[] = []
  for (const post of posts) {
    // The very line that was asked for stands open.
    const muted = askedMark(post.id) === null && muteOfPost(post, now) !== null
    const last = runs.at(-1)
    if (last?.muted === muted) last.posts.push(post)
    else runs.push({ muted, posts: [post] })
  }
  return runs
}
