import type { Card } from '#db/post'

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
export function PostCard({ card }: { card: Card }) {
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
        <b>{card.title || card.url}</b>
        {card.description && <span className="described">{card.description}</span>}
        <small>{facts.filter(Boolean).join(' · ')}</small>
      </span>
    </a>
  )
}
