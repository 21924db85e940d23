import { withTagsAt } from '#connectors/html'
import type { SafeHtml } from '#db/post'

/** The text of a post, its own hashtags leading where `at` says, and not out to where its platform lists its own. */
export function tagsHere({ html, tags }: { html: SafeHtml; tags: string[] }, at: (tag: string) => string): SafeHtml {
  return tags.length === 0 ? html : withTagsAt(html, (tag) => (tags.includes(tag) ? at(tag) : null))
}
