import type { Card } from '#db/post'
import type { Find } from '#lib/reading/search-marks'
import { Marked } from './marked.tsx'
import { embedStrings as words } from './strings/embeds.ts'
import { instantOf, shortDay } from './when.ts'

/** A link with what its page says of itself. */
export function PostCard({ card, zone, now, find }: { card: Card; zone: string; now: Date; find?: Find }) {
  const [published, updated] = [instantOf(card.publishedAt ?? null), instantOf(card.updatedAt ?? null)]
  const facts = [
    words.cards[card.kind],
    card.site,
    card.authors.length > 0 && words.by(card.authors),
    published && words.published(shortDay(published, zone, now)),
    updated && updated.getTime() !== published?.getTime() && words.updated(shortDay(updated, zone, now)),
    card.readingMinutes && words.readingTime(card.readingMinutes),
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
