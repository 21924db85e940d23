import type { Connector } from '../contract.ts'
import { Native } from './answers.ts'
import { archive } from './archive.ts'
import { type Account, parse } from './archived.ts'
import { cannot, locate } from './locate.ts'
import { look } from './look.ts'
import { postOf } from './post.ts'
import { read } from './read.ts'
import { RECHECK_LIMIT, recheck } from './recheck.ts'
import { resolve } from './resolve.ts'
import { kind, nameOf, off, Settings } from './settings.ts'
import { lacks, setup, switched } from './setup.ts'

/** X, formerly Twitter: a list, accounts or a search, for who pays for each post; and what people exported of their own. */
export const x: Connector<Settings, unknown, Account> = {
  ...look,
  switched,
  shownAsIs: true,
  shareLabel: 'Reposted by',
  everySeconds: 900,
  settings: Settings,
  locate,
  kind,
  cannot,
  // Not x.com, of which every short name is a slip of the finger.
  hosts: ['twitter.com'],
  lacks,
  setup,
  off,
  describe: nameOf,
  host: ({ api }) => (api ? new URL(api).host : 'api.x.com'),
  // An archive's items do not say who wrote them; what the API answers does.
  parse: (native, account) => (Native.safeParse(native).success ? postOf(native) : parse(native, account)),
  archive,
  resolve,
  read,
  budget: ({ readsPerDay, rechecksPerDay }) => ({ reads: readsPerDay, rechecks: rechecksPerDay }),
  recheck,
  recheckLimit: RECHECK_LIMIT,
  // Of 3,500 a quarter of an hour (https://docs.x.com/x-api/fundamentals/rate-limits); what is paid for ends long before.
  rechecksPerHour: ({ account, rechecksPerDay }) => (account ? null : rechecksPerDay === 0 ? 0 : 60),
}
