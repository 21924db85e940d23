import type { Config } from '../config.ts'

/** Whether a link to their mailbox may make somebody a member: MEMBERS lists addresses and domains. */
export function mayJoin(email: string, { MEMBERS }: Pick<Config, 'MEMBERS'>): boolean {
  const address = email.trim().toLowerCase()
  return MEMBERS.includes(address) || MEMBERS.includes(address.split('@')[1] ?? address)
}
