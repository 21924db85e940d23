import { escapeHtml } from '#connectors/html'
import { connectors } from '#connectors/registry'
import type { DigestPlace } from '#db/digest-places'
import type { Card, Media, Poll, Quote } from '#db/post'
import type { Entry, TimelinePost } from '#db/timeline'
import { copiesIn } from '../reading/copies.ts'
import { fold, lengthOf } from '../reading/fold.ts'
import { digestWords as say } from './digest-words.ts'

/** One entry of a digest as it is drawn, whether as HTML or as text. */
export type DigestItem = {
  id: number
  platform: { id: string; name: string }
  at: Date
  /** Who says it, or the conversation. */
  name: string
  /** What stands beside the name: handle, place, numbers. */
  beside: string[]
  /** Lines above what is said: who passed it on, what it answers, that it goes on. */
  above: string[]
  said: Said[]
  /** Copies elsewhere. */
  also: { name: string; url: string | null }[]
  original: { label: string; url: string } | null
  /** The number of answers where it was said, in words. */
  answers: string | null
  members: boolean
}

/** Something said, or a number of things that are folded. */
export type Said =
  | { folded: string }
  | {
      /** null where the entry's name says it, or whoever spoke before. */
      who: string | null
      action: boolean
      at: Date
      title: string | null
      /** What its author covers it with: then nothing else is told. */
      warning: string | null
      html: string
      /** There is more of it, on its page. */
      cut: boolean
      extras: Extra[]
    }

/** What a post brings along, in words. Nothing in a mail is fetched from anywhere: its reader would be counted by that. */
export type Extra = { words: string; url: string | null }

/** Longer texts are told as far as this, as they are in the timeline. */
const LONG_TEXT = 700
const SHORT_TEXT = 600
const QUOTED = 300
const WORTH = /<(a|code|pre)[ >]/

/** An entry with those of its posts that a digest has. */
export function digestItem(entry: Entry, place: DigestPlace): DigestItem {
  const connector = connectors.find(({ id }) => id === entry.platform)
  const isMuted = ({ id }: TimelinePost) => place.muted?.has(id) ?? false
  const first = entry.posts.find((post) => !isMuted(post))
  if (!first) return mutedItem(entry, place, connector?.name)
  const copies = copiesIn(entry.posts, (post) => !isMuted(post))
  const talks = place.conversation !== null
  const layout = connector?.conversationLayout ?? (entry.posts.some(({ kind }) => kind === 'post') ? 'thread' : 'chat')
  const chat = talks && layout === 'chat'
  const main = copies?.main ?? first
  const people = entry.posts.length > 1 && talks ? [say.people(entry.people), say.messages(entry.count)] : []
  const name = talks ? (first.conversation?.title ?? first.place ?? nameOf(main)) : nameOf(main) || (main.place ?? '')
  const beside = chat ? [main.place] : [talks ? nameOf(main) : main.author.handle, ...main.author.badges, main.place, ...main.badges]
  return {
    id: entry.id,
    platform: { id: entry.platform, name: connector?.name ?? entry.platform },
    at: place.firstAt,
    name: name || say.somebody,
    beside: [...new Set([...beside, ...people])].filter((word): word is string => Boolean(word) && word !== name),
    above: aboveOf(main, connector?.shareLabel ?? say.sharedBy, talks ? place.before : 0),
    said: chat ? chatLines(entry, place) : talks ? threadOf(entry, place) : [saidOf(main, null)],
    also: (copies?.others ?? []).map((copy) => ({ name: doorName(copy), url: copy.url })),
    original: main.url ? { label: connector?.openLabel ?? say.openOriginal, url: main.url } : null,
    answers: !talks && main.replyCount ? say.answers(main.replyCount, connector?.answersCalled ?? ['reply', 'replies']) : null,
    members: entry.posts.some(({ audience }) => audience === 'members'),
  }
}

function aboveOf({ share, replyTo, sightings }: TimelinePost, label: string, before: number): string[] {
  const by = share?.by ?? sightings.find((sighting) => sighting.share)?.share?.by
  const reply =
    replyTo &&
    (replyTo.state === 'unavailable'
      ? say.replyingToNothing
      : say.replying(
          replyTo.author ? replyTo.author.handle || replyTo.author.name : say.earlierPost,
          replyTo.text && shortened(replyTo.text, 120),
        ))
  return [by ? `${label} ${by.name || by.handle}` : null, reply, before > 0 ? say.goesOn(before) : null].filter((line) => line !== null)
}

/** Lines under each other, folded after the first few, as the timeline folds them. */
function chatLines({ posts, count }: Entry, place: DigestPlace): Said[] {
  const stretches = fold(posts, { count, first: 3, last: 1, keep: ({ html }) => WORTH.test(html) })
  return stretches.flatMap((stretch) => {
    if (stretch.folded) return [{ folded: say.moreMessages(lengthOf(stretch)) }]
    return stretch.before.map((post, index) => {
      const previous = stretch.before[index - 1]
      const goesOn = post.kind === 'message' && previous?.kind === 'message' && previous.author.id === post.author.id
      return saidUnlessMuted(post, goesOn ? null : nameOf(post) || say.somebody, place)
    })
  })
}

/** A first post, and the last two of what was answered. */
function threadOf({ posts, count }: Entry, place: DigestPlace): Said[] {
  const [root, ...replies] = posts
  if (!root) return []
  const stretches = fold(replies, { count: count - 1, first: 0, last: 2 })
  const answers = stretches.flatMap((stretch): Said[] =>
    stretch.folded
      ? [{ folded: say.moreReplies(lengthOf(stretch)) }]
      : stretch.before.map((post) => saidUnlessMuted(post, nameOf(post) || say.somebody, place)),
  )
  return [saidUnlessMuted(root, null, place), ...answers]
}

function saidUnlessMuted(post: TimelinePost, who: string | null, { muted }: DigestPlace): Said {
  const reason = muted?.get(post.id)
  return reason === undefined ? saidOf(post, who) : { folded: say.muted(reason) }
}

/** Nothing of it is told but that it is there, and why it is not told. */
function mutedItem({ id, platform, posts }: Entry, { firstAt, muted }: DigestPlace, name = platform): DigestItem {
  const reasons = new Set(posts.map((post) => muted?.get(post.id) ?? ''))
  const said = [...reasons].map((reason) => ({ folded: say.muted(reason) }))
  const none = { beside: [], above: [], also: [], original: null, answers: null, members: false }
  return { id, platform: { id: platform, name }, at: firstAt, name: say.mutedName, said, ...none }
}

function saidOf(post: TimelinePost, who: string | null): Said {
  const { kind, sortAt, contentWarning, title, media, card, poll, quote, sensitive, unsupported } = post
  const base = { who, action: kind === 'action', at: sortAt }
  if (contentWarning !== null) return { ...base, title: null, warning: contentWarning, html: '', cut: false, extras: [] }
  const { html, cut } = bodyOf(post)
  const topic = kind === 'topic' ? say.changedTopic : ''
  const extras = [
    ...media.map((medium) => mediumExtra(medium, sensitive)),
    ...(poll ? [pollExtra(poll)] : []),
    ...(card ? [cardExtra(card)] : []),
    ...(quote ? [quoteExtra(quote)] : []),
    ...(unsupported ? [{ words: unsupported, url: post.url }] : []),
  ]
  return { ...base, title, warning: null, html: topic + html, cut, extras }
}

/** As many whole paragraphs as fit; where one alone is too long, its words. */
function bodyOf({ html, text }: TimelinePost): { html: string; cut: boolean } {
  if (text.length <= LONG_TEXT) return { html, cut: false }
  // Between paragraphs that stand one after the other no HTML is cut.
  const pieces = html.split('</p>').map((piece) => piece.trim())
  const other = pieces.findIndex((piece) => !piece.startsWith('<p>'))
  const paragraphs = pieces.slice(0, other < 0 ? pieces.length : other).map((piece) => `${piece}</p>`)
  let kept = ''
  for (const paragraph of paragraphs) {
    if ((kept + paragraph).replace(/<[^>]*>/g, '').length > SHORT_TEXT) break
    kept += paragraph
  }
  return { html: kept || `<p>${escapeHtml(shortened(text, SHORT_TEXT)).replace(/\n+/g, '<br>')}</p>`, cut: true }
}

const mediaWords: Record<Media['kind'], string> = {
  image: say.picture,
  gifv: say.animation,
  video: say.video,
  audio: say.audio,
  file: say.file,
}

function mediumExtra({ kind, title, alt, url, preview }: Media, sensitive: boolean): Extra {
  const shown = [title, alt].filter(Boolean).join(': ')
  const told = sensitive ? say.sensitive : shown ? shortened(shown, QUOTED) : kind === 'image' ? say.undescribed : ''
  return { words: [mediaWords[kind], told].filter(Boolean).join(': '), url: url ?? preview }
}

function pollExtra({ options }: Poll): Extra {
  return { words: say.poll(options.map(({ text, votes }) => (votes === null ? text : `${text} (${votes})`))), url: null }
}

function cardExtra({ title, url, site }: Card): Extra {
  return { words: [title || url, site].filter(Boolean).join(' · '), url }
}

function quoteExtra(quote: Quote): Extra {
  if (quote.state !== 'shown') return { words: say.quotedGone, url: quote.url }
  const { author, title, text, contentWarning, url } = quote
  const said = contentWarning ? say.covered(contentWarning) : shortened([title, text].filter(Boolean).join(': '), QUOTED)
  return { words: `${say.quoted(author.name || author.handle)}: ${said}`, url }
}

function doorName({ platform, place }: TimelinePost): string {
  const name = connectors.find(({ id }) => id === platform)?.name ?? platform
  return place ? `${name}, ${place}` : name
}

function nameOf({ author }: TimelinePost): string {
  return author.name || author.handle
}

/** The first words up to a length, never half a word unless it is longer than that itself. */
function shortened(text: string, length: number): string {
  const plain = text.trim()
  if (plain.length <= length) return plain
  const space = plain.lastIndexOf(' ', length)
  return `${plain.slice(0, space > length / 2 ? space : length).toWellFormed()}…`
}
