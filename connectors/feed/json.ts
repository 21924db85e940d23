import type { parseFeed } from 'feedsmith'
import type { FeedDocument } from './entry.ts'
import { absolute, authorsOf, enclosureOf, textOf } from './fields.ts'
import { plainTitle } from './title.ts'

type Json = Extract<ReturnType<typeof parseFeed<string>>, { format: 'json' }>['feed']

/** https://www.jsonfeed.org/version/1.1/ */
export function readJson(feed: Json, url: string): FeedDocument {
  return {
    feed: {
      title: feed.title ? plainTitle({ value: feed.title, type: 'html' }) : null,
      home: absolute(feed.home_page_url, url),
      icon: absolute(feed.icon ?? feed.favicon, url),
      language: feed.language ?? null,
      builtAt: null,
      everySeconds: null,
    },
    entries: (feed.items ?? []).map((item) => {
      const link = absolute(item.url ?? item.external_url, url)
      const base = link ?? url
      const picture = absolute(item.image ?? item.banner_image, base)
      return {
        format: 'json',
        id: item.id ?? null,
        link,
        title: item.title ? { value: item.title, type: 'html' } : null,
        summary: textOf(item.summary, base, 'text'),
        content: textOf(item.content_html, base, 'html') ?? textOf(item.content_text, base, 'text'),
        published: item.date_published ?? null,
        updated: item.date_modified ?? null,
        authors: authorsOf(item.authors, feed.authors),
        tags: item.tags ?? [],
        language: item.language ?? null,
        pictures: picture ? [{ url: picture, alt: null, width: null, height: null }] : [],
        enclosures: (item.attachments ?? []).flatMap((one) =>
          enclosureOf({ ...one, mimeType: one.mime_type, bytes: one.size_in_bytes, duration: one.duration_in_seconds }, base),
        ),
        commentCount: null,
        origin: null,
      }
    }),
  }
}
