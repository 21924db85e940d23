import type { Media } from '#db/post'
import { isHere, MediaCaption } from './media-caption.tsx'
import { mediaWay } from './shown-media.ts'
import { postStrings as words } from './strings/post.ts'

type Original = { url: string | null; label: string }

/** Film in HLS, which most browsers play only with a script. */
const HLS = /mpegurl/i
/** Descriptions beyond this are folded after their beginning; screen readers hear them whole. */
const LONG_ALT = 180
/** The same under the small pictures of a gallery. */
const LONG_BELOW_SMALL = 60

/**
 * Pictures, films and sound of a post, covered where they are sensitive, or where the reader wants to ask for each.
 * Nothing plays or loads by itself: what is covered is not fetched before it is uncovered, and of a film its still at most.
 */
export function PostMedia({ media, sensitive, original }: { media: Media[]; sensitive: boolean; original: Original }) {
  if (media.length === 0) return null
  const gallery = (
    <div className={media.length > 1 ? 'media gallery' : 'media'}>
      {media.map((medium, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the order is the author's and never changes on a rendered page
        <figure key={index}>
          <Medium medium={medium} original={original} />
          <MediaCaption medium={medium} most={media.length > 1 ? LONG_BELOW_SMALL : LONG_ALT} />
        </figure>
      ))}
    </div>
  )
  if (!sensitive && mediaWay() !== 'off') return gallery
  return (
    <details className="cover">
      <summary>{sensitive ? words.sensitive(media.length) : words.unasked(media.length)}</summary>
      {gallery}
    </details>
  )
}

function Medium({ medium, original }: { medium: Media; original: Original }) {
  const { kind, url, preview, mimeType } = medium
  if (kind === 'image') return <Picture medium={medium} href={url ?? preview} />
  if (kind === 'file') return <File medium={medium} original={original} />
  if (!url) return preview ? <Picture medium={medium} href={original.url} /> : <p className="absent">{words.notReady}</p>
  if (kind === 'audio') {
    // biome-ignore lint/a11y/useMediaCaption: captions are the author's to give; they are linked below the sound
    return <audio controls preload="none" src={url} title={medium.title ?? undefined} />
  }
  const streamed = HLS.test(mimeType ?? '')
  if (preview || streamed) return <Film medium={medium} streamed={streamed} original={original} url={url} />
  return (
    <video
      controls
      preload="none"
      playsInline
      loop={kind === 'gifv'}
      muted={kind === 'gifv'}
      src={url}
      title={medium.title ?? undefined}
      aria-label={medium.alt ?? undefined}
      {...sizeKept(medium)}
    >
      <Tracks medium={medium} />
    </video>
  )
}

/**
 * A film by its still, which unlike a poster is not fetched before it comes into sight. Without a script it leads to the
 * film itself, or where that comes in parts, to where it was posted; `reading/play-film.ts` plays it in its place.
 */
function Film({ medium, streamed, original, url }: { medium: Media; streamed: boolean; original: Original; url: string }) {
  const { kind, preview, captions, alt } = medium
  const loop = kind === 'gifv'
  const leaves = streamed && original.url !== null
  return (
    <a
      className="film"
      href={leaves ? (original.url ?? url) : url}
      rel="noreferrer"
      data-film={url}
      data-kind={[streamed && 'streamed', loop && 'loop'].filter(Boolean).join(' ') || undefined}
      data-captions={
        captions
          .filter(isHere)
          .map(({ language, url: at }) => `${language} ${at}`)
          .join(' ') || undefined
      }
      aria-label={preview ? undefined : (alt ?? undefined)}
    >
      {preview && <Still medium={medium} src={preview} />}
      <span data-play={loop ? words.playLoop : words.play}>{leaves ? original.label : loop ? words.playLoop : words.play}</span>
    </a>
  )
}

function Tracks({ medium: { captions } }: { medium: Media }) {
  return captions
    .filter(isHere)
    .map(({ language, url }) => <track key={url} kind="captions" srcLang={language} label={language} src={url} />)
}

/** A private file is opened where it was posted, by those who may. */
function File({ medium: { title, alt, mimeType, bytes, url }, original }: { medium: Media; original: Original }) {
  const said = [title ?? alt ?? words.aFile, mimeType, bytes !== null && sizeOf(bytes)].filter(Boolean).join(' · ')
  const href = url ?? original.url
  if (!href) return <p className="file">{said}</p>
  return (
    <a className="file" href={href} rel="noreferrer">
      {said}
    </a>
  )
}

function Picture({ medium, href }: { medium: Media; href: string | null }) {
  const src = medium.preview ?? medium.url
  if (!src) return <p className="absent">{words.pictureNotReady}</p>
  const still = <Still medium={medium} src={src} />
  if (!href) return still
  return (
    <a href={href} rel="noreferrer" aria-label={medium.alt ? undefined : words.pictureUndescribed}>
      {still}
    </a>
  )
}

function Still({ medium, src }: { medium: Media; src: string }) {
  return <img src={src} alt={medium.alt ?? ''} loading="lazy" decoding="async" referrerPolicy="no-referrer" {...sizeKept(medium)} />
}

/** The place kept free until the picture comes: of its own shape, or of one that it is then fitted into. */
function sizeKept({ width, height }: Media) {
  return width && height ? { width, height } : { width: 1600, height: 900, className: 'unsized' }
}

function sizeOf(bytes: number): string {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}
