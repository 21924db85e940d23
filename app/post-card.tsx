import type { Card } from '#db/post'
import type { Find } from '#lib/search-marks'
import { Marked } from './marked.tsx'

/** What a platform embeds of its own, in the reader's words; a page says nothing. */
const kinds: Record<Card['kind'], string | null> = {
  link: null,
  photo: null,
  video: 'Video',
  feed: 'Feed',
  list: 'List',
  labeler: 'Labeler',
  'starter-pack': 'Starter pack',
}

/** A link with what its page says of itself. */
export function PostCard({ card, find }: { card: Card; find?: Find }) {
  const facts = [
    kinds[card.kind],
    card.site,
    card.authors.length > 0 && `by ${card.authors.join(', ')}`,
    card.readingMinutes && `${card.readingMinutes} min read`,
  ]
  return (
    <a className={card.image ? 'card pictured' : 'card'} href={card.url} rel="noreferrer">
      {card.image && <img src={card.image} alt="" loading="lazy" decoding="async" referrerPolicy="no-referrer" width={112} height={76} />}
      <span dir="auto">
        <b>
          <Marked text={card.title || card.url} find={find} />
        </b>
        {card.description && (
          <span className="described">
            <Marked text={card.description} find={find} />
          </span>
        )}
        <small>{facts.filter(Boolean).join(' · ')}</small>
      </span>
    </a>
  )
}
