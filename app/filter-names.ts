import { cache } from 'react'
import { throughLoss } from '#db/again'
import type { Reader, Surface } from '#db/audience'
import { namesOfPeople } from '#db/people'
import { sourcesKnownTo } from '#db/sources'
import type { WholeFilter } from '#lib/reading/filter-address'
import { platformOf } from './platform.ts'
import { filterStrings as words } from './strings/filters.ts'

/** One value of a filter, in words, and the filter without it. */
export type Chosen = { kind: 'platform' | 'source' | 'person' | 'tag' | 'flair' | 'reposts'; name: string; without: WholeFilter }

/** Once a request: the head of the page asks, and its body. */
const namesOf = cache(async (role: Reader['role'], surface: Surface, sources: string, people: string) => {
  // Here, because a failure would be kept as well.
  const [known, named] = await throughLoss(() =>
    Promise.all([
      sources === '' ? [] : sourcesKnownTo({ role }),
      people === '' ? new Map<string, string>() : namesOfPeople({ role }, people.split('\n'), surface),
    ]),
  )
  return { sources: new Map(known.map(({ id, name }) => [id, name])), people: named }
})

/**
 * What is chosen, kind by kind. Of a source or person that the reader may not know of, as of none, no name is told; nor, on what
 * others keep (`index`), of who is there for the stream only.
 */
export async function chosenIn(reader: Reader, filter: WholeFilter, surface: Surface = 'stream'): Promise<Chosen[]> {
  const { platforms, sources, people, tags, flairs, reposts } = filter
  const names = await namesOf(reader.role, surface, sources.join(','), people.join('\n'))
  const less = <T>(values: T[], value: T) => values.filter((one) => one !== value)
  return [
    ...platforms.map((id) => ({
      kind: 'platform' as const,
      name: platformOf(id).name,
      without: { ...filter, platforms: less(platforms, id) },
    })),
    ...sources.map((id) => ({
      kind: 'source' as const,
      name: names.sources.get(id) ?? words.aSource,
      without: { ...filter, sources: less(sources, id) },
    })),
    ...people.map((key) => ({
      kind: 'person' as const,
      name: names.people.get(key) ?? words.aPerson,
      without: { ...filter, people: less(people, key) },
    })),
    ...tags.map((tag) => ({ kind: 'tag' as const, name: `#${tag}`, without: { ...filter, tags: less(tags, tag) } })),
    ...flairs.map((flair) => ({ kind: 'flair' as const, name: flair, without: { ...filter, flairs: less(flairs, flair) } })),
    ...(reposts
      ? [
          {
            kind: 'reposts' as const,
            name: reposts === 'none' ? words.noReposts : words.onlyReposts,
            without: { ...filter, reposts: null },
          },
        ]
      : []),
  ]
}

/** `Bluesky or Mastodon, #hpc, no reposts`; empty where everything is shown. */
export function inWords(chosen: Chosen[]): string {
  const kinds = Map.groupBy(chosen, ({ kind }) => kind)
  return [...kinds.values()].map((of) => words.anyOf(of.map(({ name }) => name))).join(', ')
}
