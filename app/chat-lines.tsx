import { Fragment } from 'react'
import type { TimelinePost } from '#db/timeline'
import { askedMark } from './asked.ts'
import { mutedRuns } from './mute-of.ts'
import { nickClass } from './nick-class.ts'
import { Html } from './post-body.tsx'
import { PostMedia } from './post-media.tsx'
import { PostReactions } from './post-reactions.tsx'
import { linkTo } from './post-time.tsx'
import { type Removed, RemovedLines } from './removed.tsx'
import { StarMark } from './star-mark.tsx'
import { postStrings as words } from './strings/post.ts'
import { preferencesStrings } from './strings/preferences.ts'
import { clock, isoTime } from './when.ts'

/** Lines under each other; those that their reader muted stand folded in their place. */
export function ChatLines({ posts, removed, zone, now }: { posts: TimelinePost[]; removed: Removed; zone: string; now: Date }) {
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
