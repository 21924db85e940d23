import type { Quote } from '#db/post'
import { PersonName } from './person-name.tsx'
import { Html } from './post-body.tsx'
import { PostMedia } from './post-media.tsx'
import { instantOf, isoTime, timeBeside } from './when.ts'

/** Why a quoted post is not shown, as its platform gave it. */
const reasons: Record<Exclude<Quote['state'], 'shown'>, string> = {
  pending: 'The author of the quoted post has not agreed to the quote yet.',
  rejected: 'The author of the quoted post did not agree to the quote.',
  revoked: 'The author of the quoted post has withdrawn it from this quote.',
  detached: 'The author of the quoted post has removed it from this quote.',
  deleted: 'The quoted post was deleted.',
  unauthorized: 'The quoted post may not be shown here.',
  blocked: 'The quoted post is from an account that blocks, or is blocked.',
  'not-found': 'The quoted post was not found.',
  muted: 'The quoted post is from a muted account.',
  nested: 'This quotes a post that quotes another.',
}

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
        {reasons[quote.state]}{' '}
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
