import { createHttp, type Http } from '#connectors/http'
import { configuration } from '../config.ts'
import { userAgentOf } from './user-agent.ts'

// Kept on the process, as hosts are asked one thing at a time over all of it.
const held = globalThis as typeof globalThis & { backplaneWayOut?: Http }

/** How a page reaches somebody's server, when its owner asks it to look at something: guarded as everything is. */
export function webReach(): Http {
  const config = configuration()
  held.backplaneWayOut ??= createHttp({
    userAgent: userAgentOf(config),
    trustedHosts: config.TRUSTED_HOSTS,
    silenceMs: 8000,
    wholeMs: 15_000,
  })
  return held.backplaneWayOut
}
