import type { Network } from '../contract.ts'
import { look as linkedinLook } from '../linkedin/look.ts'
import { look as threadsLook } from '../threads/look.ts'
import { look as xLook } from '../x/look.ts'

/**
 * Networks that no program may read for nothing, so that people hand in single posts of theirs. `hosts` are those of their
 * pages, the first the one that stands for all. `account` finds who wrote a post in its path, where the path says it.
 */
export type Site = Network & {
  hosts: readonly [string, ...string[]]
  account: RegExp | null
}

export const sites: readonly Site[] = [
  {
    ...linkedinLook,
    hosts: ['linkedin.com'],
    account: null,
  },
  {
    ...xLook,
    hosts: ['x.com', 'twitter.com'],
    account: /^\/(\w{1,15})\/status\/\d/,
  },
  {
    ...threadsLook,
    hosts: ['threads.net', 'threads.com'],
    account: /^\/@([\w.]{1,30})\/post\//,
  },
]

/** The network that an address is of, `www` and its like aside; null for any other site. */
export function siteOf(url: string): Site | null {
  const { hostname } = new URL(url)
  return sites.find(({ hosts }) => hosts.some((host) => hostname === host || hostname.endsWith(`.${host}`))) ?? null
}
