import type { Card, Media } from '#db/post'
import type { Block, Image } from './block-shapes.ts'
import { plainOf } from './block-text.ts'
import { publicAddress } from './public-address.ts'

/** Only what anybody may load: pictures on Slack's own servers want a token. */
export function imageOf(given: Image): Media[] {
  if (!given) return []
  const url = publicAddress(given.image_url)
  return [
    {
      kind: url ? 'image' : 'file',
      url,
      preview: url,
      alt: given.alt_text?.trim() || null,
      width: given.image_width ?? null,
      height: given.image_height ?? null,
      mimeType: null,
      durationSeconds: null,
      bytes: null,
      title: plainOf(given.title) || (url ? null : given.alt_text?.trim() || 'A picture in Slack'),
      captions: [],
    },
  ]
}

/** A film elsewhere, as a card that leads there. */
export function videoOf(block: Block): Card | null {
  const url = publicAddress(block.title_url) ?? publicAddress(block.video_url)
  if (!url) return null
  return {
    kind: 'video',
    url,
    title: plainOf(block.title),
    description: plainOf(block.description),
    image: publicAddress(block.thumbnail_url),
    site: block.provider_name || new URL(url).host,
    authors: [block.author_name].filter((name) => name !== null && name !== undefined),
    readingMinutes: null,
  }
}
