import { z } from 'zod'

/** Whose export it is. */
export const Settings = z.strictObject({
  name: z.string({ error: 'is missing: whose export it is' }).trim().min(1, 'is empty'),
  /** Their page; the export does not say it. */
  profile: z
    .url({ protocol: /^https?$/, hostname: /(^|\.)linkedin\.com$/, error: 'an address such as https://www.linkedin.com/in/ada' })
    .optional(),
})
export type Settings = z.infer<typeof Settings>
