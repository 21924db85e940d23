import { z } from 'zod'

/** What Reddit puts in the place of a text that its author deleted, or that was removed. */
const BLANKED = new Set(['[deleted]', '[removed]'])
/** It waits for a moderator, who may let it in. */
const WAITING = 'automod_filtered'

const Told = z.object({
  removed_by_category: z.string().nullish(),
  is_self: z.boolean().nullish(),
  selftext: z.string().nullish(),
})

/**
 * Whether a submission is gone: by its author, a moderator or Reddit, or held back before anybody could read it.
 * `[deleted]` as author alone says only that the account is gone; what it said stays, without its name.
 */
export function standingOf(data: unknown): 'there' | 'gone' | 'waiting' {
  const told = Told.safeParse(data)
  if (!told.success) return 'there'
  const { removed_by_category: by, is_self: isSelf, selftext } = told.data
  if (by === WAITING) return 'waiting'
  // Posts of nothing but a link carry "[deleted]" as text without being it.
  return by || (isSelf && isBlanked(selftext ?? '')) ? 'gone' : 'there'
}

export function isBlanked(text: string): boolean {
  return BLANKED.has(text.trim())
}
