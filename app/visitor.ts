import { cookies, headers } from 'next/headers'
import type { Reader } from '#db/audience'
import { configuration } from '#lib/config'
import { readerOf } from '#lib/reader'
import { zoneOf } from './when.ts'

/** Who looks at a page, from which zone, and when. */
export type Visit = { reader: Reader; zone: string; now: Date }

export async function visitor(): Promise<Visit> {
  const [asked, kept] = await Promise.all([headers(), cookies()])
  return { reader: readerOf(asked), zone: zoneOf(kept.get('zone')?.value, configuration().TIME_ZONE), now: new Date() }
}
