import type { Card, Media } from '#db/post'
import { bareMedium } from '../bare-medium.ts'
import type { Body } from './body.ts'
import type { GalleryMedium, Picture, Single } from './submission.ts'

const HLS = 'application/vnd.apple.mpegurl'
/** Reddit scales previews to 108, 216, 320, 640, 960 and 1080 pixels; the timeline is 680 wide. */
const PREVIEW_WIDTH = 640

/** The pictures and films of a submission: of a gallery in its order, of its text, or the one that it is. */
export function mediaOf(said: Single, body: Pick<Body, 'pictures'>): Media[] {
  if (said.is_gallery)
    return (said.gallery_data?.items ?? []).flatMap(({ media_id, caption }) => galleryMedium(said.media_metadata?.[media_id], caption))
  const within = body.pictures.flatMap(({ mediaId, caption }) => galleryMedium(said.media_metadata?.[mediaId], caption ?? ''))
  if (within.length > 0) return within
  const shown = said.preview?.images[0]
  const still = shown ? previewOf(shown.resolutions ?? [], shown.source) : said.thumbnail
  const size = { width: shown?.source.width ?? null, height: shown?.source.height ?? null }
  const film = said.media?.reddit_video
  if (said.is_video) {
    const url = film?.hls_url ?? film?.fallback_url ?? null
    return [
      {
        ...bareMedium,
        kind: 'video',
        url,
        preview: still,
        width: film?.width ?? size.width,
        height: film?.height ?? size.height,
        mimeType: url ? (film?.hls_url ? HLS : 'video/mp4') : null,
        durationSeconds: film?.duration ?? null,
      },
    ]
  }
  const url = said.url_overridden_by_dest ?? said.url
  if (!url || !isPicture(url, said.post_hint)) return []
  const loop = shown?.variants?.mp4?.source
  if (loop?.url) return [{ ...bareMedium, kind: 'gifv', url: loop.url, preview: still, ...size, mimeType: 'video/mp4' }]
  return [{ ...bareMedium, kind: 'image', url, preview: still, ...size }]
}

/**
 * One of `media_metadata`; while Reddit still works on it, or failed to, there is nothing to show. Reddit asks nobody to
 * describe a picture: what is written under it is all that there is.
 */
function galleryMedium(medium: GalleryMedium | null | undefined, caption: string): Media[] {
  if (!medium) return []
  const { status, e, m, s, p, hlsUrl, x, y } = medium
  const shared = { ...bareMedium, alt: caption || null, width: s?.x ?? x, height: s?.y ?? y }
  if (status !== 'valid') return [{ ...shared, kind: 'image' }]
  const previews = (p ?? []).map(({ u, x: width, y: height }) => ({ url: u, width, height }))
  const preview = previewOf(previews, s ? { url: s.u, width: s.x, height: s.y } : null)
  if (e === 'RedditVideo') return [{ ...shared, kind: 'video', url: hlsUrl, preview, mimeType: hlsUrl && HLS }]
  if (s?.mp4) return [{ ...shared, kind: 'gifv', url: s.mp4, preview, mimeType: 'video/mp4' }]
  return [{ ...shared, kind: 'image', url: s?.u ?? s?.gif ?? null, preview, mimeType: m || null }]
}

function previewOf(scaled: Picture[], source: Picture | null): string | null {
  return (scaled.find(({ width }) => (width ?? 0) >= PREVIEW_WIDTH) ?? scaled.at(-1) ?? source)?.url ?? source?.url ?? null
}

export function isPicture(url: string, hint = ''): boolean {
  return hint === 'image' || /\.(jpe?g|png|gif|webp)$/i.test(new URL(url).pathname)
}

/** The page that a submission links to, where it is one. Of pages Reddit tells the host, and for films a little more. */
export function cardOf(said: Single): Card | null {
  const url = said.url_overridden_by_dest ?? said.url
  if (said.is_self || said.is_gallery || said.is_video || !url || isPicture(url, said.post_hint)) return null
  const embed = said.media?.oembed
  const shown = said.preview?.images[0]
  return {
    kind: said.post_hint === 'rich:video' ? 'video' : 'link',
    url,
    title: embed?.title ?? '',
    description: '',
    image: (shown && previewOf(shown.resolutions ?? [], shown.source)) ?? embed?.thumbnail_url ?? said.thumbnail,
    site: embed?.provider_name || said.domain || new URL(url).host,
    authors: embed?.author_name ? [embed.author_name] : [],
    readingMinutes: null,
  }
}
