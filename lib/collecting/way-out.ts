import { createHttp, type Http } from '#connectors/http'
import { configuration } from '../config.ts'
import { userAgentOf } from './user-agent.ts'

// Kept on the process, not the module: Next bundles this file once for each route that uses it.
const held = globalThis as typeof globalThis & { backplaneWayOut?: Http }

/** The web process's own way out to the network, for the little that a reader's request may lead to. */
export function wayOut(): Http {
  const config = configuration()
  held.backplaneWayOut ??= createHttp({ userAgent: userAgentOf(config), trustedHosts: config.TRUSTED_HOSTS, wholeMs: 15_000 })
  return held.backplaneWayOut
}
