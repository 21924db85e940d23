import { z } from 'zod'

export const FeedSettings = z.strictObject({
  /** A feed, or a page whose feed is to be found. */
  url: z.url({ protocol: /^https?$/, error: 'an http(s) address of a feed or a blog' }),
  /** How hpc.social sorts blogs; shown as a badge. */
  class: z.enum(['personal', 'community', 'commercial'], 'personal, community or commercial').optional(),
  /** What the feed calls itself; learnt by `resolve`. */
  title: z.string().min(1).optional(),
})
export type FeedSettings = z.infer<typeof FeedSettings>
