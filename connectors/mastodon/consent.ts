import { z } from 'zod'
import { asksToBeLeftAlone } from '../leave-alone.ts'

/** Who may be kept, decided on the raw status, before anything else of it is read. */

/** As little as the decision needs. What does not say its visibility is not known to be public. */
const Author = z.object({
  acct: z.string().catch(''),
  note: z.string().catch(''),
  fields: z.array(z.object({ name: z.string().catch(''), value: z.string().catch('') })).catch([]),
})
const Shared = z.object({ visibility: z.string(), account: Author })
const Wrapped = Shared.extend({ reblog: Shared.nullish() })

export type Consent = {
  /** The host that an `acct` without one belongs to. */
  domain: string
  /** Addresses (`user@server`) of accounts that agreed to have their unlisted posts shown as well. */
  unlisted?: string[]
}

/**
 * Whether a status may be kept: `yes`; `no` when its visibility or a profile of who wrote or boosted it forbids it;
 * `unknown` when it is not a status at all, so that nothing of it may be kept but that it was there.
 */
export function consentTo(native: unknown, context: Consent): 'yes' | 'no' | 'unknown' {
  const status = Wrapped.safeParse(native)
  if (!status.success) return 'unknown'
  const { reblog, ...own } = status.data
  return [own, ...(reblog ? [reblog] : [])].every((one) => isShared(one, context)) ? 'yes' : 'no'
}

/** Whether one status, its author's profile considered, is for everybody. */
export function isShared({ visibility, account }: z.infer<typeof Shared>, { domain, unlisted = [] }: Consent): boolean {
  const public_ = visibility === 'public' || (visibility === 'unlisted' && unlisted.includes(addressOf(account.acct, domain)))
  return public_ && !asksToBeLeftAlone(bioOf(account))
}

/** `user@server` in lower case: the key of a person that every server, whatever its software, gives alike. */
export function addressOf(acct: string, domain: string): string {
  return (acct.includes('@') ? acct : `${acct}@${domain}`).toLowerCase()
}

function bioOf({ note, fields }: z.infer<typeof Author>): string {
  return [note, ...fields.flatMap(({ name, value }) => [name, value])].join('\n')
}
