import { archiveOnly } from '../archive-only.ts'
import type { Connector } from '../contract.ts'
import { archive } from './archive.ts'
import { look } from './look.ts'
import { type Account, parse } from './parse.ts'
import { Settings } from './settings.ts'

/** X, formerly Twitter: what people exported of their own. */
export const x: Connector<Settings, unknown, Account> = {
  ...archiveOnly('X'),
  ...look,
  settings: Settings,
  describe: ({ account }) => `@${account}`,
  parse,
  archive,
}
