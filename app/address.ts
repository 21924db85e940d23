import { connectors } from '#connectors/registry'
import { type Place, placeFrom, placeText } from '#db/timeline'
import { filterFrom, filterWords, type WholeFilter } from '#lib/reading/filter-address'

/** What the address bar says of the timeline: the whole state of a page, so that a link to it shows the same. */
export type Address = WholeFilter & {
  /** Only what the reader starred: who looks decides what that is. */
  starred: boolean
  /** Show what is older than this place, or newer than it, or the entry at this place and what follows; one at most. */
  before: Place | null
  after: Place | null
  at: Place | null
  /** null: as the reader has the timeline open, newest on top unless they chose otherwise. */
  order: 'newest' | 'oldest' | null
}

/** A query as Next hands it to a page, or as a URL has it. */
export type Query = URLSearchParams | { [name: string]: string | string[] | undefined }

/** Reads `platform=bluesky,mastodon&before=…`. What makes no sense is ignored: an address is never an error. */
export function parseAddress(query: Query): Address {
  const place = (name: string) => placeFrom(valuesOf(query, name)[0])
  const before = place('before')
  const at = before ? null : place('at')
  const [order] = valuesOf(query, 'order')
  return {
    ...filterFrom(asParams(query)),
    starred: valuesOf(query, 'starred')[0] === '1',
    before,
    at,
    after: before || at ? null : place('after'),
    order: order === 'newest' || order === 'oldest' ? order : null,
  }
}

/** The address of a state, canonical: the same state has the same address. `path` is another page with the same filters. */
export function hrefFor({ before, after, at, order, starred, ...filter }: Partial<Address>, path = '/'): string {
  const words = [
    ...filterWords(filter),
    starred && 'starred=1',
    order && `order=${order}`,
    before && `before=${placeText(before)}`,
    !before && at && `at=${placeText(at)}`,
    !before && !at && after && `after=${placeText(after)}`,
  ].filter(Boolean)
  return words.length > 0 ? `${path}?${words.join('&')}` : path
}

/** What is shown, without from where on and in which order. */
export function filterOf({ platforms, sources, people, tags, flairs, reposts }: Address): WholeFilter {
  return { platforms, sources, people, tags, flairs, reposts }
}

/** What the database is asked for: a page around a place goes on from that place in its order. */
export function placesOf({ before, after, at, order }: Address): { before: Place | null; after: Place | null } {
  if (!at) return { before, after }
  const { sortAt, id } = at
  return order === 'oldest' ? { before, after: { sortAt, id: id - 1 } } : { before: { sortAt, id: id + 1 }, after: null }
}

/** The platforms with `id` added, or taken away if it is among them: what pressing its chip does. */
export function toggled(platforms: string[], id: string): string[] {
  return connectors.map((connector) => connector.id).filter((platform) => (platform === id) !== platforms.includes(platform))
}

function asParams(query: Query): URLSearchParams {
  if (query instanceof URLSearchParams) return query
  return new URLSearchParams(Object.entries(query).flatMap(([name, value]) => [value ?? []].flat().map((one) => [name, one])))
}

function valuesOf(query: Query, name: string): string[] {
  if (query instanceof URLSearchParams) return query.getAll(name)
  const value = query[name]
  return value === undefined ? [] : [value].flat()
}
