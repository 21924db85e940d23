import type { Metadata } from 'next'
import type { TimelinePost } from '#db/timeline'
import { previewStrings as words } from './strings/preview.ts'
import { instantName } from './when.ts'

/** What other programs show of a description, at most. */
const MOST_CHARACTERS = 300

/**
 * What a link to this post looks like elsewhere: who said it where and when, and its words. Of what is not for
 * everybody's index, and of nothing, no more than that this is Backplane; of what its author covered, the cover.
 */
export function previewOf(post: TimelinePost | undefined, origin: string, zone: string): Metadata {
  if (post?.audience !== 'public') return { title: { absolute: words.site } }
  const { author, conversation, place, title, contentWarning } = post
  const who = author.name || author.handle || words.somebody
  const where = conversation ? [conversation.title, place].filter((name) => name && name !== conversation.title) : [place]
  const channel = [...new Set([conversation?.title, ...where])].filter(Boolean).join(', ')
  const heading = words.heading(who, channel, instantName(post.sortAt, zone))
  const said = contentWarning ? words.covered(contentWarning) : [title, post.text].filter(Boolean).join(' — ')
  const description = said.length > MOST_CHARACTERS ? `${said.slice(0, MOST_CHARACTERS - 1).replace(/\s+\S*$/, '')}…` : said
  return {
    title: conversation ? `${who}, ${conversation.title}` : (title ?? who),
    description,
    openGraph: {
      type: 'article',
      siteName: words.site,
      title: heading,
      description,
      url: `${origin}/p/${post.id}`,
      publishedTime: post.sortAt.toISOString(),
      authors: [who],
    },
    twitter: { card: 'summary', title: heading, description },
  }
}
