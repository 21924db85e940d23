import { generateJsonFeed } from 'feedsmith'
import { answerFeed } from '../feed.ts'

export const dynamic = 'force-dynamic'

/** JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/). */
export function GET(request: Request): Promise<Response> {
  return answerFeed(request, '/feed.json', 'application/feed+json; charset=utf-8', ({ title, description, links, items }) =>
    JSON.stringify({
      // The library leaves an empty list out, which the format wants.
      items: [],
      ...(generateJsonFeed({
        title,
        description,
        home_page_url: links.home,
        feed_url: links.self,
        next_url: links.older ?? undefined,
        items: items.map((item) => ({
          id: item.id,
          url: item.url ?? undefined,
          title: item.title,
          content_html: item.html,
          date_published: item.publishedAt,
          date_modified: item.editedAt ?? undefined,
          authors: [{ name: item.author.name, url: item.author.url ?? undefined, avatar: item.author.avatar ?? undefined }],
          language: item.language ?? undefined,
          tags: item.tags,
          attachments: item.attachments.map(({ url, mimeType, title, bytes, durationSeconds }) => ({
            url,
            mime_type: mimeType,
            title: title ?? undefined,
            size_in_bytes: bytes ?? undefined,
            duration_in_seconds: durationSeconds ?? undefined,
          })),
        })),
      }) as object),
    }),
  )
}
