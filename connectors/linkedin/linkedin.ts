import { archiveOnly } from '../archive-only.ts'
import type { Connector } from '../contract.ts'
import { archive } from './archive.ts'
import { look } from './look.ts'
import { type Author, parse } from './parse.ts'
import { Settings } from './settings.ts'

/** LinkedIn: what people exported of their own. */
export const linkedin: Connector<Settings, unknown, Author> = {
  ...archiveOnly('LinkedIn'),
  ...look,
  settings: Settings,
  describe: ({ name }) => name,
  parse,
  archive,
}
