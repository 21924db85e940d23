import { z } from 'zod'
import type { Permission } from '#db/post'

/** What a source of this platform is: what one person posts, read with the token that they gave for it. */
export const Settings = z.strictObject({
  /** The name without `@`. */
  account: z
    .string({ error: 'is missing: the name of the account' })
    .transform((written) => written.trim().replace(/^@/, '').toLowerCase())
    .refine((name) => /^[a-z0-9._]{1,30}$/.test(name), 'the name of an account, such as ada'),
  /** Their long-lived token, as file:/path, so that it can be renewed, or as env:NAME. */
  token: z.string().min(1, 'is empty').optional(),
  /** Where a stand-in answers for graph.threads.net. */
  api: z.url({ protocol: /^https?$/, error: 'must be an http(s) address' }).optional(),
})
export type Settings = z.infer<typeof Settings>

/** What is missing before it may be read, as a sentence to the owner; null when nothing is. */
export function off({ account, token }: Settings, permission: Permission | null): string | null {
  if (!token)
    return `@${account} gives you a token of their own (README, “Threads”): name its file in this source, as token: file:/etc/backplane/threads-${account}`
  if (!permission)
    return `Write down that @${account} agreed that their posts are shown here: permission: { by: who, on: date } in this source. Threads shows what a token reads to its owner alone, unless they say otherwise`
  return null
}

/** `https://www.threads.com/@ada`, or a post of theirs. */
export function locate(input: string): Settings | null {
  const written = input.trim()
  const address = /^(?:www\.)?threads\.(?:net|com)\//i.test(written) ? `https://${written}` : written
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) return null
  const { hostname, pathname } = new URL(address)
  const account = /^\/@([\w.]{1,30})(?:\/|$)/.exec(pathname)?.[1]
  return /^(?:www\.)?threads\.(?:net|com)$/i.test(hostname) && account ? { account: account.toLowerCase() } : null
}
