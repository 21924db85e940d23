import { connectors } from '#connectors/registry'
import type { Filter } from '#db/lanes'

/** A filter with every kind said: what an address is read to. */
export type WholeFilter = Required<Pick<Filter, 'platforms' | 'sources' | 'people' | 'tags' | 'flairs'>> & {
  reposts: 'none' | 'only' | null
}

/** Of one kind: nobody asks for more by hand, and each costs a look into an index. */
const MOST = 30
const LONGEST = 400

/**
 * Reads `platform=bluesky,mastodon&source=3,7&person=mastodon:…&tag=hpc&tag=slurm&flair=Question&reposts=none` in canonical
 * form: the same choice is the same filter. What makes no sense is ignored.
 */
export function filterFrom(query: URLSearchParams): WholeFilter {
  const listed = (name: string) => query.getAll(name).flatMap((value) => value.split(',').map((word) => word.trim()))
  const named = (name: string) =>
    some(
      query
        .getAll(name)
        .map((value) => value.trim())
        .filter((value) => value !== '' && value.length <= LONGEST && !value.includes('\0')),
    )
  const asked = new Set(listed('platform').map((word) => word.toLowerCase()))
  const ids = connectors.map(({ id }) => id)
  const platforms = ids.filter((id) => asked.has(id))
  const [reposts] = query.getAll('reposts')
  return {
    // Asking for every platform is asking for all: one page, one address.
    platforms: platforms.length === ids.length ? [] : platforms,
    sources: some(listed('source').filter((word) => /^[1-9]\d{0,14}$/.test(word)))
      .map(Number)
      .sort((one, other) => one - other),
    people: named('person').filter((person) => ids.some((id) => person.startsWith(`${id}:`) && person.length > id.length + 1)),
    tags: some(named('tag').map((tag) => tag.replace(/^#/, '').toLowerCase())),
    flairs: named('flair'),
    reposts: reposts === 'none' || reposts === 'only' ? reposts : null,
  }
}

/** The words of an address that ask for this filter, in one order. */
export function filterWords({ platforms = [], sources = [], people = [], tags = [], flairs = [], reposts }: Filter): string[] {
  const each = (name: string, values: string[]) => values.map((value) => `${name}=${encodeURIComponent(value).replaceAll('%3A', ':')}`)
  return [
    ...(platforms.length > 0 ? [`platform=${platforms.map(encodeURIComponent).join(',')}`] : []),
    ...(sources.length > 0 ? [`source=${sources.join(',')}`] : []),
    ...each('person', people),
    ...each('tag', tags),
    ...each('flair', flairs),
    ...(reposts === 'none' || reposts === 'only' ? [`reposts=${reposts}`] : []),
  ]
}

function some(values: string[]): string[] {
  return [...new Set(values)].filter(Boolean).sort().slice(0, MOST)
}
