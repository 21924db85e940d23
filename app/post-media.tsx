import type { Media } from '#db/post'

type Original = { url: string | null; label: string }

/** Film in HLS, which most browsers play only with a script: its still leads to where it plays. */
const HLS = /mpegurl/i
/** Descriptions beyond this are folded after their beginning; screen readers hear them whole. */
const LONG_ALT = 180

/** Pictures, films and sound of a post, covered where they are sensitive. Nothing plays or loads by itself. */
export function PostMedia({ media, sensitive, original }: { media: Media[]; sensitive: boolean; original: Original }) {
  if (media.length === 0) return null
  const gallery = (
    <div className={media.length > 1 ? 'media gallery' : 'media'}>
      {media.map((medium, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the order is the author's and never changes on a rendered page
        <figure key={index}>
          <Medium medium={medium} original={original} />
          <Caption medium={medium} />
        </figure>
      ))}
    </div>
  )
  if (!sensitive) return gallery
  return (
    <details className="cover">
      <summary>{media.length === 1 ? 'Sensitive picture or film' : `${media.length} sensitive pictures or films`}</summary>
      {gallery}
    </details>
  )
}

function Medium({ medium, original }: { medium: Media; original: Original }) {
  const { kind, url, preview, mimeType } = medium
  const title = medium.title ?? undefined
  if (kind === 'image') return <Picture medium={medium} href={url ?? preview} />
  if (kind === 'file') {
    const words = [medium.title ?? medium.alt ?? 'A file', mimeType, medium.bytes !== null && sizeOf(medium.bytes)]
      .filter(Boolean)
      .join(' · ')
    // A private file is opened where it was posted, by those who may.
    const href = url ?? original.url
    if (!href) return <p className="file">{words}</p>
    return (
      <a className="file" href={href} rel="noreferrer">
        {words}
      </a>
    )
  }
  if (!url) return preview ? <Picture medium={medium} href={original.url} /> : <p className="absent">Not ready yet where it was posted</p>
  if (kind === 'audio') {
    // biome-ignore lint/a11y/useMediaCaption: captions are the author's to give; they are linked below the sound
    return <audio controls preload="none" src={url} title={title} />
  }
  if (mimeType && HLS.test(mimeType)) {
    return (
      <a className="film" href={original.url ?? url} rel="noreferrer">
        {preview && <Still medium={medium} src={preview} />}
        <span>{original.label}</span>
      </a>
    )
  }
  return (
    <video
      controls
      preload="none"
      playsInline
      loop={kind === 'gifv'}
      muted={kind === 'gifv'}
      src={url}
      poster={preview ?? undefined}
      title={title}
      aria-label={medium.alt ?? undefined}
      {...sizeKept(medium)}
    />
  )
}

function Picture({ medium, href }: { medium: Media; href: string | null }) {
  const src = medium.preview ?? medium.url
  if (!src) return <p className="absent">A picture that is not ready yet where it was posted</p>
  const still = <Still medium={medium} src={src} />
  if (!href) return still
  return (
    <a href={href} rel="noreferrer" aria-label={medium.alt ? undefined : 'Picture without a description'}>
      {still}
    </a>
  )
}

function Still({ medium, src }: { medium: Media; src: string }) {
  return <img src={src} alt={medium.alt ?? ''} loading="lazy" decoding="async" referrerPolicy="no-referrer" {...sizeKept(medium)} />
}

/** The description, for those who see the picture too; or that there is none, because that is the author's to mend. */
function Caption({ medium }: { medium: Media }) {
  const { kind, alt, durationSeconds, captions } = medium
  const seen = kind !== 'file' && kind !== 'audio'
  const told = kind === 'file' && !medium.title
  if (!seen && (!alt || told) && !durationSeconds && captions.length === 0) return null
  const words = alt || (seen ? 'no description' : '')
  const length = durationSeconds ? clockOf(durationSeconds) + (words && ' · ') : ''
  return (
    <figcaption>
      {length}
      {alt && alt.length > LONG_ALT ? (
        <details>
          <summary>{beginningOf(alt)}</summary>
          {alt}
        </details>
      ) : (
        <span dir="auto" aria-hidden={alt ? true : undefined}>
          {words}
        </span>
      )}
      {captions.map(({ language, url }) => (
        <a key={url} href={url} rel="noreferrer">
          captions ({language})
        </a>
      ))}
    </figcaption>
  )
}

/** The place kept free until the picture comes: of its own shape, or of one that it is then fitted into. */
function sizeKept({ width, height }: Media) {
  return width && height ? { width, height } : { width: 1600, height: 900, className: 'unsized' }
}

function beginningOf(alt: string): string {
  return `${alt.slice(0, LONG_ALT - 40).replace(/\s+\S*$/, '')}…`
}

/** `1:02:03` or `2:03` */
function clockOf(seconds: number): string {
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.round(seconds) % 60]
  const two = (part: number) => String(part).padStart(2, '0')
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

function sizeOf(bytes: number): string {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}
