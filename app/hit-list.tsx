import type { TimelinePost } from '#db/timeline'
import { copiesIn } from '#lib/reading/copies'
import { type Find, withMarks } from '#lib/reading/search-marks'
import { feedPlace } from './feed-place.ts'
import { muteOfPost } from './mute-of.ts'
import { MutedEntry } from './muted-entry.tsx'
import { PostItem } from './post-item.tsx'
import { linkTo } from './post-time.tsx'
import { searchStrings as say } from './strings/search.ts'
import { dayName, dayOf } from './when.ts'

type Props = { posts: TimelinePost[]; find: Find; zone: string; now: Date }

/**
 * What was found, by days, as the timeline has posts; each stands for itself, also where it was said in a conversation,
 * which it has a door to. Copies of one thing that were found together are one. What its
 * reader muted is folded, with the reason.
 */
export function HitList({ posts, find, zone, now }: Props) {
  const marked = posts.map((post) => withMarks(post, find))
  const ofEntry = Map.groupBy(marked, ({ entryId }) => entryId)
  const copiesOf = (post: TimelinePost) => copiesIn(ofEntry.get(post.entryId) ?? [], (copy) => muteOfPost(copy, now) === null)
  const shown = marked.filter((post) => (copiesOf(post)?.main ?? post) === post)
  return [...Map.groupBy(shown, ({ sortAt }) => dayOf(sortAt, zone))].map(([day, hits]) => (
    <section key={day} aria-labelledby={`day-${day}`}>
      <h2 className="day" id={`day-${day}`}>
        {dayName(hits[0]?.sortAt ?? now, zone, now)}
      </h2>
      <div className="rail" role="feed" aria-labelledby={`day-${day}`}>
        {hits.map((post, index) => {
          const mute = muteOfPost(post, now)
          const at = { position: index + 1, size: -1 }
          const hit = (
            <PostItem
              key={post.id}
              post={post}
              marks={mute ? null : feedPlace(at)}
              copies={copiesOf(post) ?? undefined}
              find={find}
              door={post.conversation && <a href={linkTo(post)}>{say.conversation(post.conversation.title)}</a>}
              zone={zone}
              now={now}
            />
          )
          if (!mute) return hit
          return (
            <MutedEntry key={post.id} id={post.id} mute={mute} zone={zone} now={now} at={at}>
              {hit}
            </MutedEntry>
          )
        })}
      </div>
    </section>
  ))
}
