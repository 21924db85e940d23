import { generateRssFeed } from 'feedsmith'
import { answerFeed } from '../feed.ts'

export const dynamic = 'force-dynamic'

/** RSS 2.0 (https://www.rssboard.org/rss-specification). */
export function GET(request: Request): Promise<Response> {
  return answerFeed(request, '/rss.xml', 'application/rss+xml; charset=utf-8', ({ title, description, links, modified, items }) =>
    generateRssFeed({
      title,
      description,
      link: links.home,
      lastBuildDate: modified,
      atom: {
        links: [
          { href: links.self, rel: 'self', type: 'application/rss+xml' },
          ...(links.older ? [{ href: links.older, rel: 'next' }] : []),
        ],
      },
      items: items.map((item) => ({
        title: item.title,
        link: item.url ?? undefined,
        guid: { value: item.id, isPermaLink: false },
        pubDate: item.publishedAt,
        description: item.html,
        // RSS's own author must be a mail address.
        dc: { creators: [item.author.name] },
        categories: item.tags.map((name) => ({ name })),
        // RSS allows one enclosure, and asks for its length; 0 stands for unknown.
        enclosures: item.attachments.slice(0, 1).map(({ url, mimeType, bytes }) => ({ url, type: mimeType, length: bytes ?? 0 })),
      })),
    }),
  )
}
