import { RateLimiterPostgres } from 'rate-limiter-flexible'
import type { Purse } from '#connectors/contract'
import { connectorOf } from '#connectors/registry'
import { sharedNow } from '#db/clock'
import type { SourceRow } from '#db/sources'
import { sharedCounts } from '../server/shared-counts.ts'

/** What is counted is of a day; it is kept until no clock may still be in it. */
const KEPT_SECONDS = 2 * 86_400

let limiter: RateLimiterPostgres | undefined

type Paid = Pick<SourceRow, 'id' | 'platform' | 'settings'>

/** What a source may read in a day; null where nothing is paid for. Secrets stay where they are. */
export function budgetOf({ platform, settings }: Paid) {
  const connector = connectorOf(platform)
  const { data } = connector.settings.safeParse(settings)
  return data === undefined ? null : (connector.budget?.(data) ?? null)
}

/** A source's purse of today, kept in the database, so that it is one over all workers and restarts; undefined where nothing is paid for. */
export function purseOf(source: Paid, what: 'reads' | 'rechecks', now = sharedNow): Purse | undefined {
  const perDay = budgetOf(source)?.[what]
  if (perDay === undefined) return undefined
  // One for all sources: it keeps a clock of its own. How many a source has, is not its matter.
  limiter ??= new RateLimiterPostgres({ ...sharedCounts, keyPrefix: 'paid', points: 1, duration: KEPT_SECONDS })
  const counter = limiter
  const key = () => `${what} ${source.id} ${now().toISOString().slice(0, 10)}`
  return {
    async take(most) {
      if (most <= 0) return 0
      // Counted first, and judged by what stands there then: two workers never get the same.
      const { consumedPoints } = await counter.penalty(key(), most)
      const granted = Math.min(most, Math.max(0, most - (consumedPoints - perDay)))
      if (granted < most) await counter.reward(key(), most - granted)
      return granted
    },
    async putBack(unused) {
      if (unused > 0) await counter.reward(key(), unused)
    },
  }
}
