import type { TimelinePost } from '#db/timeline'
import { linkTo } from './post-time.tsx'
import { postStrings as words } from './strings/post.ts'

/**
 * What else can be done with a post: without a script a link to its page here, where provenance stands; with one,
 * `reading/post-menu.ts` opens the one menu of the page beside it. One element, because every post has it. `named`:
 * in words, where no other link leads to the post.
 */
export function PostMenu({ post, named = false }: { post: Pick<TimelinePost, 'id' | 'entryId'>; named?: boolean }) {
  return (
    <a className={named ? undefined : 'more'} href={linkTo(post)} data-menu={post.id} aria-label={named ? undefined : words.more}>
      {named ? words.linkToPost : '⋯'}
    </a>
  )
}
