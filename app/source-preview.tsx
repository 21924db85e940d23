import type { Post } from '#db/post'
import type { Entry, TimelinePost } from '#db/timeline'
import { withoutMediaUnasked } from '#lib/media/post-media'
import { EntryItem } from './entry-item.tsx'
import { PostItem } from './post-item.tsx'
import { dayName, dayOf } from './when.ts'

type Props = { platform: string; posts: Post[]; zone: string; now: Date }

/** Posts that are nowhere but in this page, as the timeline would draw them. */
export function SourcePreview({ platform, posts, zone, now }: Props) {
  const shown = posts.map((post, index) => asTold(post, platform, index, now))
  const talk = shown.some(({ conversation }) => conversation)
  return (
    <div className="preview">
      {talk ? (
        <div className="rail">
          <EntryItem entry={asEntry(shown, platform, now)} zone={zone} now={now} whole />
        </div>
      ) : (
        [...Map.groupBy(shown, ({ sortAt }) => dayOf(sortAt, zone))].map(([day, posts]) => (
          <Day key={day} posts={posts} zone={zone} now={now} />
        ))
      )}
    </div>
  )
}

function Day({ posts, zone, now }: { posts: TimelinePost[]; zone: string; now: Date }) {
  const [first] = posts
  return (
    <>
      {first && <h4 className="day">{dayName(first.sortAt, zone, now)}</h4>}
      <div className="rail">
        {posts.map((post) => (
          <PostItem key={post.id} post={withoutMediaUnasked(post)} zone={zone} now={now} />
        ))}
      </div>
    </>
  )
}

/** As the database would hand it out, with a number that no post has. */
function asTold(post: Post, platform: string, index: number, now: Date): TimelinePost {
  const { publishedAt } = post
  const sortAt = publishedAt && publishedAt < now ? publishedAt : now
  return {
    ...post,
    warningHtml: post.warningHtml ?? null,
    ...{ id: -1 - index, entryId: -1 - index, platform, sourceId: 0, sightings: [], copyKeys: null, revision: '' },
    ...{ sortAt, firstSeenAt: sortAt, late: false, deletedAt: null, authorHidden: false },
  }
}

function asEntry(posts: TimelinePost[], platform: string, now: Date): Entry {
  const inOrder = posts.toReversed()
  const [first, last] = [inOrder[0], inOrder.at(-1)]
  const people = new Set(posts.map(({ author }) => author.id)).size
  return {
    id: -1,
    sortAt: first?.sortAt ?? now,
    platform,
    posts: inOrder,
    count: posts.length,
    people,
    lastAt: last?.sortAt ?? now,
    seenAt: now,
    removed: [],
  }
}
