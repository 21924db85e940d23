import { z } from 'zod'

/** What a source of this platform is: the new posts of one subreddit, of several as one, of an account, or of a multireddit. */

const NAME = /^\w{2,21}$/

/** `hpc`, `r/hpc` or `hpc+SLURM`; Reddit does not tell `HPC` from `hpc`. */
const subreddit = z
  .string()
  .transform((written) =>
    written
      .trim()
      .replace(/^\/?r\//i, '')
      .toLowerCase(),
  )
  .refine((written) => written.split('+').every((name) => NAME.test(name)), 'must be the name of a subreddit, such as hpc')

/** Reddit's own way of naming an account is `u/name`. */
const account = z.string().transform((written) => written.trim().replace(/^\/?u\//i, ''))

const secret = z.string().min(1, 'is empty').optional()

/** `name/m/multi`, as Reddit's own addresses have it behind `/user/`. */
const multi = z
  .string()
  .transform((written) =>
    written
      .trim()
      .replace(/^\/?(?:u|user)\//i, '')
      .toLowerCase(),
  )
  .refine((written) => /^[\w-]{2,20}\/m\/\w{2,50}$/.test(written), 'must be a multireddit, such as name/m/hpc')

export const Settings = z
  .strictObject({
    subreddit: subreddit.optional(),
    /** What an account posts, wherever it does. */
    user: account
      .transform((name) => name.toLowerCase())
      .refine((name) => /^[\w-]{2,20}$/.test(name), 'must be the name of an account, such as name')
      .optional(),
    /** What is new in the subreddits that somebody gathered. */
    multi: multi.optional(),
    /** Of an app that Reddit approved. */
    clientId: z.string().min(1, 'is empty').optional(),
    clientSecret: secret,
    /** Of an account that let the app in; without it the app reads for nobody in particular. */
    refreshToken: secret,
    /** Of the account's own feeds, https://www.reddit.com/prefs/feeds/: whoever has it reads what the account reads. */
    feedToken: secret,
    feedUser: account.optional(),
    /** The account that answers for this program: part of the name by which Reddit wants programs to call themselves. */
    username: account.optional(),
    /** Where a stand-in answers for www.reddit.com and oauth.reddit.com. */
    api: z.url({ protocol: /^https?$/, error: 'must be an http(s) address' }).optional(),
  })
  .superRefine(({ subreddit, user, multi, clientId, clientSecret, refreshToken, feedToken, feedUser, username }, context) => {
    const wrong = (message: string) => context.addIssue({ code: 'custom', message })
    if ([subreddit, user, multi].filter(Boolean).length !== 1) wrong('needs one of subreddit: hpc, user: name and multi: name/m/hpc')
    if (Boolean(clientId) !== Boolean(clientSecret)) wrong('clientId and clientSecret go together')
    if (refreshToken && !clientId) wrong('refreshToken goes with clientId and clientSecret')
    if (clientId && !username) wrong('an app needs username: the account that answers for it, which Reddit wants to be told')
    if (Boolean(feedToken) !== Boolean(feedUser)) wrong('feedToken and feedUser go together')
  })

export type Settings = z.infer<typeof Settings>

/** As its people call it: `r/hpc`, `u/name`, `u/name/m/hpc`. */
export function nameOf({ subreddit, user, multi }: Pick<Settings, 'subreddit' | 'user' | 'multi'>): string {
  return subreddit ? `r/${subreddit}` : `u/${user ?? multi}`
}

/** Where its new posts are listed, without the slash before it. */
export function listingOf({ subreddit, user, multi }: Settings): string {
  return subreddit ? `r/${subreddit}/new` : user ? `user/${user}/submitted` : `user/${multi}/new`
}

/** The ways in, best first: each tells more than the next, and asks more of the owner. */
export type WayIn = 'app' | 'feed-token' | 'anonymous'

export function wayIn({ clientId, feedToken }: Settings): WayIn {
  return clientId ? 'app' : feedToken ? 'feed-token' : 'anonymous'
}

/** Where this way asks. Tokens are given out on www in every case. */
export function originOf(settings: Settings, host: 'www' | 'oauth' = wayIn(settings) === 'app' ? 'oauth' : 'www'): string {
  return settings.api ? new URL(settings.api).origin : `https://${host}.reddit.com`
}

/**
 * `<platform>:<app ID>:<version string> (by /u/<reddit username>)`, as Reddit's Data API rules prescribe it, made of
 * the program's own name. Who gives no account goes by that name alone.
 */
export function userAgentOf({ username, feedUser }: Settings, own: string): string {
  const by = username ?? feedUser
  const version = /^[\w.-]+\/([\w.-]+)/.exec(own)?.[1] ?? '0'
  return by ? `web:backplane:${version} (by /u/${by})` : own
}
