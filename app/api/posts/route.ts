import type { TimelinePost } from '#db/timeline'
import { answer } from '../../answer.ts'
import { readMachinePage } from '../../machine-page.ts'

export const dynamic = 'force-dynamic'

/** The timeline as JSON, documented in the README: these names are relied on. */
export function GET(request: Request): Promise<Response> {
  return answer(request, async () => {
    const { posts, links, reader, modified } = await readMachinePage(request, '/api/posts')
    const body = JSON.stringify({ posts: posts.map(published), next: links.older, previous: links.newer })
    return { type: 'application/json; charset=utf-8', body, reader, modified }
  })
}

function published(post: TimelinePost) {
  const { name, handle, url, avatar } = post.author
  return {
    id: post.id,
    entry: post.entryId,
    platform: post.platform,
    sources: [...new Set(post.sightings.map(({ source }) => source))],
    url: post.url,
    author: { name, handle, url, avatar },
    title: post.title,
    html: post.html,
    text: post.text,
    publishedAt: post.publishedAt,
    firstSeenAt: post.firstSeenAt,
    sortAt: post.sortAt,
    editedAt: post.editedAt,
    late: post.late,
    replyTo: post.replyTo,
    quote: post.quote,
    media: post.media,
    card: post.card,
    poll: post.poll,
    contentWarning: post.contentWarning,
    language: post.language,
  }
}
