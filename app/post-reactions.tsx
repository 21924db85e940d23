import type { Reaction } from '#db/post'

/** What people answered with, and how many; who, is nobody's business. */
export function PostReactions({ reactions }: { reactions: Reaction[] }) {
  return reactions.map(({ emoji, image, count }) => (
    <span key={emoji} className="reaction">
      {image ? <img className="emoji" src={image} alt={emoji} loading="lazy" referrerPolicy="no-referrer" width={20} height={20} /> : emoji}{' '}
      {count}
    </span>
  ))
}
