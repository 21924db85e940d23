import type { Media } from '#db/post'
import { postStrings as words } from './strings/post.ts'

/**
 * The description, for those who see the picture too; or that there is none, because that is the author's to mend. A
 * long one is one key away.
 */
export function MediaCaption({ medium, most }: { medium: Media; most: number }) {
  const { kind, alt, durationSeconds, captions } = medium
  const seen = kind !== 'file' && kind !== 'audio'
  const told = kind === 'file' && !medium.title
  const elsewhere = captions.filter((one) => !isHere(one))
  if (!seen && (!alt || told) && !durationSeconds && captions.length === 0) return null
  const length = durationSeconds ? clockOf(durationSeconds) : ''
  return (
    <figcaption>
      {length && <span className="length">{length}</span>}
      {alt && alt.length > most ? (
        <details className="alt">
          <summary dir="auto">{beginningOf(alt, most)}</summary>
          <p dir="auto">{alt}</p>
        </details>
      ) : alt ? (
        <span className="alt" dir="auto" aria-hidden="true">
          {alt}
        </span>
      ) : (
        seen && <span>{words.noDescription}</span>
      )}
      {elsewhere.map(({ language, url }) => (
        <a key={url} href={url} rel="noreferrer">
          {words.captions(language)}
        </a>
      ))}
    </figcaption>
  )
}

/** Captions from elsewhere are not let into a film of ours. */
export function isHere({ url }: { url: string }): boolean {
  return url.startsWith('/')
}

function beginningOf(alt: string, most: number): string {
  return `${alt.slice(0, most * 0.75).replace(/\s+\S*$/, '')}…`
}

/** `1:02:03` or `2:03` */
function clockOf(seconds: number): string {
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.round(seconds) % 60]
  const two = (part: number) => String(part).padStart(2, '0')
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}
