import { z } from 'zod'

/** What a source of this platform is: one timeline of one server. */

const origin = z
  .string()
  .transform((written) => (/^https?:\/\//i.test(written) ? written : `https://${written}`))
  .refine((written) => URL.canParse(written), 'must be the address of a server, such as https://mast.hpc.social')
  .transform((written) => new URL(written).origin)

/** A hashtag without its `#`; servers do not tell `HPC` from `hpc`. */
const tag = z
  .string()
  .transform((written) => written.trim().replace(/^#/, '').toLowerCase())
  .refine((written) => /^[\p{L}\p{N}\p{M}_·]+$/u.test(written), 'must be a hashtag: letters, digits and _')

/** More of a kind than this is ignored by servers without a word. https://docs.joinmastodon.org/methods/timelines/#tag */
const MOST_TAGS = 4
const tags = z.array(tag).max(MOST_TAGS, `at most ${MOST_TAGS} hashtags: servers ignore more`).optional()

const Given = z.object({
  /** Where to ask. */
  server: origin.optional(),
  local: z.literal(true, 'is true or left out').optional(),
  tag: tag.optional(),
  /** Posts with any of these hashtags too. */
  any: tags,
  /** Only posts with all of these hashtags too. */
  all: tags,
  /** Only posts with none of these hashtags. */
  none: tags,
  /** `user@server`. */
  account: z
    .string()
    .transform((written) => written.trim().replace(/^@/, '').toLowerCase())
    .optional(),
  /** A user's token, for live reading and for servers that show nothing without one. */
  token: z.string().min(1, 'is empty').optional(),
  /** The account agreed that its unlisted posts are shown as well. */
  unlisted: z.literal(true, 'is true or left out').optional(),
  /** Filled in by `resolve`: what the server calls itself in addresses. */
  domain: z.string().optional(),
  /** Filled in by `resolve`: the account's id on that server. */
  accountId: z.string().optional(),
  /** Filled in by `resolve`: where the server streams. */
  streaming: z.string().optional(),
})

const ACCOUNT = /^[\w.-]+@[\w.-]+(:\d+)?$/

export const Settings = Given.transform(({ account, ...rest }) => ({
  ...rest,
  ...(account && { account: account.includes('@') || !rest.server ? account : `${account}@${new URL(rest.server).host}` }),
})).superRefine((settings, context) => {
  const { server, local, account, any, all, none, unlisted } = settings
  const wrong = (message: string) => context.addIssue({ code: 'custom', message })
  if ([local, settings.tag, account].filter(Boolean).length !== 1) wrong('needs one of local: true, tag: hpc or account: user@server')
  if (!server && !account) wrong('needs server: the address of a server, such as https://mast.hpc.social')
  if (account && !ACCOUNT.test(account)) wrong('account must be written user@server')
  if (!settings.tag && (any || all || none)) wrong('any, all and none go with tag')
  if (!account && unlisted) wrong('unlisted goes with account: only its owner can agree to it')
})

export type Settings = z.infer<typeof Settings>

/** Origin of the server to ask: for an account that of its own address, unless told. */
export function serverOf({ server, account }: Settings): string {
  return server ?? `https://${account?.split('@')[1] ?? ''}`
}

/** Streams are for users; there is none of one account, and none of several hashtags. */
export function canStream({ token, account, any, all, none }: Settings): boolean {
  return Boolean(token) && !account && !any && !all && !none
}
