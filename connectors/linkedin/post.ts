import { z } from 'zod'
import type { Audience, Person, Post } from '#db/post'
import { fromSegments, toText } from '../html.ts'
import { segmentsOf } from './commentary.ts'

/** The organisation whose page it is: posts name its number only. */
export const Page = z.object({ urn: z.string(), organization: z.string(), label: z.string() })
export type Page = z.infer<typeof Page>

const address = z
  .url({ protocol: /^https?$/ })
  .optional()
  .catch(undefined)
const Medium = z.object({ id: z.string(), altText: z.string().optional(), title: z.string().optional() })

/** https://learn.microsoft.com/linkedin/marketing/community-management/shares/posts-api#post-schema */
export const Native = z.object({
  id: z.string().regex(/^urn:li:(share|ugcPost):\d+$/),
  author: z.string(),
  commentary: z.string().default(''),
  publishedAt: z.int().optional(),
  createdAt: z.int(),
  lastModifiedAt: z.int().optional(),
  lifecycleState: z.string(),
  lifecycleStateInfo: z.object({ isEditedByAuthor: z.boolean().catch(false) }).optional(),
  visibility: z.string(),
  content: z
    .object({
      media: Medium.optional(),
      multiImage: z.object({ images: z.array(Medium) }).optional(),
      article: z.object({ source: address, title: z.string().default(''), description: z.string().default('') }).optional(),
      poll: z
        .object({
          question: z.string(),
          options: z.array(z.object({ text: z.string(), voteCount: z.int().optional() })),
          uniqueVotersCount: z.int().optional(),
        })
        .optional(),
    })
    .optional()
    .catch(undefined),
  reshareContext: z.object({ parent: z.string() }).optional(),
})
export type Native = z.infer<typeof Native>

/** Who may see it; null: not everybody whom a page has readers of, so that it is not taken. */
export function audienceOf({ visibility, lifecycleState }: Pick<Native, 'visibility' | 'lifecycleState'>): Audience | null {
  if (lifecycleState !== 'PUBLISHED') return null
  if (visibility === 'PUBLIC') return 'public'
  return visibility === 'LOGGED_IN' ? 'members' : null
}

/** One post of the page. Throws what is none, and what is not for its readers. */
export function postOf(native: unknown, page: Page): Post {
  const post = Native.parse(native)
  const audience = audienceOf(post)
  if (!audience) throw new Error(`This is ${post.lifecycleState.toLowerCase()}, and shown to ${post.visibility.toLowerCase()}`)
  const { segments, tags } = segmentsOf(post.commentary)
  const html = fromSegments(segments)
  const { content } = post
  const poll = content?.poll
  return {
    externalId: post.id,
    url: `https://www.linkedin.com/feed/update/${post.id}`,
    author: authorOf(page),
    place: null,
    badges: [],
    title: null,
    html,
    text: toText(html),
    language: null,
    tags,
    contentWarning: null,
    sensitive: false,
    // Its pictures have addresses for hours only: what they show is said, and seen there.
    media: [],
    card: cardOf(content),
    poll: poll
      ? {
          options: poll.options.map(({ text, voteCount }) => ({ text, html: null, votes: voteCount ?? null })),
          multiple: false,
          voters: poll.uniqueVotersCount ?? null,
          closesAt: null,
        }
      : null,
    quote: post.reshareContext
      ? { state: 'unauthorized', url: `https://www.linkedin.com/feed/update/${post.reshareContext.parent}` }
      : null,
    replyTo: null,
    share: null,
    copyOf: null,
    unsupported: unshown(content),
    kind: 'post',
    conversation: null,
    recovered: false,
    reactions: [],
    precisionSeconds: null,
    replyCount: null,
    publishedAt: new Date(post.publishedAt ?? post.createdAt),
    originalAt: null,
    editedAt: post.lifecycleStateInfo?.isEditedByAuthor && post.lastModifiedAt ? new Date(post.lastModifiedAt) : null,
    audience,
  }
}

function authorOf({ urn, organization, label }: Page): Person {
  return {
    id: urn,
    name: label,
    nameHtml: null,
    handle: '',
    url: `https://www.linkedin.com/company/${organization}`,
    avatar: null,
    badges: [],
  }
}

function cardOf(content: Native['content']): Post['card'] {
  const { source: url, title = '', description = '' } = content?.article ?? {}
  if (!url) return null
  const site = new URL(url).hostname.replace(/^www\./, '')
  return { kind: 'link', url, title: title || site, description, image: null, site, authors: [], readingMinutes: null }
}

const WORDS: { [kind: string]: string } = { image: 'A picture', video: 'A film', document: 'A document' }

/** What stands there beside the text, in words. */
function unshown(content: Native['content']): string | null {
  const { media, multiImage } = content ?? {}
  if (multiImage) return `${multiImage.images.length} pictures${described(multiImage.images)}`
  if (!media) return null
  const kind = /^urn:li:(\w+):/.exec(media.id)?.[1] ?? ''
  return `${WORDS[kind] ?? 'Something'}${described([media])}`
}

function described(media: z.infer<typeof Medium>[]): string {
  const words = media.flatMap(({ altText, title }) => altText?.trim() || title?.trim() || [])
  return words.length > 0 ? `: ${words.join('; ')}` : ', without description'
}
