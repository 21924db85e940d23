import type { Entry } from '#db/timeline'
import { configuration } from '#lib/config'
import { mediaAddressesOf } from '#lib/media-address'
import { withMediaAt, withoutMediaUnasked } from '#lib/post-media'
import { chosen } from './chosen.ts'

/** How media reach the reader of this page: through us, straight from where they are kept, or not until asked for. */
export function mediaWay(): 'proxy' | 'direct' | 'off' {
  const { media } = chosen().settings
  return media === 'proxy' && configuration().MEDIA_PROXY === 'off' ? 'direct' : media
}

/** The entry with its media where this reader's browser is to fetch them from. */
export function withMediaShown(entry: Entry): Entry {
  const way = mediaWay()
  if (way === 'direct') return entry
  const ours = configuration().MEDIA_PROXY === 'on'
  const posts = entry.posts.map((post) => {
    const here = ours ? withMediaAt(post, mediaAddressesOf(post.id)) : post
    return way === 'off' ? withoutMediaUnasked(here) : here
  })
  return { ...entry, posts }
}
