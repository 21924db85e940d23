import type { ReactNode } from 'react'
import type { TimelinePost } from '#db/timeline'
import type { Platform } from './platform.ts'
import { PostMenu } from './post-menu.tsx'
import { PostReactions } from './post-reactions.tsx'
import { postStrings as words } from './strings/post.ts'
import { isoTime, timeBeside } from './when.ts'

type Props = {
  post: TimelinePost
  platform: Platform
  zone: string
  /** How many answers stand below it, where answers do. */
  answersHere?: number | null
  /** Links of our own, after the one way out. */
  children?: ReactNode
}

/** What is told so long after it was said was not late, but taken from elsewhere (bluesky-social/social-app#6197). */
const IMPORTED_MS = 86_400_000

/** The one way out, and what is to be known about the post itself. */
export function PostFoot({ post, platform, zone, answersHere = null, children }: Props) {
  const { url, editedAt, publishedAt, firstSeenAt, sortAt, late, audience, reactions, recovered } = post
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
      {answersHere === null ? (
        <Answers post={post} platform={platform} />
      ) : (
        (post.replyCount ?? 0) > answersHere && <span>{words.notLoaded((post.replyCount ?? 0) - answersHere)}</span>
      )}
      <PostReactions reactions={reactions} />
      {editedAt && (
        <span title={isoTime(editedAt, zone)}>
          {words.edited} {timeBeside(editedAt, sortAt, zone)}
        </span>
      )}
      {late && publishedAt && <span className="amber">{imported ? words.imported(firstSeen) : words.late(firstSeen)}</span>}
      {!publishedAt && <span className="amber">{words.undated(firstSeen)}</span>}
      {platform.submitted && <span>{words.submitted}</span>}
      {recovered && <span>{words.recovered}</span>}
      {audience === 'members' && <span className="tag">{words.membersOnly}</span>}
      <PostMenu post={post} named={!url && !children} />
    </footer>
  )
}

/** How many answers there are where it was posted; a number that people look for is the way to them. */
function Answers({ post: { url, replyCount }, platform: { answersCalled, countsAnswers } }: Pick<Props, 'post' | 'platform'>) {
  if (replyCount === 0 || (replyCount === null && !countsAnswers)) return null
  const number = replyCount === null ? words.answersUncounted(answersCalled) : words.answersThere(replyCount, answersCalled)
  if (!countsAnswers || !url) return <span>{number}</span>
  return (
    <a href={url} rel="noreferrer" title={replyCount === null ? words.answersUncountedWhy : undefined}>
      {number}
    </a>
  )
}
