import type { Card, Media, Poll } from '#db/post'
import { nameWithEmojis } from '../html.ts'
import type { MediaAttachment, Card as StatusCard, Poll as StatusPoll } from './status.ts'

/** What hangs on a status besides its text. https://docs.joinmastodon.org/entities/MediaAttachment/ */
export function mediaOf({ type, url, previewUrl, remoteUrl, description, meta }: MediaAttachment): Media {
  const size = meta?.original ?? meta?.small
  return {
    kind: type === 'image' || type === 'gifv' || type === 'video' || type === 'audio' ? type : 'file',
    // Of what this server has no copy, the original is all there is.
    url: url ?? remoteUrl,
    preview: previewUrl,
    alt: description.trim() || null,
    width: size?.width ?? null,
    height: size?.height ?? null,
    mimeType: null,
    durationSeconds: meta?.original?.duration ?? null,
    bytes: null,
    title: null,
    captions: [],
  }
}

export function pollOf({ options, multiple, votersCount, expiresAt, emojis }: StatusPoll): Poll {
  const closes = expiresAt ? new Date(expiresAt) : null
  return {
    options: options.map(({ title, votesCount }) => ({ text: title, html: nameWithEmojis(title, emojis), votes: votesCount ?? null })),
    multiple,
    voters: votersCount ?? null,
    closesAt: closes && !Number.isNaN(closes.getTime()) ? closes.toISOString() : null,
  }
}

/** `html` of a card is a stranger's page in a frame: it is not even read. */
export function cardOf({ url, type, title, description, image, providerName, publishedAt, authors, authorName }: StatusCard): Card | null {
  if (!url) return null
  const names = authors.map(({ name }) => name).filter(Boolean)
  return {
    kind: type === 'video' || type === 'photo' ? type : 'link',
    url,
    title,
    description,
    image,
    site: providerName || new URL(url).host,
    authors: names.length > 0 ? names : [authorName].filter(Boolean),
    readingMinutes: null,
    ...(publishedAt && { publishedAt }),
  }
}
