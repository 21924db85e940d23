import { Fragment } from 'react'
import type { TimelinePost } from '#db/timeline'
import { fold, lengthOf, type Stretch } from '#lib/fold'
import { askedMark } from './asked.ts'
import { ConversationLinks } from './conversation-links.tsx'
import type { EntryProps } from './entry-item.tsx'
import { entryMarks } from './entry-marks.ts'
import { namedBy } from './feed-place.ts'
import { mutedRuns } from './mute-of.ts'
import { nickClass } from './nick-class.ts'
import { platformOf } from './platform.ts'
import { Html } from './post-body.tsx'
import { PostMedia } from './post-media.tsx'
import { PostMenu } from './post-menu.tsx'
import { PostReactions } from './post-reactions.tsx'
import { PostReplyLine } from './post-reply-line.tsx'
import { linkTo, PostTime, provenanceOf } from './post-time.tsx'
import { type Removed, RemovedLines, removedFrom } from './removed.tsx'
import { StarMark } from './star-mark.tsx'
import { postStrings as words } from './strings/post.ts'
import { preferencesStrings } from './strings/preferences.ts'
import { clock, isoTime, timeBeside } from './when.ts'

/** What is worth seeing though it stands in the middle: what one can follow or copy. */
const WORTH = /<(a|code|pre)[ >]/

/** A stretch of a channel: lines under each other, folded after the first few. It stands at the time of its first line. */
export function Chat({ entry, zone, now, whole = false, at }: EntryProps) {
  const { posts, platform, count, people, lastAt } = entry
  const [first] = posts
  if (!first) return null
  const { name, openLabel } = platformOf(platform)
  const title = first.conversation?.title ?? first.place ?? name
  const removed = removedFrom(entry)
  const stretches = fold(
    posts,
    whole ? { count, first: posts.length, last: 0 } : { count, first: 3, last: 1, keep: ({ html }) => WORTH.test(html) },
  )
  const facts = [first.place !== title && first.place, words.people(people), words.messages(count, timeBeside(lastAt, first.sortAt, zone))]
  return (
    <article className="post" id={`post-${entry.id}`} {...namedBy(entry.id)} {...entryMarks(entry, at)}>
      <b className="name" id={`by${entry.id}`} dir="auto">
        {title}
      </b>
      <div className="said" id={`said${entry.id}`}>
        {whole && (
          <p className="elsewhere">
            <ConversationLinks entry={entry} whole logged="logged" />
          </p>
        )}
        <PostReplyLine replyTo={first.replyTo} author={first.author} />
        <div className="chat">
          {stretches.map((stretch) => (
            <ChatStretch
              key={(stretch.before[0] ?? stretch.after[0] ?? first).id}
              stretch={stretch}
              entryId={entry.id}
              removed={removed}
              zone={zone}
              now={now}
            />
          ))}
          {removed.has('end') && (
            <ol>
              <RemovedLines as="li" places={removed.get('end')} zone={zone} />
            </ol>
          )}
        </div>
      </div>
      <PostTime post={first} href={`/p/${entry.id}`} until={lastAt} zone={zone} />
      <span className="handle" dir="auto">
        {facts.filter(Boolean).join(' · ')}
      </span>
      <span className="platform" title={words.seenIn(provenanceOf(posts))}>
        {name}
      </span>
      <footer>
        {first.url && (
          <a href={first.url} rel="noreferrer">
            {openLabel}
          </a>
        )}
        {!whole && <ConversationLinks entry={entry} whole={false} logged="logged" />}
        {posts.some(({ audience }) => audience === 'members') && <span className="tag">{words.membersOnly}</span>}
        <PostMenu post={first} />
      </footer>
    </article>
  )
}

type StretchProps = { stretch: Stretch; entryId: number; removed: Removed; zone: string; now: Date }

function ChatStretch({ stretch, entryId, removed, zone, now }: StretchProps) {
  const { folded, before, missing, after } = stretch
  if (!folded) return <Lines posts={before} removed={removed} zone={zone} now={now} />
  const count = lengthOf(stretch)
  return (
    <details data-fold={`lines-${before[0]?.id ?? after[0]?.id}`}>
      <summary>{words.moreMessages(count)}</summary>
      <Lines posts={before} removed={removed} zone={zone} now={now} />
      {missing > 0 && (
        <p className="elsewhere">
          <a href={`/p/${entryId}`}>{words.messagesBetween(missing)}</a>
        </p>
      )}
      {after.length > 0 && <Lines posts={after} removed={removed} zone={zone} now={now} />}
    </details>
  )
}

/** Lines under each other; those that their reader muted stand folded in their place. */
function Lines({ posts, removed, zone, now }: { posts: TimelinePost[]; removed: Removed; zone: string; now: Date }) {
  const inTurn = (some: TimelinePost[]) =>
    some.map((post, index) => (
      <Fragment key={post.id}>
        <RemovedLines as="li" places={removed.get(post.id)} zone={zone} />
        <Line post={post} previous={some[index - 1] ?? null} zone={zone} />
      </Fragment>
    ))
  return (
    <ol>
      {mutedRuns(posts, now).map(({ muted, posts: run }) =>
        muted ? (
          <li key={run[0]?.id} className="muted-lines">
            <details>
              <summary>{preferencesStrings.mutes.lines(run.length)}</summary>
              <ol>{inTurn(run)}</ol>
            </details>
          </li>
        ) : (
          inTurn(run)
        ),
      )}
    </ol>
  )
}

/** One line. Who says the next thing, too, is not named again; who acts is named in what they do. */
function Line({ post, previous, zone }: { post: TimelinePost; previous: TimelinePost | null; zone: string }) {
  const { id, kind, author, html, sortAt, recovered, editedAt, media, reactions } = post
  const nick = author.name || author.handle || words.somebody
  const goesOn =
    kind === 'message' && previous?.kind === 'message' && previous.author.id === author.id && previous.author.name === author.name
  const classes = [kind, recovered && 'recovered'].filter((word) => word && word !== 'message' && word !== 'post').join(' ')
  return (
    <li id={`l${id}`} {...askedMark(id)} className={classes || undefined}>
      <a className="at" href={linkTo(post)} title={recovered ? words.recoveredAt(isoTime(sortAt, zone)) : isoTime(sortAt, zone)}>
        {clock(sortAt, zone)}
      </a>
      {!goesOn && (
        <b className={nickClass(nick)} title={[nick, ...author.badges].join(', ')}>
          {kind === 'action' && '* '}
          {nick}
          <StarMark person={author} platform={post.platform} />
        </b>
      )}
      <div>
        {kind === 'topic' && words.changedTopic}
        <Html className="text" html={html} lang={post.language ?? undefined} />
        {media.length > 0 && <PostMedia media={media} sensitive={post.sensitive} original={{ url: post.url, label: words.openOriginal }} />}
        {reactions.length > 0 && <PostReactions reactions={reactions} />}
        {!goesOn && author.badges.length > 0 && <small>{author.badges.join(' · ')}</small>}
        {editedAt && <small>{words.edited}</small>}
        {recovered && !previous?.recovered && <small>{words.recoveredLine}</small>}
      </div>
    </li>
  )
}
