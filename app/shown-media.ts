import type { Entry, TimelinePost } from '#db/timeline'
import { configuration } from '#lib/config'
import { mediaAddressesOf } from '#lib/media/media-address'
import { withMediaAt, withoutMediaUnasked } from '#lib/media/post-media'
import { chosen } from './chosen.ts'

/** How media reach the reader of this page: through us, straight from where they are kept, or not until asked for. */
export function mediaWay(): 'proxy' | 'direct' | 'off' {
  const { media } = chosen().settings
  return media === 'proxy' && configuration().MEDIA_PROXY === 'off' ? 'direct' : media
}

/** The entry with its media where this reader's browser is to fetch them from. */
export function withMediaShown(entry: Entry): Entry {
  return { ...entry, posts: mediaShown(entry.posts) }
}

/** The same for posts that stand outside an entry of theirs. */
export function mediaShown(posts: TimelinePost[]): TimelinePost[] {
  const way = mediaWay()
  if (way === 'direct') return posts
  const ours = configuration().MEDIA_PROXY === 'on'
  return posts.map((post) => {
    const here = ours ? withMediaAt(post, mediaAddressesOf(post.id)) : post
    return way === 'off' ? withoutMediaUnasked(here) : here
  })
}
