import type { WholeFilter } from '#lib/reading/filter-address'
import { hrefFor } from './address.ts'
import { searchHref } from './searched.ts'
import { appStrings } from './strings/app.ts'

export const feeds = [
  { path: '/feed.json', type: 'application/feed+json', name: 'JSON Feed' },
  { path: '/rss.xml', type: 'application/rss+xml', name: 'RSS' },
  { path: '/atom.xml', type: 'application/atom+xml', name: 'Atom' },
]

/** Tells feed readers where to subscribe to what this page shows. React moves them into the head. */
export function FeedLinks({ filter = {}, typed = '' }: { filter?: Partial<WholeFilter>; typed?: string }) {
  return feeds.map(({ path, type, name }) => (
    <link
      key={path}
      rel="alternate"
      type={type}
      href={typed ? searchHref(typed, {}, path) : hrefFor(filter, path)}
      title={appStrings.feed(name)}
    />
  ))
}
