import { z } from 'zod'
import type { Media, Person, Post, Quote } from '#db/post'
import { bareMedium } from '../bare-medium.ts'
import { fromText, toText } from '../html.ts'
import { type Child, Me, Medium } from './answers.ts'

/** Who gave the token: posts say no more of them than their name. */
export const Context = z.object({ me: Me })
export type Context = z.infer<typeof Context>

const SITE = 'https://www.threads.com'

/** What stands under each kind that has no picture or film of its own. */
const UNKNOWN = 'This is of a kind that is not known here'
const KNOWN = new Set(['TEXT_POST', 'IMAGE', 'VIDEO', 'CAROUSEL_ALBUM', 'AUDIO', 'REPOST_FACADE'])

/** One post as the API answers it. Throws what is none. */
export function parse(native: unknown, { me }: Context): Post {
  const post = Medium.parse(native)
  const author = personOf(post.username, me)
  const isRepost = post.media_type === 'REPOST_FACADE'
  const covered = (post.text_entities ?? []).some(({ entity_type }) => entity_type === 'SPOILER')
  const html = fromText([post.text, post.text_attachment?.plaintext].filter(Boolean).join('\n\n'))
  return {
    externalId: post.id,
    // Left out by Threads where a copyright is in doubt: then there is no link.
    url: post.permalink ?? null,
    author,
    place: null,
    badges: [],
    title: null,
    html,
    text: toText(html),
    language: null,
    tags: post.topic_tag ? [post.topic_tag.replace(/^#/, '').toLowerCase()] : [],
    contentWarning: covered ? 'Spoiler' : null,
    sensitive: post.is_spoiler_media,
    media: mediaOf(post),
    card: cardOf(post.link_attachment_url),
    poll: pollOf(post.poll_attachment),
    quote: quoteOf(isRepost ? post.reposted_post : post.quoted_post, isRepost || post.is_quote_post),
    replyTo: post.replied_to
      ? {
          state: 'unknown',
          externalId: post.replied_to.id,
          url: null,
          author: null,
          text: null,
          rootExternalId: post.root_post?.id ?? null,
        }
      : null,
    share: null,
    copyOf: null,
    unsupported: KNOWN.has(post.media_type) ? null : UNKNOWN,
    kind: 'post',
    conversation: null,
    recovered: false,
    reactions: [],
    precisionSeconds: null,
    replyCount: null,
    publishedAt: post.timestamp,
    originalAt: null,
    editedAt: null,
    audience: 'public',
  }
}

function personOf(username: string, me: Me | null): Person {
  const own = me !== null && username.toLowerCase() === me.username.toLowerCase()
  return {
    // The owner's id is of this app only, and nobody else's is told: a name is what all go by.
    id: username.toLowerCase(),
    name: (own && me.name) || username,
    nameHtml: null,
    handle: `@${username}`,
    url: `${SITE}/@${username}`,
    avatar: own ? (me.threads_profile_picture_url ?? null) : null,
    badges: [],
  }
}

function mediaOf(post: Medium): Media[] {
  if (post.gif_url) return [{ ...bareMedium, kind: 'gifv', url: post.gif_url, preview: null, alt: post.alt_text?.trim() || null }]
  if (post.children) return post.children.data.flatMap(mediumOf)
  return mediumOf(post)
}

function mediumOf({ media_type, media_url, thumbnail_url, alt_text }: Omit<Child, 'id'>): Media[] {
  const url = media_url ?? null
  const said = { ...bareMedium, url, alt: alt_text?.trim() || null }
  if (media_type === 'IMAGE') return [{ ...said, kind: 'image', preview: url }]
  if (media_type === 'VIDEO') return [{ ...said, kind: 'video', preview: thumbnail_url ?? null, mimeType: url ? 'video/mp4' : null }]
  return media_type === 'AUDIO' ? [{ ...said, kind: 'audio' }] : []
}

/** What a page says of itself Threads does not tell. */
function cardOf(url: string | undefined): Post['card'] {
  if (!url) return null
  const site = new URL(url).hostname.replace(/^www\./, '')
  return { kind: 'link', url, title: site, description: '', image: null, site, authors: [], readingMinutes: null }
}

function pollOf(poll: Medium['poll_attachment']): Post['poll'] {
  if (!poll) return null
  const { option_a, option_b, option_c, option_d, total_votes = null, expiration_timestamp = '' } = poll
  const closes = new Date(expiration_timestamp.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'))
  return {
    // Shares in percent are told, and not how many voted for each.
    options: [option_a, option_b, option_c, option_d].flatMap((text) => (text ? [{ text, html: null, votes: null }] : [])),
    multiple: false,
    voters: total_votes,
    closesAt: Number.isNaN(closes.getTime()) ? null : closes.toISOString(),
  }
}

/** What it quotes or passes on; somebody else's is told only as far as they are public. */
function quoteOf(other: Medium['quoted_post'], expected: boolean): Quote | null {
  if (!other) return expected ? { state: 'not-found', url: null } : null
  if (!other.username) return { state: 'unauthorized', url: other.permalink ?? null }
  const html = fromText(other.text ?? '')
  return {
    state: 'shown',
    externalId: other.id,
    url: other.permalink ?? null,
    author: personOf(other.username, null),
    title: null,
    html,
    text: toText(html),
    publishedAt: other.timestamp?.toISOString() ?? null,
    media: [],
    contentWarning: null,
    sensitive: false,
  }
}
