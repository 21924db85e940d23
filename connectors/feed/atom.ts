import type { parseFeed } from 'feedsmith'
import type { FeedDocument } from './entry.ts'
import {
  absolute,
  alternate,
  authorsOf,
  enclosureOf,
  from,
  groupOf,
  mediaFiles,
  periodSeconds,
  picturesOf,
  slowest,
  textOf,
  typed,
} from './fields.ts'
import { plainTitle } from './title.ts'

type Atom = Extract<ReturnType<typeof parseFeed<string>>, { format: 'atom' }>['feed']

/** RFC 4287. */
export function readAtom(feed: Atom, url: string): FeedDocument {
  const base = from(url, feed.xml?.base)
  return {
    feed: {
      title: feed.title ? plainTitle(typed(feed.title)) : null,
      home: absolute(alternate(feed.links), base),
      icon: absolute(feed.icon ?? feed.logo, base),
      language: feed.xml?.lang ?? null,
      builtAt: feed.updated ?? null,
      everySeconds: slowest(periodSeconds(feed.sy)),
    },
    entries: (feed.entries ?? []).map((entry) => {
      const entryBase = from(base, entry.xml?.base)
      const link = absolute(alternate(entry.links), entryBase)
      const inPlace = (text: { value?: string; type?: string; xml?: { base?: string } } | undefined) =>
        text?.value
          ? { ...typed({ value: text.value, type: text.type }), base: from(entry.xml?.base ? entryBase : (link ?? base), text.xml?.base) }
          : null
      return {
        format: 'atom',
        id: entry.id ?? null,
        link,
        title: entry.title ? typed(entry.title) : null,
        summary: inPlace(entry.summary) ?? textOf(groupOf(entry.media)?.description?.value, link ?? base),
        content: inPlace(entry.content),
        published: entry.published ?? entry.dc?.dates?.[0] ?? entry.dcterms?.issued?.[0] ?? null,
        updated: entry.updated ?? null,
        // An entry without an author has its feed's (RFC 4287 §4.1.1).
        authors: authorsOf(entry.authors, entry.dc?.creators, entry.source?.authors, feed.authors),
        // Blogger says what kind of thing an entry is in a category whose term is an address.
        tags: (entry.categories ?? []).flatMap(({ term, label }) => (/^https?:/.test(term ?? '') ? [] : (label ?? term ?? []))),
        language: entry.xml?.lang ?? null,
        pictures: picturesOf(entry.media, entryBase),
        enclosures: [
          ...(entry.links ?? [])
            .filter(({ rel }) => rel === 'enclosure')
            .flatMap((one) => enclosureOf({ url: one.href, mimeType: one.type, bytes: one.length, title: one.title }, entryBase)),
          ...mediaFiles(entry.media, entryBase),
        ],
        commentCount: entry.slash?.comments ?? entry.thr?.total ?? entry.links?.find(({ rel }) => rel === 'replies')?.thr?.count ?? null,
        origin: entry.source?.title ? plainTitle(typed(entry.source.title)) : null,
      }
    }),
  }
}
