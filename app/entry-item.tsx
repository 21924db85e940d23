import type { Entry, TimelinePost } from '#db/timeline'
import { copiesIn } from '#lib/reading/copies'
import { Chat } from './chat.tsx'
import { entryMarks } from './entry-marks.ts'
import type { FeedPlace } from './feed-place.ts'
import { muteOfEntry, muteOfPost } from './mute-of.ts'
import { MutedEntry } from './muted-entry.tsx'
import { platformOf } from './platform.ts'
import { PostItem } from './post-item.tsx'
import { withMediaShown } from './shown-media.ts'
import { Thread } from './thread.tsx'

/** `whole`: on its own page, where nothing is folded and nothing links to that page. */
export type EntryProps = {
  entry: Entry
  /** What its post answers, where that is here, the first said first. */
  earlier?: TimelinePost[]
  zone: string
  now: Date
  whole?: boolean
  /** Where it stands in a feed. */
  at?: FeedPlace
}

/**
 * One entry of the rail: a post, copies of one thing, lines of chat, or a post with what was answered. What its reader
 * muted is folded, with the reason; not on its own page, where it was asked for.
 */
export function EntryItem(props: EntryProps) {
  const { entry, zone, now, whole = false, at } = props
  const mute = whole ? null : muteOfEntry(entry, now)
  if (!mute) return <Open {...props} />
  return (
    <MutedEntry id={entry.id} mute={mute} zone={zone} now={now} at={at}>
      <Open {...props} at={undefined} />
    </MutedEntry>
  )
}

function Open(given: EntryProps) {
  const props = { ...given, entry: withMediaShown(given.entry) }
  const { entry, now, whole = false } = props
  const { posts, platform, sortAt } = entry
  const copies = copiesIn(posts, (post) => whole || muteOfPost(post, now) === null)
  // It stands where the first of them was told, whichever stands for all.
  if (copies) return <PostItem {...props} post={{ ...copies.main, sortAt }} copies={copies} marks={entryMarks(props.entry, props.at)} />
  if (!posts.some(({ conversation }) => conversation)) {
    return posts.map((post) => <PostItem key={post.id} {...props} post={post} marks={entryMarks(props.entry, props.at)} />)
  }
  const layout = platformOf(platform).conversationLayout ?? (posts.some(({ kind }) => kind === 'post') ? 'thread' : 'chat')
  return layout === 'chat' ? <Chat {...props} /> : <Thread {...props} />
}
