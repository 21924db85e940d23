import { connectors } from '#connectors/registry'
import { type Place, placeFrom, placeText } from '#db/timeline'

/** What the address bar says of the timeline: the whole state of a page, so that a link to it shows the same. */
export type Address = {
  /** Connector ids in the registry's order; none means all. */
  platforms: string[]
  /** Show what is older than this place, or newer than it; never both. */
  before: Place | null
  after: Place | null
}

/** A query as Next hands it to a page, or as a URL has it. */
export type Query = URLSearchParams | { [name: string]: string | string[] | undefined }

/** Reads `platform=bluesky,mastodon&before=…`. What makes no sense is ignored: an address is never an error. */
export function parseAddress(query: Query): Address {
  const asked = new Set(valuesOf(query, 'platform').flatMap((value) => value.split(',').map((word) => word.trim().toLowerCase())))
  const platforms = connectors.map(({ id }) => id).filter((id) => asked.has(id))
  const before = placeFrom(valuesOf(query, 'before')[0])
  return {
    // Asking for every platform is asking for all: one page, one address.
    platforms: platforms.length === connectors.length ? [] : platforms,
    before,
    after: before ? null : placeFrom(valuesOf(query, 'after')[0]),
  }
}

/** The address of a state, canonical: the same state has the same address. `path` is another page with the same filters. */
export function hrefFor({ platforms = [], before, after }: Partial<Address>, path = '/'): string {
  const words = [
    platforms.length > 0 && `platform=${platforms.map(encodeURIComponent).join(',')}`,
    before && `before=${placeText(before)}`,
    !before && after && `after=${placeText(after)}`,
  ].filter(Boolean)
  return words.length > 0 ? `${path}?${words.join('&')}` : path
}

/** The platforms with `id` added, or taken away if it is among them: what pressing its chip does. */
export function toggled(platforms: string[], id: string): string[] {
  return connectors.map((connector) => connector.id).filter((platform) => (platform === id) !== platforms.includes(platform))
}

function valuesOf(query: Query, name: string): string[] {
  if (query instanceof URLSearchParams) return query.getAll(name)
  const value = query[name]
  return value === undefined ? [] : [value].flat()
}
