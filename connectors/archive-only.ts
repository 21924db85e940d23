import type { Connector } from './contract.ts'
import { ConnectorError } from './trouble.ts'

/** What of a connector is the same for all platforms of which only what a person exported is read: nothing is asked there. */
export function archiveOnly(name: string) {
  const why = `Nothing is read from ${name} itself: what somebody exported there can be brought in with npm run import`
  return {
    archiveOnly: true,
    everySeconds: 86_400,
    locate: () => null,
    host: () => '',
    off: () => why,
    // biome-ignore lint/correctness/useYield: it never comes to anything
    async *read() {
      throw new ConnectorError('refused', why)
    },
  } satisfies Partial<Connector<never>>
}
