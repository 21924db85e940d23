import packageFile from '../../package.json' with { type: 'json' }
import type { Config } from '../config.ts'

/** How this program calls itself wherever it asks for something: what it is, and whom to write to. */
export function userAgentOf({ CONTACT }: Pick<Config, 'CONTACT'>): string {
  return `Backplane/${packageFile.version} (read-only timeline of HPC community channels${CONTACT ? `; contact ${CONTACT}` : ''})`
}
