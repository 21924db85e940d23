import type { Mute } from '#lib/reading/preferences'

/** What is to be muted. */
export type Muting = Pick<Mute, 'what' | 'keys' | 'name'>

/** The page that asks for how long and how to mute this, and leads `back` afterwards; for null, a word is asked for. */
export function muteHref(muting: Muting | null, back?: string): string {
  const query = new URLSearchParams(muting ? [...muting.keys.map((key) => [muting.what, key]), ['name', muting.name]] : [])
  if (back) query.set('back', back)
  return query.size > 0 ? `/mute?${query}` : '/mute'
}
