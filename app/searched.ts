import { connectors } from '#connectors/registry'
import type { Reader } from '#db/audience'
import type { Search } from '#db/search'
import { sourcesKnownTo } from '#db/sources'
import type { Place } from '#db/timeline'
import { placeText } from '#db/timeline'
import { type Mistake, parseSearch } from '#lib/reading/search-query'
import type { Query } from './address.ts'

/** What was typed into the field of search, as the address has it: `q`. */
export function typedIn(query: Query): string {
  const value = query instanceof URLSearchParams ? query.get('q') : [query.q].flat()[0]
  // A line end comes from pasting, and NUL from nobody who means well.
  return (value ?? '').replace(/[\s\0]+/gu, ' ').trim()
}

/** What it means to this reader: sources are known by name only to who may know of them. `null` for nothing typed. */
export async function meaningOf(typed: string, reader: Reader, zone: string): Promise<{ search: Search } | { mistake: Mistake } | null> {
  const sources = /\bsource:/i.test(typed) ? await sourcesKnownTo(reader) : []
  return parseSearch(typed, { platforms: [...connectors], sources }, zone)
}

/** The address of a page of hits. */
export function searchHref(
  typed: string,
  { before, after }: { before?: Place | null; after?: Place | null } = {},
  path = '/search',
): string {
  const place = before ? `&before=${placeText(before)}` : after ? `&after=${placeText(after)}` : ''
  return `${path}?q=${encodeURIComponent(typed.toWellFormed())}${place}`
}
