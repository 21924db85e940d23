import type { TimelinePost } from '#db/timeline'
import type { Find } from '#lib/reading/search-marks'
import { tagsHere } from '#lib/reading/tags-here'
import { hrefFor } from './address.ts'
import { Marked } from './marked.tsx'
import { platformOf } from './platform.ts'
import { Html } from './post-body.tsx'
import { PostCard } from './post-card.tsx'
import { PostMedia } from './post-media.tsx'
import { PostPoll } from './post-poll.tsx'
import { PostQuote } from './post-quote.tsx'
import { postStrings as words } from './strings/post.ts'

type Props = { post: TimelinePost; zone: string; now: Date /** On its own page nothing is folded. */; whole?: boolean; find?: Find }

/** Longer texts are folded after about as much. */
const LONG_TEXT = 600

/** All that a post says, under the cover that its author gave it. */
export function PostContent(props: Props) {
  const { contentWarning, warningHtml } = props.post
  if (!contentWarning) return <Uncovered {...props} />
  return (
    <details className="cover">
      <summary dir="auto">{warningHtml ? <Html as="span" html={warningHtml} /> : contentWarning}</summary>
      <Uncovered {...props} />
    </details>
  )
}

function Uncovered({ post, zone, now, whole = false, find }: Props) {
  const text = post.text.toLowerCase()
  const tags = post.tags.filter((tag) => !text.includes(`#${tag.toLowerCase()}`))
  const original = { url: post.url, label: platformOf(post.platform, post.url).openLabel }
  return (
    <>
      {post.title && (
        <h3 lang={post.language ?? undefined} dir="auto">
          <Marked text={post.title} find={find} />
        </h3>
      )}
      {post.html && <Html className="text" html={tagsHere(post, (tag) => hrefFor({ tags: [tag] }))} lang={post.language ?? undefined} />}
      {!whole && post.text.length > LONG_TEXT && <Unfold fold={`long-${post.id}`} />}
      {tags.length > 0 && (
        <p className="tags">
          {tags.map((tag) => (
            <a key={tag} href={hrefFor({ tags: [tag] })}>
              #{tag}
            </a>
          ))}
        </p>
      )}
      <PostMedia media={post.media} sensitive={post.sensitive} original={original} />
      {post.poll && <PostPoll poll={post.poll} zone={zone} now={now} />}
      {post.card && <PostCard card={post.card} zone={zone} now={now} find={find} />}
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

/**
 * Unfolds the text before it, which post.css cuts off as long as this is closed: no HTML is cut, who listens hears all of
 * it, and a link that is reached by keyboard comes into sight.
 */
function Unfold({ fold }: { fold: string }) {
  return (
    <details className="unfold" data-fold={fold}>
      <summary>
        <span>{words.showMore}</span>
        <span>{words.showLess}</span>
      </summary>
    </details>
  )
}
