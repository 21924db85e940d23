import type { ReactNode } from 'react'
import type { TimelinePost } from '#db/timeline'
import type { Platform } from './platform.ts'
import { PostMenu } from './post-menu.tsx'
import { PostReactions } from './post-reactions.tsx'
import { postStrings as words } from './strings/post.ts'
import { isoTime, timeBeside } from './when.ts'

type Props = { post: TimelinePost; platform: Platform; zone: string /** Links of our own, after the one way out. */; children?: ReactNode }

/** What is told so long after it was said was not late, but taken from elsewhere (bluesky-social/social-app#6197). */
const IMPORTED_MS = 86_400_000

/** The one way out, and what is to be known about the post itself. */
export function PostFoot({ post, platform, zone, children }: Props) {
  const { url, replyCount, editedAt, publishedAt, firstSeenAt, sortAt, late, audience, reactions, recovered } = post
  const firstSeen = timeBeside(firstSeenAt, sortAt, zone)
  const imported = firstSeenAt.getTime() - sortAt.getTime() > IMPORTED_MS
  return (
    <footer>
      {url && (
        <a href={url} rel="noreferrer">
          {platform.openLabel}
        </a>
      )}
      {children}
      {replyCount !== null && replyCount > 0 && <span>{words.answersThere(replyCount, platform.answersCalled)}</span>}
      <PostReactions reactions={reactions} />
      {editedAt && (
        <span title={isoTime(editedAt, zone)}>
          {words.edited} {timeBeside(editedAt, sortAt, zone)}
        </span>
      )}
      {late && publishedAt && <span className="amber">{imported ? words.imported(firstSeen) : words.late(firstSeen)}</span>}
      {!publishedAt && <span className="amber">{words.undated(firstSeen)}</span>}
      {recovered && <span>{words.recovered}</span>}
      {audience === 'members' && <span className="tag">{words.membersOnly}</span>}
      <PostMenu post={post} named={!url && !children} />
    </footer>
  )
}
