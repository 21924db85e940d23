import { z } from 'zod'
import type { Connector } from '../contract.ts'
import { emptyBatch } from '../empty-batch.ts'
import { parse, type Submission } from './parse.ts'
import { siteOf, sites } from './sites.ts'

const Settings = z.strictObject({})
type Settings = z.infer<typeof Settings>

/** Links that people hand in: posts of networks that no program may read, talks, papers. It asks nobody anything. */
export const links: Connector<Settings, Submission, unknown> = {
  id: 'links',
  name: 'Links',
  // Drawn for this project: two links of a chain.
  mark: { path: 'M10 8H7.5a4 4 0 0 0 0 8H10M14 8h2.5a4 4 0 0 1 0 8H14M8.5 12h7', stroked: true },
  color: { light: '#5c646c', dark: '#a2a9af' },
  openLabel: 'Open the link',
  shareLabel: 'Submitted by',
  submitted: { networks: sites, of: siteOf },
  addresses: {
    forms: sites.flatMap(({ hosts: [first, ...others] }) =>
      others.map((host): [RegExp, string] => [new RegExp(`^${host.replaceAll('.', '\\.')}/`), `${first}/`]),
    ),
    onward: [/^https?:\/\/(?:www\.)?linkedin\.com\/safety\/go/],
    calledInLinks: ['twitter', 'facebook', 'linkedin'],
  },
  everySeconds: 3600,
  settings: Settings,
  locate: () => null,
  describe: () => 'Submitted links',
  host: () => '',
  parse,
  async *read() {
    yield emptyBatch(null)
  },
}
