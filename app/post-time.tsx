import type { TimelinePost } from '#db/timeline'
import { postStrings as words } from './strings/post.ts'
import { clock, isoTime } from './when.ts'

/** The time on the rail, with all that is known of it behind it; it leads to the original, or to our page where there is none. */
export function PostTime({ post, href, until, zone }: { post: TimelinePost; href?: string; until?: Date; zone: string }) {
  const provenance = provenanceOf([post])
  const tip = [
    post.publishedAt ? words.published(isoTime(post.publishedAt, zone)) : words.unpublished,
    until && words.lastMessage(isoTime(until, zone)),
    words.firstSeen(isoTime(post.firstSeenAt, zone)),
    provenance && words.inSources(provenance),
  ]
    .filter(Boolean)
    .join('\n')
  return (
    <a className="when" href={href ?? post.url ?? linkTo(post)} rel="noreferrer" data-tip={tip}>
      <time dateTime={post.sortAt.toISOString()}>{clock(post.sortAt, zone)}</time>
    </a>
  )
}

/**
 * Our own page of a post, which in a conversation is its line there: named twice, because a fragment never reaches the
 * server, which is to say what the line is where the link is passed on, and only a fragment leads to it without a script.
 */
export function linkTo({ id, entryId }: Pick<TimelinePost, 'id' | 'entryId'>): string {
  return id === entryId ? `/p/${id}` : `/p/${id}#l${id}`
}

/** The sources that showed these posts, with the rules that let them in: `HPC feed (#hpc)`. */
export function provenanceOf(posts: TimelinePost[]): string {
  const sightings = posts.flatMap((post) => post.sightings)
  return [...new Set(sightings.map(({ source, rule }) => (rule ? `${source} (${rule})` : source)))].join(', ')
}
