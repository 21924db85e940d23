import { cookies, headers } from 'next/headers'
import type { Reader } from '#db/audience'
import { configuration } from '#lib/config'
import { readerOf } from '#lib/reader'
import { zoneOf } from './when.ts'

/** Who looks at this page, from which zone, and when. */
export async function visitor(): Promise<{ reader: Reader; zone: string; now: Date }> {
  const [asked, kept] = await Promise.all([headers(), cookies()])
  return { reader: readerOf(asked), zone: zoneOf(kept.get('zone')?.value, configuration().TIME_ZONE), now: new Date() }
}
