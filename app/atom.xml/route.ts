import { generateAtomFeed } from 'feedsmith'
import { answerFeed } from '../feed.ts'

export const dynamic = 'force-dynamic'

/** Atom (RFC 4287), paged (RFC 5005 §3). */
export function GET(request: Request): Promise<Response> {
  return answerFeed(request, '/atom.xml', 'application/atom+xml; charset=utf-8', ({ title, description, links, modified, items }) =>
    generateAtomFeed({
      id: links.self,
      title: { value: title },
      subtitle: { value: description },
      updated: modified,
      links: [
        { href: links.self, rel: 'self', type: 'application/atom+xml' },
        { href: links.home, rel: 'alternate', type: 'text/html' },
        ...(links.older ? [{ href: links.older, rel: 'next' }] : []),
        ...(links.newer ? [{ href: links.newer, rel: 'previous' }] : []),
      ],
      entries: items.map((item) => ({
        id: item.id,
        title: { value: item.title },
        published: item.publishedAt,
        updated: item.editedAt ?? item.publishedAt,
        authors: [{ name: item.author.name, uri: item.author.url ?? undefined }],
        categories: item.tags.map((term) => ({ term })),
        links: [
          ...(item.url ? [{ href: item.url, rel: 'alternate' }] : []),
          ...item.attachments.map(({ url, mimeType, bytes }) => ({
            href: url,
            rel: 'enclosure',
            type: mimeType,
            length: bytes ?? undefined,
          })),
        ],
        content: { type: 'html', value: item.html },
      })),
    }),
  )
}
