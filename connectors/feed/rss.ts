import type { parseFeed } from 'feedsmith'
import type { FeedDocument } from './entry.ts'
import { absolute, alternate, authorsOf, enclosureOf, from, mediaFiles, periodSeconds, picturesOf, slowest, textOf } from './fields.ts'
import { plainTitle } from './title.ts'

type Rss = Extract<ReturnType<typeof parseFeed<string>>, { format: 'rss' }>['feed']

/** RSS 0.9 to 2.0 with the modules that blogs and podcasts use. https://www.rssboard.org/rss-specification */
export function readRss(feed: Rss, url: string): FeedDocument {
  const base = from(url, feed.xml?.base)
  const home = absolute(feed.link, url)
  return {
    feed: {
      title: feed.title ? plainTitle({ value: feed.title, type: 'html' }) : null,
      home,
      icon: absolute(feed.image?.url ?? feed.itunes?.image, base),
      language: feed.language ?? feed.dc?.languages?.[0] ?? null,
      builtAt: feed.lastBuildDate ?? feed.pubDate ?? null,
      everySeconds: slowest(feed.ttl && feed.ttl * 60, periodSeconds(feed.sy)),
    },
    entries: (feed.items ?? []).map((item) => {
      const permalink = item.guid?.isPermaLink !== false && /^https?:/i.test(item.guid?.value ?? '') ? item.guid?.value : undefined
      const written = absolute(item.link ?? alternate(item.atom?.links) ?? permalink, from(home ?? base, item.xml?.base))
      const textBase = from(written ?? base, item.xml?.base)
      const episode = item.itunes?.duration ?? null
      return {
        format: 'rss',
        id: item.guid?.value ?? item.atom?.id ?? null,
        link: written,
        title: item.title ? { value: item.title, type: 'html' } : null,
        summary: textOf(item.description ?? item.itunes?.summary ?? item.media?.description?.value, textBase),
        content: textOf(item.content?.encoded, textBase, 'html'),
        published: item.pubDate ?? item.dc?.dates?.[0] ?? item.dcterms?.issued?.[0] ?? item.atom?.published ?? null,
        updated: item.atom?.updated ?? item.dcterms?.modified?.[0] ?? null,
        authors: authorsOf(item.dc?.creators, item.authors, item.itunes?.author, feed.itunes?.author),
        tags: [...(item.categories ?? []).flatMap(({ name }) => name ?? []), ...(item.itunes?.keywords ?? [])],
        language: item.dc?.languages?.[0] ?? null,
        pictures: picturesOf(item.media, base, item.itunes?.image),
        enclosures: [
          ...(item.enclosures ?? []).flatMap((one) =>
            enclosureOf({ ...one, mimeType: one.type, bytes: one.length, duration: episode }, base),
          ),
          ...mediaFiles(item.media, base),
        ],
        commentCount: item.slash?.comments ?? item.thr?.total ?? null,
        origin: item.source?.title ?? null,
      }
    }),
  }
}
