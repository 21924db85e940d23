import type { Connector } from '../contract.ts'
import { look } from './look.ts'
import { type Context, parse } from './parse.ts'
import { RECHECK_LIMIT, read, recheck } from './read.ts'
import { locate, off, Settings } from './settings.ts'
import { lacks, setup, switched } from './setup.ts'

/** Threads: what a person posts who gave a token of their own for it. */
export const threads: Connector<Settings, unknown, Context> = {
  ...look,
  switched,
  everySeconds: 900,
  settings: Settings,
  locate,
  kind: () => 'a Threads account, with its own token',
  lacks,
  setup,
  off,
  describe: ({ account }) => `@${account} on Threads`,
  host: ({ api }) => (api ? new URL(api).host : 'graph.threads.net'),
  parse,
  read,
  recheck,
  recheckLimit: RECHECK_LIMIT,
  // Each asks about 25 posts one by one, of at least 48,000 calls a day: 4,800 for each time that a post was seen, ten at least.
  rechecksPerHour: () => 20,
}
