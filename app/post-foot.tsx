import type { TimelinePost } from '#db/timeline'
import { isoTime, timeBeside } from './when.ts'

/** The one way out, and what is to be known about the post itself. */
export function PostFoot({ post, openLabel, zone }: { post: TimelinePost; openLabel: string; zone: string }) {
  const { url, replyCount, editedAt, publishedAt, firstSeenAt, sortAt, late, audience, reactions, recovered } = post
  return (
    <footer>
      {url && (
        <a href={url} rel="noreferrer">
          {openLabel}
        </a>
      )}
      {replyCount !== null && replyCount > 0 && <span>{replyCount === 1 ? '1 reply there' : `${replyCount} replies there`}</span>}
      {reactions.map(({ emoji, image, count }) => (
        <span key={emoji}>
          {image ? <img className="emoji" src={image} alt={emoji} loading="lazy" referrerPolicy="no-referrer" /> : emoji} {count}
        </span>
      ))}
      {editedAt && <span title={isoTime(editedAt, zone)}>edited {timeBeside(editedAt, sortAt, zone)}</span>}
      {late && <span className="amber">late, first seen {timeBeside(firstSeenAt, sortAt, zone)}</span>}
      {!publishedAt && <span className="amber">undated, first seen {timeBeside(firstSeenAt, sortAt, zone)}</span>}
      {recovered && <span>recovered after a disconnection</span>}
      {audience === 'members' && <span className="tag">members only</span>}
    </footer>
  )
}
