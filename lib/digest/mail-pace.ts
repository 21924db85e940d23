import { RateLimiterMemory, RateLimiterPostgres, RateLimiterQueue } from 'rate-limiter-flexible'
import { sharedCounts } from '../server/shared-counts.ts'

/**
 * Who calls it waits until one more mail may go to this relay (its host): at most `perSecond`, counted in the database, so
 * that it holds over all workers and the web. While the database is away each process counts for itself.
 */
export function mailPace(relay: string, perSecond: number): () => Promise<void> {
  const limit = { keyPrefix: `mail to ${relay}`, points: perSecond, duration: 1 }
  const queue = new RateLimiterQueue(new RateLimiterPostgres({ ...sharedCounts, ...limit, insuranceLimiter: new RateLimiterMemory(limit) }))
  return async () => {
    await queue.removeTokens(1)
  }
}
