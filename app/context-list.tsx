import type { Context } from '#db/context'
import type { Entry, TimelinePost } from '#db/timeline'
import { PersonName } from './person-name.tsx'
import { platformOf } from './platform.ts'
import { PostContent } from './post-content.tsx'
import { linkTo } from './post-time.tsx'
import { mediaShown } from './shown-media.ts'
import { contextStrings as say } from './strings/context.ts'
import { clock, isoTime, timeBeside } from './when.ts'

type Shown = { zone: string; now: Date }

/** What an entry answers, above it on its own page. */
export function Earlier({ context: { earlier }, entry, ...shown }: { context: Context; entry: Entry } & Shown) {
  if (earlier.length === 0) return null
  return (
    <section className="context" aria-labelledby="earlier">
      <h2 id="earlier">{say.earlier}</h2>
      <Told posts={earlier} beside={entry.sortAt} {...shown} />
    </section>
  )
}

/** What was answered to an entry, who quotes it, and what was said around it, below it on its own page. */
export function Later({ context, entry, ...shown }: { context: Context; entry: Entry } & Shown) {
  const { replies, quotedBy, before, after } = context
  const [first] = entry.posts
  const where = first?.conversation?.title ?? first?.place ?? first?.sightings[0]?.source
  return (
    <>
      {replies.length > 0 && (
        <section className="context" aria-labelledby="replies">
          <h2 id="replies">{say.replies(replies.length)}</h2>
          <Told posts={replies} beside={entry.sortAt} {...shown} />
        </section>
      )}
      {quotedBy.length > 0 && (
        <section className="context" aria-labelledby="quotes">
          <h2 id="quotes">{say.quotedBy}</h2>
          <Told posts={quotedBy} beside={entry.sortAt} {...shown} />
        </section>
      )}
      {where && before.length + after.length > 0 && (
        <section className="context" aria-labelledby="around">
          <h2 id="around">{say.around(where)}</h2>
          <ol className="around">
            {before.map((other) => (
              <Brief key={other.id} entry={other} beside={entry.sortAt} zone={shown.zone} />
            ))}
            <li aria-current="true">
              <time dateTime={entry.sortAt.toISOString()}>{clock(entry.sortAt, shown.zone)}</time> {say.thisOne}
            </li>
            {after.map((other) => (
              <Brief key={other.id} entry={other} beside={entry.sortAt} zone={shown.zone} />
            ))}
          </ol>
        </section>
      )}
    </>
  )
}

/** Posts of a thread under each other, each whole, with its time and its own page. */
export function Told({ posts, beside, zone, now }: { posts: TimelinePost[]; beside: Date } & Shown) {
  return mediaShown(posts).map((post) => (
    <div className="reply" key={post.id} data-platform={post.platform}>
      <PersonName person={post.author} otherwise={post.place ?? undefined} />{' '}
      <a className="at" href={linkTo(post)} title={isoTime(post.sortAt, zone)}>
        {timeBeside(post.sortAt, beside, zone)}
      </a>
      <PostContent post={post} zone={zone} now={now} />
    </div>
  ))
}

const BRIEF_CHARACTERS = 140

/** One line of an entry: when, who, and how it begins; what its author covered stays covered. */
function Brief({ entry, beside, zone }: { entry: Entry; beside: Date; zone: string }) {
  const [first] = entry.posts
  if (!first) return null
  const text = first.contentWarning ?? first.title ?? first.text
  const begins = text.length > BRIEF_CHARACTERS ? `${text.slice(0, BRIEF_CHARACTERS).toWellFormed().trimEnd()}…` : text
  return (
    <li data-platform={first.platform}>
      <a href={`/p/${entry.id}`}>
        <time dateTime={entry.sortAt.toISOString()}>{timeBeside(entry.sortAt, beside, zone)}</time>{' '}
        <b dir="auto">{first.author.name || first.author.handle || platformOf(first.platform).name}</b>{' '}
        <span dir="auto" lang={first.language ?? undefined}>
          {begins || platformOf(first.platform).name}
        </span>
      </a>
    </li>
  )
}
