import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Reader } from '#db/audience'

const HEADER = 'x-backplane-reader'

// Kept on the process, not the module: Next bundles this file beside the copy that the web process itself loads.
const held = globalThis as typeof globalThis & { backplaneSeal?: string }

/**
 * Tells the pages who asks. Overwrites whatever came in under that name, and signs with a seal that never leaves this
 * process: without the web process in front (`next start` by hand) everybody is anonymous.
 */
export function markReader(headers: IncomingHttpHeaders, reader: Reader): void {
  held.backplaneSeal ??= randomBytes(16).toString('base64url')
  headers[HEADER] = [reader.role, held.backplaneSeal, reader.account].join(' ').trim()
}

/** Who asks, as the web process decided. For pages and routes: the argument that every query takes. */
export function readerOf(headers: Pick<Headers, 'get'>): Reader {
  const [role, seal, account] = headers.get(HEADER)?.split(' ') ?? []
  if (!held.backplaneSeal || seal !== held.backplaneSeal) return { role: 'anonymous' }
  if (role !== 'owner' && role !== 'member') return { role: 'anonymous' }
  return account ? { role, account } : { role }
}
