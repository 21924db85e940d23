import { cookies, headers } from 'next/headers'
import { cache } from 'react'
import { throughLoss } from '#db/again'
import type { Reader } from '#db/audience'
import { configuration } from '#lib/config'
import type { Preferences } from '#lib/reading/preferences'
import { preferencesOf } from '#lib/reading/reader-preferences'
import { readerOf } from '#lib/server/reader'
import { choose } from './chosen.ts'
import { zoneOf } from './when.ts'

/** Who looks at a page, with what they chose, from which zone, and when. */
export type Visit = { reader: Reader; preferences: Preferences; zone: string; now: Date }

/** Asked once for each page. The zone is the one that the reader chose, else what their browser said (`zone`), else the instance's. */
export const visitor = cache(async (): Promise<Visit> => {
  const [asked, kept] = await Promise.all([headers(), cookies()])
  const reader = readerOf(asked)
  const preferences = await throughLoss(() => preferencesOf(asked, reader))
  choose(preferences)
  const ofBrowser = zoneOf(kept.get('zone')?.value, configuration().TIME_ZONE)
  return { reader, preferences, zone: zoneOf(preferences.settings.zone, ofBrowser), now: new Date() }
})
