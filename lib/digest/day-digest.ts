import type { Reader, Surface } from '#db/audience'
import { digestEntries } from '#db/digest-places'
import type { Filter } from '#db/lanes'
import { type DayBounds, dayBounds } from '../reading/day-bounds.ts'
import { type Digest, digestOf } from './digest.ts'
import { type DrawnDigest, drawDigest, type HtmlForm } from './digest-mail.ts'
import { readDigestWindow } from './digest-window.ts'

type Asked = { reader: Reader; surface?: Surface; day: DayBounds; zone: string; filter: Filter; now: Date; mailed?: boolean }

/** What the timeline shows of one day, as a digest. */
export async function readDayDigest({ reader, surface = 'stream', day, zone, filter, now, mailed }: Asked): Promise<Digest> {
  const window = await readDigestWindow({ reader, surface, span: { by: 'placed', ...day }, now, mailed })
  return digestOf(window, { filter, zone, now })
}

type Drawing = Omit<Asked, 'day'> & { date: string; origin: string; chosen: string; form: HtmlForm | null }

/** The same as a mail, for a date such as 2026-11-22. Throws RangeError for what is no day. */
export async function dayDigest({ date, origin, chosen, form, ...asked }: Drawing): Promise<DrawnDigest> {
  const day = dayBounds(date, asked.zone)
  if (!day) throw new RangeError(`${date} is no day`)
  const digest = await readDayDigest({ ...asked, day })
  const { reader, surface = 'stream', zone, filter } = asked
  const read: Parameters<typeof drawDigest>[1]['read'] = (places) => digestEntries(reader, surface, places)
  return drawDigest(digest, { read, origin, zone, filter, chosen, form, day: day.from })
}
