import { z } from 'zod'

/** What a source of this platform is: a list, some accounts, or a search. `account`: whose archive it is, of which nothing is read. */

const name = z
  .string({ error: 'is missing: the name of the account' })
  .transform((written) => written.trim().replace(/^@/, ''))
  .refine((written) => /^\w{1,15}$/.test(written), 'the name of an account, such as ada')

/** What is paid for by default: a dollar a day for new posts, and as much for asking what became of old ones. */
const PER_DAY = 200
const posts = z.int().min(0).max(100_000)

export const Settings = z
  .strictObject({
    account: name.optional(),
    /** A list by the number in its address: the cheapest way to follow many. */
    list: z.coerce
      .string()
      .regex(/^\d{1,19}$/, 'must be the number in the address of a list')
      .optional(),
    users: z
      .array(name.transform((one) => one.toLowerCase()))
      .min(1)
      .max(50)
      .optional(),
    /** https://docs.x.com/x-api/posts/search/integrate/operators */
    search: z.string().trim().min(1).max(512).optional(),
    /** Of an app that is paid for: its bearer token, as env:NAME or file:/path. */
    token: z.string().min(1, 'is empty').optional(),
    readsPerDay: posts.min(10, 'at least 10: a page of a search').default(PER_DAY),
    /** 0: nobody is asked what became of posts, and their words are kept for two days only. */
    rechecksPerDay: posts
      .refine((many) => many === 0 || many >= 100, 'none, or at least 100: as many as are asked about at once')
      .default(PER_DAY),
    /** The list as its owner calls it, and the accounts' ids, by name; filled in by `resolve`. */
    label: z.string().optional(),
    ids: z.record(z.string(), z.string()).optional(),
    /** Where a stand-in answers for api.x.com. */
    api: z.url({ protocol: /^https?$/, error: 'must be an http(s) address' }).optional(),
  })
  .superRefine(({ account, list, users, search }, context) => {
    if ([account, list, users, search].filter(Boolean).length !== 1)
      context.addIssue({ code: 'custom', message: 'needs one of list: the number of a list, users: [names] and search: a query' })
  })
export type Settings = z.infer<typeof Settings>

export function nameOf({ account, list, users = [], search, label }: Settings): string {
  if (account) return `@${account}`
  if (list) return label ?? `X list ${list}`
  if (search) return `“${search}” on X`
  const [first, second, ...more] = users.map((user) => `@${user}`)
  return more.length > 0 ? `${first}, ${second} and ${more.length} more` : [first, second].filter(Boolean).join(' and ')
}

export function kind({ list, search, users = [] }: Settings): string {
  if (search) return 'a search on X'
  return list ? 'a list on X' : users.length > 1 ? 'accounts on X' : 'an X account'
}

/** What is missing before it may be read, as a sentence to the owner; null when nothing is. */
export function off({ account, token }: Settings): string | null {
  if (account) return 'This is what somebody exported of their own: nothing is read from X itself'
  if (!token) return 'Name the bearer token of your app, from https://console.x.com, in this source: token: env:X_BEARER_TOKEN'
  return null
}
