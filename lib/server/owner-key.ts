import { createHmac, randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { hide } from '../hidden.ts'
import { keptSecret } from '../kept-secret.ts'

/** The key in the printed address, kept in `dataDir/owner-key` (mode 0600): made once, the same at every start. */
export function ownerKey(dataDir: string): string {
  mkdirSync(dataDir, { recursive: true })
  const key = keptSecret(join(dataDir, 'owner-key'), () => randomBytes(24).toString('base64url'))
  hide(key)
  return key
}

/** What the owner's cookie says: it proves that the key was known, and does not give it away. */
export function cookieOf(key: string): string {
  return createHmac('sha256', key).update('backplane owner').digest('base64url')
}
