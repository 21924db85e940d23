import { z } from 'zod'

/** Whose archive it is: the name without `@`. */
export const Settings = z.strictObject({
  account: z
    .string({ error: 'is missing: the name of the account' })
    .transform((written) => written.trim().replace(/^@/, ''))
    .refine((name) => /^\w{1,15}$/.test(name), 'the name of an account, such as ada'),
})
export type Settings = z.infer<typeof Settings>
