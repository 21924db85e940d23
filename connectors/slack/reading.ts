import type { Batch, Run } from '../contract.ts'
import { emptyBatch } from '../empty-batch.ts'
import { nowOf } from '../now-of.ts'
import { ConnectorError } from '../trouble.ts'
import type { Team } from './names.ts'
import { cursorOf, type Place } from './place.ts'
import type { Settings } from './settings.ts'
import type { Web } from './web.ts'

/** Slack's own advice for a page, and all that it gives to some apps since 2025. */
const PAGE = { normal: 200, slow: 15 }
/** Below the 50 a minute that Slack promises an internal app for each of the two methods (Tier 3); or one. */
const REQUESTS = { normal: 40, slow: 1 }
const SLOW_EVERY_SECONDS = 65
/** Refused after fewer requests than this, and it was not the 50 a minute. */
const FEW_REQUESTS = 10
/** Clocks differ; what Slack dates a little later than we do is new as well. */
export const SKEW_MS = 60_000

export type Limited = 'history' | 'replies'
/** A run over the channels: where it stands, and what it asked Slack for so far. */
export type Reading = {
  run: Run<Settings>
  web: Web
  place: Place
  team: Team
  startedAt: Date
  asked: { [method in Limited]: number }
  notices: string[]
}

/** A batch with nothing in it but where the source stands by now. */
export function batchOf({ place, notices }: Pick<Reading, 'place' | 'notices'>): Batch {
  return {
    ...emptyBatch(cursorOf(place)),
    ...(place.slowSince && { everySeconds: SLOW_EVERY_SECONDS }),
    ...(notices.length > 0 && { notice: sentence(notices) }),
  }
}

function sentence(notices: string[]): string {
  const joined = notices.join('; ')
  return joined.charAt(0).toUpperCase() + joined.slice(1)
}

/** How much Slack lets this app ask for. */
export function pace({ place }: Reading): 'normal' | 'slow' {
  return place.slowSince ? 'slow' : 'normal'
}

/** Whether the run may ask once more, this minute. */
export function mayAsk(reading: Reading, method: Limited): boolean {
  return reading.asked[method] < REQUESTS[pace(reading)]
}

/** Asks for what Slack limits, and learns from its answer whether this app is one of those that it limits most. */
export async function limited<T extends { messages: unknown[]; has_more: boolean }>(
  reading: Reading,
  method: Limited,
  ask: (limit: number) => Promise<T>,
): Promise<T> {
  const limit = PAGE[pace(reading)]
  reading.asked[method]++
  try {
    const page = await ask(limit)
    if (page.has_more && page.messages.length <= PAGE.slow && limit > PAGE.slow)
      reading.place.slowSince ??= nowOf(reading.run).toISOString()
    return page
  } catch (error) {
    const soon = error instanceof ConnectorError && error.trouble === 'rate-limited' && reading.asked[method] < FEW_REQUESTS
    if (soon) reading.place.slowSince ??= nowOf(reading.run).toISOString()
    throw error
  }
}
