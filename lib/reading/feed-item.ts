import type { TimelinePost } from '#db/timeline'
import { postHtml } from './post-html.ts'

/** A post as every feed format wants it. */
export type FeedItem = {
  /** The same for the same post on every instance, and after the database was made anew: an IRI. */
  id: string
  url: string | null
  title: string
  html: string
  author: { name: string; url: string | null; avatar: string | null }
  publishedAt: Date
  editedAt: Date | null
  language: string | null
  tags: string[]
  /** What can be played or downloaded. `bytes` is null where nobody says. */
  attachments: { url: string; mimeType: string; title: string | null; bytes: number | null; durationSeconds: number | null }[]
}

/** As long as feed readers show in one line. */
const TITLE_LENGTH = 80

export function feedItemOf(post: TimelinePost): FeedItem {
  const { author } = post
  return {
    id: `urn:backplane:${post.platform}:${encodeURIComponent(post.externalId.toWellFormed())}`,
    url: post.url,
    title: titleOf(post),
    html: postHtml(post),
    author: { name: nameOf(author), url: author.url, avatar: author.avatar },
    publishedAt: post.sortAt,
    editedAt: post.editedAt,
    language: post.language,
    tags: post.tags,
    attachments: post.media.flatMap(({ url, mimeType, title, bytes, durationSeconds }) =>
      url && mimeType ? [{ url, mimeType, title, bytes, durationSeconds }] : [],
    ),
  }
}

/** Its own title; else who says it and how it begins, without what the author covered. */
function titleOf(post: TimelinePost): string {
  const own = post.title?.replace(/\s+/g, ' ').trim()
  if (own) return own
  const who = post.share ? `${nameOf(post.share.by)} reposted ${nameOf(post.author)}` : nameOf(post.author)
  return `${who}: ${post.contentWarning ? `CW: ${beginning(post.contentWarning)}` : beginning(post.text) || withoutText(post)}`
}

/** The first words up to a length, never half a word unless it is longer than that itself. */
function beginning(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  if (line.length <= TITLE_LENGTH) return line
  const end = line.lastIndexOf(' ', TITLE_LENGTH)
  return `${line.slice(0, end > 0 ? end : TITLE_LENGTH).toWellFormed()}…`
}

function withoutText({ media, poll, card, quote }: TimelinePost): string {
  const [medium] = media
  if (medium) return medium.alt ? beginning(medium.alt) : medium.kind
  if (card) return beginning(card.title || card.url)
  if (poll) return 'poll'
  return quote ? 'quote' : 'post'
}

function nameOf({ name, handle, id }: { name: string; handle: string; id: string }): string {
  return name || handle || id
}
