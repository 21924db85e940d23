import type { Connector } from '../contract.ts'
import { archive } from './archive.ts'
import { type Author, parse } from './archived.ts'
import { look } from './look.ts'
import { type Page, postOf } from './post.ts'
import { RECHECK_LIMIT, read, recheck, resolve } from './read.ts'
import { cannot, locate, nameOf, off, Settings } from './settings.ts'
import { lacks, setup, switched } from './setup.ts'

/** LinkedIn: the page of an organisation, for who administers it; and what people exported of their own. */
export const linkedin: Connector<Settings, unknown, Author | Page> = {
  ...look,
  switched,
  everySeconds: 1800,
  settings: Settings,
  locate,
  kind: () => 'the page of an organisation on LinkedIn',
  cannot,
  hosts: ['linkedin.com'],
  lacks,
  setup,
  off,
  describe: nameOf,
  host: ({ api }) => (api ? new URL(api).host : 'api.linkedin.com'),
  parse: (native, by) => ('urn' in by ? postOf(native, by) : parse(native, by)),
  archive,
  resolve,
  read,
  recheck,
  recheckLimit: RECHECK_LIMIT,
  // Of what an app may ask in a day nobody is told more than a header; a page is small.
  rechecksPerHour: ({ name }) => (name ? null : 4),
}
