import { rhythms } from '#db/subscriptions'
import { nextSlot } from './digest-slots.ts'

/** When the next digest is due; null where nobody gets one. Alerts, which come when something was said, are none. */
export async function nextDigest(now: Date): Promise<Date | null> {
  const digests = (await rhythms()).filter(({ every }) => every !== 'hourly' && every !== 'at-once')
  const times = digests.map((rhythm) => nextSlot(rhythm, now).dueAt.getTime())
  return times.length > 0 ? new Date(Math.min(...times)) : null
}
