import { accountById } from '#db/accounts'
import type { Reader } from '#db/audience'

/** How a reader who manages is called in the list of what owners did. */
export async function nameOf({ account }: Reader): Promise<string> {
  return (account && (await accountById(account))?.email) || 'the owner’s key'
}
