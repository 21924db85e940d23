import type { Quote } from '#db/post'
import { PersonName } from './person-name.tsx'
import { Html } from './post-body.tsx'
import { PostMedia } from './post-media.tsx'
import { embedStrings as words } from './strings/embeds.ts'
import { instantOf, isoTime, timeBeside } from './when.ts'

/** The quoted post, one level deep, or the reason why there is none. */
export function PostQuote({
  quote,
  original,
  beside,
  zone,
}: {
  quote: Quote
  original: { url: string | null; label: string }
  beside: Date
  zone: string
}) {
  if (quote.state !== 'shown') {
    return (
      <p className="quote absent">
        {words.notShown[quote.state]}{' '}
        {quote.url && (
          <a href={quote.url} rel="noreferrer">
            {original.label}
          </a>
        )}
      </p>
    )
  }
  const at = instantOf(quote.publishedAt)
  const content = (
    <>
      {quote.title && <b dir="auto">{quote.title}</b>}
      {quote.html && <Html className="text" html={quote.html} />}
      <PostMedia media={quote.media} sensitive={quote.sensitive} original={{ ...original, url: quote.url }} />
    </>
  )
  return (
    <blockquote className="quote" cite={quote.url ?? undefined}>
      <p className="quoted">
        <PersonName person={quote.author} /> <span className="handle">{quote.author.handle}</span>{' '}
        {at && quote.url && (
          <a href={quote.url} rel="noreferrer" title={isoTime(at, zone)}>
            <time dateTime={at.toISOString()}>{timeBeside(at, beside, zone)}</time>
          </a>
        )}
      </p>
      {quote.contentWarning ? (
        <details className="cover">
          <summary dir="auto">{quote.warningHtml ? <Html as="span" html={quote.warningHtml} /> : quote.contentWarning}</summary>
          {content}
        </details>
      ) : (
        content
      )}
    </blockquote>
  )
}
