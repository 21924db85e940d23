import type { ReactNode } from 'react'
import type { Share } from '#db/post'
import type { TimelinePost } from '#db/timeline'
import type { Copies as FoldedCopies } from '#lib/reading/copies'
import type { Find } from '#lib/reading/search-marks'
import { Told } from './context-list.tsx'
import { Copies } from './copies.tsx'
import type { EntryMarks } from './entry-marks.ts'
import { type feedPlace, namedBy } from './feed-place.ts'
import { Flairs } from './flairs.tsx'
import { PersonName } from './person-name.tsx'
import { type Platform, platformOf } from './platform.ts'
import { PostContent } from './post-content.tsx'
import { PostFoot } from './post-foot.tsx'
import { PostReplyLine } from './post-reply-line.tsx'
import { PostTime, provenanceOf } from './post-time.tsx'
import { contextStrings } from './strings/context.ts'
import { postStrings as words } from './strings/post.ts'
import { timeBeside } from './when.ts'

type Props = {
  post: TimelinePost
  /** Of which it stands for all. */
  copies?: FoldedCopies
  /** What it answers, where that is here, the first said first. */
  earlier?: TimelinePost[]
  zone: string
  now: Date
  whole?: boolean
  marks?: EntryMarks | ReturnType<typeof feedPlace> | null
  /** What is looked for in it. */
  find?: Find
  /** A link of ours at its foot. */
  door?: ReactNode
}

/**
 * One post on the time rail. In the document stand author, text, time, handle, boosters, as readers who listen asked
 * for (https://github.com/mastodon/mastodon/issues/8192); the grid puts them where the eye expects them. An entry has
 * few elements, because rendering them is what limits how many readers a server can serve.
 */
export function PostItem({ post, copies, earlier = [], zone, now, whole = false, marks = null, find, door }: Props) {
  const platform = platformOf(post.platform, post.url)
  const shares = [post.share, ...post.sightings.map(({ share }) => share)].filter((share) => share !== null)
  const told = [post.author.handle, ...post.author.badges, post.place]
  const beside = [...new Set(told)].filter((word) => word && word !== post.author.name && !post.badges.includes(word))
  const provenance = provenanceOf([post])
  return (
    <article
      className="post"
      id={`l${post.id}`}
      data-platform={post.platform}
      data-network={platform.network}
      {...namedBy(post.id)}
      {...marks}
    >
      <PersonName
        id={`by${post.id}`}
        person={post.author}
        platform={post.platform}
        pictured={platform.shownAsIs}
        otherwise={post.place ?? (platform.network ? platform.name : words.unknownAuthor)}
      />
      <div className="said" id={`said${post.id}`}>
        <PostReplyLine replyTo={post.replyTo} author={post.author} />
        {earlier.length > 0 && (
          <details className="earlier" data-fold={`earlier-${post.id}`}>
            <summary>{contextStrings.showEarlier(earlier.length)}</summary>
            <Told posts={earlier} beside={post.sortAt} zone={zone} now={now} />
          </details>
        )}
        <PostContent post={post} zone={zone} now={now} whole={whole} find={find} />
        {copies && <Copies copies={copies} zone={zone} now={now} whole={whole} />}
      </div>
      <PostTime post={post} zone={zone} />
      <span className="handle" dir="auto">
        {platform.shownAsIs && post.author.url && beside[0] === post.author.handle ? (
          <>
            <a href={post.author.url} rel="noreferrer">
              {post.author.handle}
            </a>
            {beside.slice(1).map((word) => ` · ${word}`)}
          </>
        ) : (
          beside.join(' · ')
        )}
        <Flairs flairs={post.badges} after={beside.length > 0} />
      </span>
      <span className="platform" title={provenance ? words.seenIn(provenance) : undefined}>
        {platform.name}
      </span>
      {shares.length > 0 && <ShareLine platform={platform} shares={shares} original={post.originalAt} beside={post.sortAt} zone={zone} />}
      <PostFoot post={post} platform={platform} zone={zone}>
        {door}
      </PostFoot>
    </article>
  )
}

type Sharing = { platform: Platform; shares: Share[]; original: Date | null; beside: Date; zone: string }

/** Who passed the post on; with the original's time where the post stands at the time of the passing on. */
function ShareLine({ platform: { shareLabel, submitted }, shares, original, beside, zone }: Sharing) {
  const people = new Map(shares.map(({ by }) => [by.id, by]))
  const [first, second, ...more] = people.values()
  return (
    <p className="relation share">
      {shareLabel} {first && <PersonName person={first} />}
      {second && more.length === 0 && (
        <>
          {words.and}
          <PersonName person={second} />
        </>
      )}
      {more.length > 0 && words.andOthers(more.length + 1)}
      {original && (
        <>
          {words.firstSaid}
          <time dateTime={original.toISOString()}>{timeBeside(original, beside, zone)}</time>
          {submitted && words.asStated}
        </>
      )}
    </p>
  )
}
