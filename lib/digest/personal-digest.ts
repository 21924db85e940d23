import { dropPersonalSubscription, keepPersonalSubscription } from '#db/subscriptions'
import type { Config } from '../config.ts'

/** In personal mode DIGEST_TO gets everything each morning, without having to confirm it; the page of the digest changes what and when. */
export async function keepPersonalDigest({ MODE, DIGEST_TO, TIME_ZONE }: Config, now: Date): Promise<void> {
  if (MODE !== 'personal' || !DIGEST_TO) return dropPersonalSubscription()
  const wish = {
    every: 'daily' as const,
    hour: 7,
    zone: TIME_ZONE,
    weekday: 1,
    filter: {},
    word: null,
    name: '',
    format: 'html' as const,
    quiet: false,
  }
  await keepPersonalSubscription(DIGEST_TO.toLowerCase(), wish, now)
}
