import { Fragment } from 'react'
import type { TimelinePost } from '#db/timeline'
import { accountKey } from '#lib/reading/preferences'
import { askedMark } from './asked.ts'
import { mutedRuns } from './mute-of.ts'
import { nickClass } from './nick-class.ts'
import { colorOf } from './person-name.tsx'
import { Html } from './post-body.tsx'
import { PostMedia } from './post-media.tsx'
import { PostReactions } from './post-reactions.tsx'
import { linkTo } from './post-time.tsx'
import { type Removed, RemovedLines } from './removed.tsx'
import { StarMark } from './star-mark.tsx'
import { postStrings as words } from './strings/post.ts'
import { preferencesStrings } from './strings/preferences.ts'
import { clock, isoTime } from './when.ts'

type Props = { posts: TimelinePost[]; answered: Answered; removed: Removed; zone: string; now: Date }

/** The line that each line answers, by its id: the one that it names, else what the one whom it names said last before it. */
export type Answered = Map<number, TimelinePost>

export function answeredIn(posts: TimelinePost[]): Answered {
  const answered: Answered = new Map()
  const byKey = new Map(posts.map((post) => [post.externalId, post]))
  const lastOf = new Map<string, TimelinePost>()
  for (const post of posts) {
    const { externalId, author } = post.replyTo ?? {}
    const line = byKey.get(externalId ?? '') ?? lastOf.get(author?.id ?? '')
    if (line && line.id !== post.id) answered.set(post.id, line)
    lastOf.set(post.author.id, post)
  }
  return answered
}

/** Lines under each other; those that their reader muted stand folded in their place. */
export function ChatLines({ posts, answered, removed, zone, now }: Props) {
  const inTurn = (some: TimelinePost[]) =>
    some.map((post, index) => (
      <Fragment key={post.id}>
        <RemovedLines as="li" places={removed.get(post.id)} zone={zone} />
        <Line post={post} previous={some[index - 1] ?? null} answers={answered.get(post.id) ?? null} zone={zone} />
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

type LineProps = { post: TimelinePost; previous: TimelinePost | null; answers: TimelinePost | null; zone: string }

/** One line. Who says the next thing, too, is not named again; who acts is named in what they do. */
function Line({ post, previous, answers, zone }: LineProps) {
  const { id, kind, author, html, sortAt, recovered, editedAt, media, reactions } = post
  const nick = author.name || author.handle || words.somebody
  const color = colorOf(accountKey(post.platform, author.id))
  const goesOn =
    kind === 'message' && previous?.kind === 'message' && previous.author.id === author.id && previous.author.name === author.name
  const classes = [kind, recovered && 'recovered'].filter((word) => word && word !== 'message' && word !== 'post').join(' ')
  return (
    <li id={`l${id}`} {...askedMark(id)} className={classes || undefined}>
      <a className="at" href={linkTo(post)} title={recovered ? words.recoveredAt(isoTime(sortAt, zone)) : isoTime(sortAt, zone)}>
        {clock(sortAt, zone)}
      </a>
      {!goesOn && (
        <b className={color ? `nick dyed-${color}` : nickClass(nick)} title={[nick, ...author.badges].join(', ')}>
          {kind === 'action' && '* '}
          {nick}
          <StarMark person={author} platform={post.platform} />
        </b>
      )}
      <div>
        {answers && (
          <a className="answers" href={`#l${answers.id}`} aria-label={words.answersLine(answers.author.name, clock(answers.sortAt, zone))}>
            ↑
          </a>
        )}
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
