import { fold, lengthOf, type Stretch } from '#lib/reading/fold'
import { type Answered, answeredIn, ChatLines } from './chat-lines.tsx'
import { ConversationLinks } from './conversation-links.tsx'
import type { EntryProps } from './entry-item.tsx'
import { entryMarks } from './entry-marks.ts'
import { namedBy } from './feed-place.ts'
import { platformOf } from './platform.ts'
import { PostMenu } from './post-menu.tsx'
import { PostReplyLine } from './post-reply-line.tsx'
import { PostTime, provenanceOf } from './post-time.tsx'
import { type Removed, RemovedLines, removedFrom } from './removed.tsx'
import { postStrings as words } from './strings/post.ts'
import { timeBeside } from './when.ts'

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
  const answered = answeredIn(posts)
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
              answered={answered}
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

type StretchProps = { stretch: Stretch; entryId: number; answered: Answered; removed: Removed; zone: string; now: Date }

function ChatStretch({ stretch, entryId, answered, removed, zone, now }: StretchProps) {
  const { folded, before, missing, after } = stretch
  if (!folded) return <ChatLines posts={before} answered={answered} removed={removed} zone={zone} now={now} />
  const count = lengthOf(stretch)
  return (
    <details data-fold={`lines-${before[0]?.id ?? after[0]?.id}`}>
      <summary>{words.moreMessages(count)}</summary>
      <ChatLines posts={before} answered={answered} removed={removed} zone={zone} now={now} />
      {missing > 0 && (
        <p className="elsewhere">
          <a href={`/p/${entryId}`}>{words.messagesBetween(missing)}</a>
        </p>
      )}
      {after.length > 0 && <ChatLines posts={after} answered={answered} removed={removed} zone={zone} now={now} />}
    </details>
  )
}
