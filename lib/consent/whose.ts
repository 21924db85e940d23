import { randomInt } from 'node:crypto'
import type { Claim, Connector } from '#connectors/contract'
import { connectors } from '#connectors/registry'
import { sourcesToRead } from '#db/sources'
import { withSecrets } from '../secrets.ts'

/** Without letters and digits that look alike; long enough that nobody has it by chance. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'
const CODE_LENGTH = 12

/** Whose account or post somebody may mean, on which platform. */
export type Whose = Claim & { platform: string }

/** Who is meant by an address or a name, by the first platform that knows it for its own; null also where that one has no profiles. */
export function whoseIs(written: string): Whose | null {
  for (const { id, profiles, locate } of connectors) {
    const claim = profiles?.whose(written)
    if (claim) return { platform: id, ...claim }
    if (locate(written)) return null
  }
  return null
}

/** The settings of a source of this platform, with its credentials; null where none is read. */
export async function settingsFor({ id, settings }: Pick<Connector, 'id' | 'settings'>): Promise<unknown> {
  const source = (await sourcesToRead()).find(({ platform }) => platform === id)
  return source ? (settings.safeParse(withSecrets(source.resolved ?? source.settings)).data ?? null) : null
}

/** What somebody puts where only they can write, so that it is known to be them. */
export function newCode(purpose: string): string {
  return `${purpose}-${Array.from({ length: CODE_LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('')}`
}
