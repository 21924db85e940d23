import type { Keeps } from '#db/account-keeps'
import type { DigestPlace, DigestPost } from '#db/digest-places'
import { placeText, type TimelinePost } from '#db/timeline'
import { muteWords } from '../reading/mute-words.ts'
import { type MuteFacts, muteFactsOf, muteOf } from '../reading/mutes.ts'
import { type Mute, Preferences } from '../reading/preferences.ts'
import { isRead, type ReaderState, stateFrom } from '../reading/reader-state.ts'
import type { Verdict } from './digest.ts'

/** What one reader has read and muted: what their digest leaves out that others get. */
export type DigestReader = { reading: ReaderState; mutes: Mute[] }

/** The reader of what is kept for an account; null where nothing of it changes a digest. */
export function digestReader(keeps: Keeps): DigestReader | null {
  if (keeps.reading === null && keeps.preferences === null) return null
  const preferences = Preferences.safeParse(keeps.preferences ?? {})
  return { reading: stateFrom(keeps.reading), mutes: preferences.success ? preferences.data.mutes : [] }
}

/**
 * Whether the reader has read it: exactly as the site marks it, where of a conversation that was read only the lines since
 * are to be read.
 */
export function hasRead({ reading }: DigestReader, { seenAt }: DigestPost, place: DigestPlace): boolean {
  const entry = String(place.id)
  if (!isRead(reading, { entry, place: placeText(place), source: String(place.source) })) return false
  const talk = place.conversation === null ? undefined : reading.talks[entry]
  return !talk || seenAt <= talk.seenAt
}

/** What a mute makes of a post: what is muted hard is left out, what is muted softly folded with the reason. */
export function mutedVerdict(facts: MuteFacts | undefined, { mutes }: DigestReader, now: Date): Verdict {
  const mute = facts ? muteOf(facts, mutes, now) : null
  return !mute ? 'told' : mute.hard ? 'left' : { muted: muteWords(mute) }
}

/** The facts of posts that mutes look at, by id. */
export function factsOf(posts: TimelinePost[]): Map<number, MuteFacts> {
  return new Map(posts.map((post) => [post.id, muteFactsOf(post)]))
}
