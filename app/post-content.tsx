import type { TimelinePost } from '#db/timeline'
import { platformOf } from './platform.ts'
import { Html } from './post-body.tsx'
import { PostCard } from './post-card.tsx'
import { PostMedia } from './post-media.tsx'
import { PostPoll } from './post-poll.tsx'
import { PostQuote } from './post-quote.tsx'

type Props = { post: TimelinePost; zone: string; now: Date }

/** All that a post says, under the cover that its author gave it. */
export function PostContent({ post, zone, now }: Props) {
  if (!post.contentWarning) return <Uncovered post={post} zone={zone} now={now} />
  return (
    <details className="cover">
      <summary dir="auto">{post.contentWarning}</summary>
      <Uncovered post={post} zone={zone} now={now} />
    </details>
  )
}

function Uncovered({ post, zone, now }: Props) {
  const text = post.text.toLowerCase()
  const tags = post.tags.filter((tag) => !text.includes(`#${tag.toLowerCase()}`))
  const original = { url: post.url, label: platformOf(post.platform).openLabel }
  return (
    <>
      {post.title && (
        <h3 lang={post.language ?? undefined} dir="auto">
          {post.title}
        </h3>
      )}
      {post.html && <Html className="text" html={post.html} lang={post.language ?? undefined} />}
      {tags.length > 0 && <p className="tags">{tags.map((tag) => `#${tag}`).join(' ')}</p>}
      <PostMedia media={post.media} sensitive={post.sensitive} original={original} />
      {post.poll && <PostPoll poll={post.poll} zone={zone} now={now} />}
      {post.card && <PostCard card={post.card} />}
      {post.quote && <PostQuote quote={post.quote} original={original} beside={post.sortAt} zone={zone} />}
      {post.unsupported && (
        <p className="quote">
          {post.unsupported}
          {post.url && (
            <>
              {' — '}
              <a href={post.url} rel="noreferrer">
                {original.label}
              </a>
            </>
          )}
        </p>
      )}
    </>
  )
}
