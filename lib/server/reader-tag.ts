import { createHmac } from 'node:crypto'
import type { Reader } from '#db/audience'

/** The answer's header that tells a browser for whom it is. */
export const READER_TAG = 'Backplane-Reader'

/**
 * Names a reader to their own browser, so that pages it keeps for one are never shown to another: the same for the same
 * reader, another once the owner's key is another. It proves nothing, and nothing can be learnt from it.
 */
export function readerTag({ role, account = '' }: Reader, key: string): string {
  return role === 'anonymous' ? role : createHmac('sha256', key).update(`kept for ${role}${account}`).digest('base64url').slice(0, 16)
}
