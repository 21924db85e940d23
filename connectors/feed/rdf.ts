import type { parseFeed } from 'feedsmith'
import type { FeedDocument } from './entry.ts'
import { absolute, authorsOf, from, mediaFiles, periodSeconds, picturesOf, slowest, textOf } from './fields.ts'
import { plainTitle } from './title.ts'

type Rdf = Extract<ReturnType<typeof parseFeed<string>>, { format: 'rdf' }>['feed']

/** RSS 1.0, which is RDF. https://web.resource.org/rss/1.0/spec */
export function readRdf(feed: Rdf, url: string): FeedDocument {
  const base = from(url, feed.xml?.base)
  return {
    feed: {
      title: feed.title ? plainTitle({ value: feed.title, type: 'html' }) : null,
      home: absolute(feed.link, url),
      icon: absolute(feed.image?.url, base),
      language: feed.dc?.languages?.[0] ?? null,
      builtAt: feed.dc?.dates?.[0] ?? null,
      everySeconds: slowest(periodSeconds(feed.sy)),
    },
    entries: (feed.items ?? []).map((item) => {
      const link = absolute(item.link, from(base, item.xml?.base))
      return {
        format: 'rdf',
        id: item.rdf?.about ?? null,
        link,
        title: item.title ? { value: item.title, type: 'html' } : null,
        summary: textOf(item.description ?? item.dc?.descriptions?.[0], link ?? base),
        content: textOf(item.content?.encoded, link ?? base, 'html'),
        published: item.dc?.dates?.[0] ?? item.dcterms?.issued?.[0] ?? null,
        updated: item.dcterms?.modified?.[0] ?? null,
        authors: authorsOf(item.dc?.creators),
        tags: item.dc?.subjects ?? [],
        language: item.dc?.languages?.[0] ?? null,
        pictures: picturesOf(item.media, base),
        enclosures: mediaFiles(item.media, base),
        commentCount: item.slash?.comments ?? null,
        origin: null,
      }
    }),
  }
}
