import type { Share } from '#db/post'
import type { TimelinePost } from '#db/timeline'
import { PersonName } from './person-name.tsx'
import { platformOf } from './platform.ts'
import { Html } from './post-body.tsx'
import { PostCard } from './post-card.tsx'
import { PostFoot } from './post-foot.tsx'
import { PostMedia } from './post-media.tsx'
import { PostPoll } from './post-poll.tsx'
import { PostQuote } from './post-quote.tsx'
import { clock, isoTime, timeBeside } from './when.ts'

/**
 * One post on the time rail. In the document stand author, text, time, handle, boosters, as readers who listen asked
 * for (https://github.com/mastodon/mastodon/issues/8192); the grid puts them where the eye expects them. An entry has
 * few elements, because rendering them is what limits how many readers a server can serve.
 */
export function PostItem({ post, zone, now }: { post: TimelinePost; zone: string; now: Date }) {
  const platform = platformOf(post.platform)
  const shares = [post.share, ...post.sightings.map(({ share }) => share)].filter((share) => share !== null)
  const beside = [post.author.handle, ...post.author.badges, post.author.name === post.place ? null : post.place, ...post.badges]
  const provenance = [...new Set(post.sightings.map(({ source, rule }) => (rule ? `${source} (${rule})` : source)))].join(', ')
  const time = <time dateTime={post.sortAt.toISOString()}>{clock(post.sortAt, zone)}</time>
  const tip = [
    post.publishedAt ? `published ${isoTime(post.publishedAt, zone)}` : 'the platform gives no time',
    `first seen ${isoTime(post.firstSeenAt, zone)}`,
    provenance && `in ${provenance}`,
  ]
    .filter(Boolean)
    .join('\n')
  return (
    <article className="post" id={`post-${post.id}`} data-platform={post.platform}>
      <PersonName person={post.author} otherwise={post.place ?? 'Unknown author'} />
      <div className="said">
        <ReplyLine post={post} />
        {post.contentWarning ? (
          <details className="cover">
            <summary dir="auto">{post.contentWarning}</summary>
            <PostContent post={post} zone={zone} now={now} />
          </details>
        ) : (
          <PostContent post={post} zone={zone} now={now} />
        )}
      </div>
      {post.url ? (
        <a className="when" href={post.url} rel="noreferrer" data-tip={tip}>
          {time}
        </a>
      ) : (
        <span className="when" data-tip={tip}>
          {time}
        </span>
      )}
      <span className="handle" dir="auto">
        {[...new Set(beside)].filter((word) => word && word !== post.author.name).join(' · ')}
      </span>
      <span className="platform" title={provenance ? `Seen in ${provenance}` : undefined}>
        {platform.name}
      </span>
      {shares.length > 0 && <ShareLine shares={shares} original={post.originalAt} beside={post.sortAt} zone={zone} />}
      <PostFoot post={post} openLabel={platform.openLabel} zone={zone} />
    </article>
  )
}

function PostContent({ post, zone, now }: { post: TimelinePost; zone: string; now: Date }) {
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

function ReplyLine({ post: { replyTo } }: { post: TimelinePost }) {
  if (!replyTo) return null
  if (replyTo.state === 'unavailable') return <p className="relation">Replying to a post that is unavailable</p>
  const whom = replyTo.author ? replyTo.author.handle || replyTo.author.name : 'an earlier post'
  return (
    <p className="relation">
      Replying to{' '}
      {replyTo.url ? (
        <a href={replyTo.url} rel="noreferrer">
          {whom}
        </a>
      ) : (
        whom
      )}
      {replyTo.text && (
        <>
          : <bdi>{replyTo.text}</bdi>
        </>
      )}
    </p>
  )
}

/** Who passed the post on; with the original's time where the post stands at the time of the passing on. */
function ShareLine({ shares, original, beside, zone }: { shares: Share[]; original: Date | null; beside: Date; zone: string }) {
  const people = new Map(shares.map(({ by }) => [by.id, by]))
  const [first, second, ...more] = people.values()
  return (
    <p className="relation share">
      Reposted by {first && <PersonName person={first} />}
      {second && more.length === 0 && (
        <>
          {' and '}
          <PersonName person={second} />
        </>
      )}
      {more.length > 0 && ` and ${more.length + 1} others`}
      {original && (
        <>
          {' · first said '}
          <time dateTime={original.toISOString()}>{timeBeside(original, beside, zone)}</time>
        </>
      )}
    </p>
  )
}
