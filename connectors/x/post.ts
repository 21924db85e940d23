import { decodeHTML } from 'entities'
import type { Media, Person, Post, Quote } from '#db/post'
import { bareMedium } from '../bare-medium.ts'
import { fromSegments, type Segment, toText } from '../html.ts'
import { type Entities, type Includes, type Medium, Native, type Tweet, timeOfId, type User } from './answers.ts'
import { languageOf } from './language.ts'

// One native item to one post, from who said it to what it quotes: longer than most files, because all of it is one shape.

const SITE = 'https://x.com'
/** As much of a parent as a line holds. */
const PARENT_TEXT = 200

/** One post as X's API answers it. Throws what is none, and what may not be shown. */
export function postOf(native: unknown): Post {
  const { tweet: outer, includes, errors } = Native.parse(native)
  const passedOn = referred(outer, 'retweeted')
  const tweet = passedOn ? includes.tweets.find(({ id }) => id === passedOn) : outer
  if (!tweet) throw new Error('What is passed on here is gone, or not for everybody')
  const author = authorOf(tweet, includes)
  const by = authorOf(outer, includes)
  const [first = tweet.id, ...edits] = tweet.edit_history_tweet_ids ?? [tweet.id]
  const saidAt = edits.length > 0 ? new Date(timeOfId(first)) : new Date(tweet.created_at)
  const { text, entities } = tweet.note_tweet ?? tweet
  const quoted = referred(tweet, 'quoted')
  const html = fromSegments(segmentsOf(text, entities, quoted))
  return {
    // An edit is a new post there: it goes by the first of them.
    externalId: first,
    url: pageOf(author, tweet.id),
    author,
    place: null,
    badges: [],
    title: null,
    html,
    text: toText(html),
    language: languageOf(tweet.lang),
    tags: [...new Set(entities.hashtags.map(({ tag }) => tag.toLowerCase()))],
    contentWarning: null,
    sensitive: tweet.possibly_sensitive,
    media: mediaOf(tweet, includes),
    card: cardOf(entities, quoted),
    poll: pollOf(tweet, includes),
    quote: quoted ? quoteOf(quoted, includes, errors) : null,
    replyTo: replyToOf(tweet, includes),
    share: passedOn ? { externalId: outer.id, by, at: outer.created_at } : null,
    copyOf: null,
    unsupported: null,
    kind: 'post',
    conversation: null,
    recovered: false,
    reactions: [],
    precisionSeconds: null,
    replyCount: tweet.public_metrics?.reply_count ?? null,
    publishedAt: passedOn ? new Date(outer.created_at) : saidAt,
    originalAt: passedOn ? saidAt : null,
    editedAt: edits.length > 0 ? new Date(timeOfId(tweet.id)) : null,
    audience: tweet.withheld === undefined ? 'public' : 'withheld',
  }
}

function referred({ referenced_tweets }: Tweet, type: 'retweeted' | 'quoted' | 'replied_to'): string | null {
  return referenced_tweets.find((one) => one.type === type)?.id ?? null
}

/** Throws for who protects their posts: they are for those whom they let in. */
function authorOf({ author_id }: Tweet, { users }: Includes): Person {
  const user = users.find(({ id }) => id === author_id)
  if (!user) throw new Error('A post without its author')
  if (user.protected) throw new Error('A post of an account that protects its posts')
  return personOf(user)
}

export function personOf({ id, username, name, profile_image_url, verified_type }: User): Person {
  return {
    id,
    name: name || username,
    nameHtml: null,
    handle: `@${username}`,
    url: `${SITE}/${username}`,
    avatar: profile_image_url ?? null,
    badges: verified_type === 'business' || verified_type === 'government' ? ['verified'] : [],
  }
}

function pageOf(author: Person, id: string): string {
  return `${author.url}/status/${id}`
}

/**
 * The text as it is, with its links as X writes and leads them (`display_url`, to `t.co`), people to their profiles and hashtags
 * to X's search, as its display requirements ask; without the links that stand for its own pictures and for what it quotes, which
 * X does not show. Only `&`, `<` and `>` come escaped.
 * https://docs.x.com/developer-terms/display-requirements
 */
function segmentsOf(text: string, { urls, hashtags, mentions }: Entities, quoted: string | null): Segment[] {
  const links = new Map(urls.map((link) => [link.url, link]))
  const people = new Set(mentions.map(({ username }) => username.toLowerCase()))
  const tags = new Set(hashtags.map(({ tag }) => tag.toLowerCase()))
  return text.split(/(https:\/\/t\.co\/\w+|[@＠]\w{1,15}|[#＃][\p{L}\p{N}\p{M}_]+)/u).flatMap((piece): Segment[] => {
    const link = links.get(piece)
    if (link) {
      if (link.media_key || isPageOf(link.expanded_url, quoted)) return []
      return [{ text: link.display_url, href: link.url, title: link.unwound_url ?? link.expanded_url }]
    }
    const name = piece.slice(1)
    if (/^[@＠]/.test(piece) && people.has(name.toLowerCase())) return [{ text: piece, href: `${SITE}/${name}` }]
    if (/^[#＃]/.test(piece) && tags.has(name.toLowerCase()))
      return [{ text: piece, href: `${SITE}/search?q=${encodeURIComponent(`#${name}`)}` }]
    return [{ text: decodeHTML(piece) }]
  })
}

function isPageOf(url: string, id: string | null): boolean {
  return id !== null && new RegExp(`^https?://(?:x|twitter)\\.com/\\w+/status/${id}\\b`).test(url)
}

/** The page that it links to: where its short link leads, so that the same page elsewhere is known for the same. */
function cardOf({ urls }: Entities, quoted: string | null): Post['card'] {
  const link = urls.find(({ title, media_key, expanded_url }) => title && !media_key && !isPageOf(expanded_url, quoted))
  if (!link?.title) return null
  const url = link.unwound_url ?? link.expanded_url
  const site = new URL(url).hostname.replace(/^www\./, '')
  const { title, description = '', images } = link
  return { kind: 'link', url, title, description, image: images[0]?.url ?? null, site, authors: [], readingMinutes: null }
}

function mediaOf({ attachments }: Tweet, { media }: Includes): Media[] {
  return (attachments?.media_keys ?? []).flatMap((key) => {
    const medium = media.find(({ media_key }) => media_key === key)
    return medium ? [mediumOf(medium)] : []
  })
}

function mediumOf({ type, url, preview_image_url, alt_text, width, height, duration_ms, variants }: typeof Medium._output): Media {
  const said = { ...bareMedium, alt: alt_text?.trim() || null, width: width ?? null, height: height ?? null }
  if (type === 'photo') return { ...said, kind: 'image', url: url ?? null, preview: url ?? null }
  const [best] = variants.filter(({ content_type }) => content_type === 'video/mp4').sort((one, other) => other.bit_rate - one.bit_rate)
  return {
    ...said,
    kind: type === 'video' ? 'video' : 'gifv',
    url: best?.url ?? null,
    preview: preview_image_url ?? null,
    mimeType: best ? 'video/mp4' : null,
    durationSeconds: duration_ms === undefined ? null : duration_ms / 1000,
  }
}

function pollOf({ attachments }: Tweet, { polls }: Includes): Post['poll'] {
  const poll = polls.find(({ id }) => attachments?.poll_ids.includes(id))
  if (!poll) return null
  const options = poll.options.toSorted((one, other) => one.position - other.position)
  return {
    options: options.map(({ label, votes }) => ({ text: label, html: null, votes })),
    multiple: false,
    voters: options.reduce((sum, { votes }) => sum + votes, 0),
    closesAt: poll.end_datetime ?? null,
  }
}

function quoteOf(id: string, includes: Includes, errors: Native['errors']): Quote {
  const tweet = includes.tweets.find((one) => one.id === id)
  const url = `${SITE}/i/status/${id}`
  const user = includes.users.find((one) => one.id === tweet?.author_id)
  if (!tweet || !user || user.protected) {
    const why = errors.find(({ resource_id, value }) => id === (resource_id ?? value))?.type ?? ''
    return { state: user?.protected || /not-authorized/.test(why) ? 'unauthorized' : 'not-found', url }
  }
  const { text, entities } = tweet.note_tweet ?? tweet
  const html = fromSegments(segmentsOf(text, entities, null))
  const author = personOf(user)
  return {
    state: 'shown',
    externalId: tweet.edit_history_tweet_ids?.[0] ?? id,
    url: pageOf(author, id),
    author,
    title: null,
    html,
    text: toText(html),
    publishedAt: tweet.created_at,
    media: mediaOf(tweet, includes),
    contentWarning: null,
    sensitive: tweet.possibly_sensitive,
  }
}

function replyToOf(tweet: Tweet, { tweets, users }: Includes): Post['replyTo'] {
  const id = referred(tweet, 'replied_to')
  if (!id) return null
  const parent = tweets.find((one) => one.id === id)
  const user = users.find((one) => one.id === (parent?.author_id ?? tweet.in_reply_to_user_id))
  const author = user && !user.protected ? personOf(user) : null
  return {
    state: parent && author ? 'shown' : 'unknown',
    externalId: parent?.edit_history_tweet_ids?.[0] ?? id,
    url: author ? pageOf(author, id) : `${SITE}/i/status/${id}`,
    author,
    text: parent && author ? toText(fromSegments(segmentsOf(parent.text, parent.entities, null))).slice(0, PARENT_TEXT) : null,
    rootExternalId: tweet.conversation_id && tweet.conversation_id !== tweet.id ? tweet.conversation_id : null,
  }
}
