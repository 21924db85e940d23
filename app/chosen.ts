import { cache } from 'react'
import { defaultPreferences, type Preferences } from '#lib/reading/preferences'

/**
 * What the reader of the page that is being made chose, for what is drawn deep in it (the hours of a clock, the star
 * beside a name): `cache` keeps one of these for each request. `visitor()` fills it in; elsewhere it is the defaults.
 */
const held = cache(() => ({ preferences: defaultPreferences }))

export function chosen(): Preferences {
  return held().preferences
}

export function choose(preferences: Preferences): void {
  held().preferences = preferences
}
