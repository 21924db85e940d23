import type { ReactNode } from 'react'
import type { TimelinePost } from '#db/timeline'
import { PostReactions } from './post-reactions.tsx'
import { linkTo } from './post-time.tsx'
import { isoTime, timeBeside } from './when.ts'

type Props = { post: TimelinePost; openLabel: string; zone: string /** Links of our own, after the one way out. */; children?: ReactNode }

/** The one way out, and what is to be known about the post itself. */
export function PostFoot({ post, openLabel, zone, children }: Props) {
  const { url, replyCount, editedAt, publishedAt, firstSeenAt, sortAt, late, audience, reactions, recovered } = post
  return (
    <footer>
      {url ? (
        <a href={url} rel="noreferrer">
          {openLabel}
        </a>
      ) : (
        !children && <a href={linkTo(post)}>Link to this post</a>
      )}
      {children}
      {replyCount !== null && replyCount > 0 && <span>{replyCount === 1 ? '1 reply there' : `${replyCount} replies there`}</span>}
      <PostReactions reactions={reactions} />
      {editedAt && <span title={isoTime(editedAt, zone)}>edited {timeBeside(editedAt, sortAt, zone)}</span>}
      {late && <span className="amber">late, first seen {timeBeside(firstSeenAt, sortAt, zone)}</span>}
      {!publishedAt && <span className="amber">undated, first seen {timeBeside(firstSeenAt, sortAt, zone)}</span>}
      {recovered && <span>recovered after a disconnection</span>}
      {audience === 'members' && <span className="tag">members only</span>}
    </footer>
  )
}
