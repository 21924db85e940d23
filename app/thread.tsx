import { Fragment } from 'react'
import type { TimelinePost } from '#db/timeline'
import { fold, lengthOf } from '#lib/reading/fold'
import { askedMark } from './asked.ts'
import { ConversationLinks } from './conversation-links.tsx'
import type { EntryProps } from './entry-item.tsx'
import { entryMarks } from './entry-marks.ts'
import { namedBy } from './feed-place.ts'
import { Flairs } from './flairs.tsx'
import { endOf } from './mute-list.tsx'
import { mutedRuns, muteOfPost } from './mute-of.ts'
import { PersonName } from './person-name.tsx'
import { platformOf } from './platform.ts'
import { PostContent } from './post-content.tsx'
import { PostFoot } from './post-foot.tsx'
import { PostReactions } from './post-reactions.tsx'
import { PostReplyLine } from './post-reply-line.tsx'
import { linkTo, PostTime, provenanceOf } from './post-time.tsx'
import { RemovedLines, removedFrom } from './removed.tsx'
import { postStrings as words } from './strings/post.ts'
import { preferencesStrings } from './strings/preferences.ts'
import { isoTime, timeBeside } from './when.ts'

const { mutes } = preferencesStrings

/** A first post and what was answered: the last two answers in sight, those before unfold in place. */
export function Thread({ entry, zone, now, whole = false, at }: EntryProps) {
  const { posts, platform, count, people, lastAt } = entry
  const [root, ...replies] = posts
  if (!root) return null
  const { name } = platformOf(platform)
  const title = root.conversation?.title ?? root.place ?? name
  const beside = [root.place, nameOf(root), ...root.author.badges]
  const rest = count - 1
  const stretches = fold(replies, { count: rest, first: whole ? replies.length : 0, last: 2 })
  const facts = rest > 0 ? [words.answers(rest), words.people(people), words.lastAt(timeBeside(lastAt, root.sortAt, zone))] : []
  const replied = (some: TimelinePost[]) =>
    some.map((post) => (
      <Fragment key={post.id}>
        <RemovedLines as="p" places={removed.get(post.id)} zone={zone} />
        <Reply post={post} root={root} zone={zone} now={now} whole={whole} />
      </Fragment>
    ))
  const inTurn = (some: TimelinePost[]) =>
    mutedRuns(some, now).map(({ muted, posts: run }) =>
      muted ? (
        <details key={run[0]?.id} className="muted-lines">
          <summary>{mutes.replies(run.length)}</summary>
          {replied(run)}
        </details>
      ) : (
        replied(run)
      ),
    )
  const removed = removedFrom(entry)
  const rootMute = whole ? null : muteOfPost(root, now)
  return (
    <article className="post" id={`l${root.id}`} {...namedBy(root.id)} {...entryMarks(entry, at)}>
      <b className="name" id={`by${root.id}`} dir="auto">
        {title}
      </b>
      <div className={root.kind === 'action' ? 'said action' : 'said'} id={`said${root.id}`}>
        <PostReplyLine replyTo={root.replyTo} author={root.author} />
        <RemovedLines as="p" places={removed.get(root.id)} zone={zone} />
        {rootMute ? (
          <details className="muted-lines">
            <summary>{mutes.muted(rootMute, endOf(rootMute, zone, now))}</summary>
            <PostContent post={root} zone={zone} now={now} whole={whole} />
          </details>
        ) : (
          <PostContent post={root} zone={zone} now={now} whole={whole} />
        )}
        {(replies.length > 0 || removed.has('end')) && (
          <div className="thread">
            {stretches.map((stretch) =>
              stretch.folded ? (
                <details key="folded">
                  <summary>{words.moreReplies(lengthOf(stretch))}</summary>
                  {inTurn(stretch.before)}
                  {stretch.missing > 0 && (
                    <p className="elsewhere">
                      <a href={`/p/${entry.id}`}>{words.repliesBetween(stretch.missing)}</a>
                    </p>
                  )}
                  {inTurn(stretch.after)}
                </details>
              ) : (
                inTurn(stretch.before)
              ),
            )}
            <RemovedLines as="p" places={removed.get('end')} zone={zone} />
          </div>
        )}
      </div>
      <PostTime post={root} zone={zone} />
      <span className="handle" dir="auto">
        {[...new Set([...beside, ...facts])].filter((word) => word && word !== title).join(' · ')}
        <Flairs flairs={root.badges} after />
      </span>
      <span className="platform" title={words.seenIn(provenanceOf(posts))}>
        {name}
      </span>
      <PostFoot post={root} platform={platformOf(platform)} zone={zone} answersHere={rest}>
        <ConversationLinks entry={entry} whole={whole} logged="read" />
      </PostFoot>
    </article>
  )
}

type ReplyProps = { post: TimelinePost; root: TimelinePost; zone: string; now: Date; whole: boolean }

function Reply({ post, root, zone, now, whole }: ReplyProps) {
  const { badges } = post.author
  return (
    <div className={post.kind === 'action' ? 'reply action' : 'reply'} id={`l${post.id}`} {...askedMark(post.id)}>
      <PersonName person={post.author} platform={post.platform} />{' '}
      <a className="at" href={linkTo(post)} title={isoTime(post.sortAt, zone)}>
        {timeBeside(post.sortAt, root.sortAt, zone)}
      </a>
      {badges.length + post.badges.length > 0 && (
        <small>
          {badges.join(' · ')}
          <Flairs flairs={post.badges} after={badges.length > 0} />
        </small>
      )}
      <PostContent post={post} zone={zone} now={now} whole={whole} />
      {(post.reactions.length > 0 || post.editedAt) && (
        <p className="tags">
          <PostReactions reactions={post.reactions} />
          {post.editedAt && <span>{words.editedAt(timeBeside(post.editedAt, post.sortAt, zone))}</span>}
        </p>
      )}
    </div>
  )
}

function nameOf({ author }: TimelinePost): string {
  return author.name || author.handle || words.unknownAuthor
}
