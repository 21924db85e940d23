import type { Connector } from '../contract.ts'
import { hostOf } from '../http.ts'
import { archive } from './archive.ts'
import { discover } from './discover.ts'
import type { Entry } from './entry.ts'
import { lists } from './lists.ts'
import { cannot, kind, locate } from './locate.ts'
import { type FeedContext, parse } from './parse.ts'
import { profiles } from './profiles.ts'
import { read } from './read.ts'
import { FeedSettings } from './settings.ts'
import { lacks, setup } from './setup.ts'

/** Blogs, news and podcasts: whatever publishes RSS, Atom, RDF or JSON Feed. */
export const feed: Connector<FeedSettings, Entry, FeedContext> = {
  id: 'feed',
  name: 'Blogs',
  // simple-icons, "RSS".
  mark: {
    path: 'M19.199 24C19.199 13.467 10.533 4.8 0 4.8V0c13.165 0 24 10.835 24 24h-4.801zM3.291 17.415c1.814 0 3.293 1.479 3.293 3.295 0 1.813-1.485 3.29-3.301 3.29C1.47 24 0 22.526 0 20.71s1.475-3.294 3.291-3.295zM15.909 24h-4.665c0-6.169-5.075-11.245-11.244-11.245V8.09c8.727 0 15.909 7.184 15.909 15.91z',
  },
  color: { light: '#9c5500', dark: '#f0b155' },
  openLabel: 'Open on the site',
  everySeconds: 1800,
  settings: FeedSettings,
  locate,
  kind,
  cannot,
  hosts: ['youtube.com', 'github.com', 'medium.com', 'substack.com'],
  lacks,
  setup,
  lists,
  describe: ({ url, title }) => title ?? nameOf(url),
  host: ({ url }) => hostOf(url),
  profiles,
  resolve: discover,
  parse,
  archive,
  read,
}

/** The site and what tells its feeds apart, without what every feed's address has. */
function nameOf(url: string): string {
  const { host, pathname } = new URL(url)
  const path = pathname.replace(/\/?(index|feed|rss|atom)?(\.(xml|json|rss|atom|rdf))?\/?$/i, '')
  return `${host.replace(/^www\./, '')}${path}`
}
