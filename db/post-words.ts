import type { Audience, Card, Media, Person, Poll, Quote } from './post.ts'
import { folded, wordsIn } from './words.ts'

/** What search reads of a post. */
export type Searchable = {
  platform: string
  sourceIds: number[]
  /** The audience of its entry, which is the most careful of the two. */
  audience: Audience
  sortAt: Date
  author: Person
  title: string | null
  text: string
  html: string
  language: string | null
  tags: string[]
  contentWarning: string | null
  media: Media[]
  card: Card | null
  poll: Poll | null
  quote: Quote | null
}

/** What a post can have, for `has:`. */
export const haves = ['link', 'image', 'video', 'audio', 'code', 'poll'] as const
export type Have = (typeof haves)[number]

/** Of a book somebody posted, so much is searched; Postgres counts positions up to 16,383. */
const MOST_WORDS = 10_000
/** Between the parts of a post, so that no phrase reaches from one into the next. */
const APART = 8
export const DAY_MS = 86_400_000
/** Days that are one block. */
export const BLOCK_DAYS = 16

/**
 * Everything that a search can ask of a post, as one `tsvector`, so that one index answers any combination: its words as
 * they are with their positions; where its stem is another, `~stem`; and facts as `:kind:value`, its day among them. No
 * word begins with `~` or `:`. No weights: nothing is ranked.
 */
export function postWords(post: Searchable): string {
  const lexemes = new Map<string, number[]>()
  const add = (lexeme: string, position?: number) => {
    const positions = lexemes.get(lexeme)
    if (!positions) lexemes.set(lexeme, position === undefined ? [] : [position])
    else if (position !== undefined) positions.push(position)
  }
  let at = 0
  let left = MOST_WORDS
  for (const part of partsOf(post)) {
    for (const { word, stem } of wordsIn(part).slice(0, left)) {
      at++
      left--
      add(word, at)
      // `c++` is found as `c`, too.
      const bare = word.replace(/[+#]+$/, '')
      if (bare !== word && bare) add(bare, at)
      if (stem !== null) add(stemLexeme(stem))
    }
    at += APART
  }
  for (const fact of factsOf(post)) add(fact)
  return Array.from(lexemes, ([lexeme, positions]) => `${quoted(lexeme)}${positions.length > 0 ? `:${positions.join(',')}` : ''}`).join(' ')
}

export const stemLexeme = (stem: string) => `~${stem}`
/** The facts of a post that a search can ask for, as they stand in the index. */
export const facts = {
  platform: (id: string) => `:platform:${id}`,
  source: (id: number) => `:source:${id}`,
  audience: (audience: Audience) => `:audience:${audience}`,
  from: (word: string) => `:from:${word}`,
  tag: (tag: string) => `:tag:${folded(tag)}`,
  has: (what: Have) => `:has:${what}`,
  language: (language: string) => `:lang:${language.toLowerCase()}`,
  /** Days since 1970, UTC. */
  day: (day: number) => `:day:${day}`,
  block: (block: number) => `:block:${block}`,
}

/** A lexeme as `tsvector` and `tsquery` read it. */
export function quoted(lexeme: string): string {
  return `'${lexeme.replace(/['\\]/g, '$&$&')}'`
}

/** `#tag` as a person writes it within a text. */
const TAG = /(?<![\p{L}\p{N}&/#])#([\p{L}\p{N}_]+)/gu

function partsOf({ author, title, text, tags, contentWarning, media, card, poll, quote }: Searchable): string[] {
  const parts: (string | null)[] = [
    title,
    text,
    contentWarning,
    ...(card ? [card.title, card.description, card.site] : []),
    ...media.flatMap(({ alt, title }) => [alt, title]),
    ...(poll ? poll.options.map((option) => option.text) : []),
    ...(quote?.state === 'shown' ? [quote.title, quote.text, quote.author.name, quote.author.handle] : []),
    author.name,
    author.handle,
    ...tags,
  ]
  return parts.filter((part) => part !== null)
}

function factsOf(post: Searchable): string[] {
  const day = Math.floor(post.sortAt.getTime() / DAY_MS)
  const named = [...wordsIn(post.author.name), ...wordsIn(post.author.handle)]
  const tags = [...post.tags, ...Array.from(post.text.matchAll(TAG), ([, tag]) => tag ?? '')]
  const [primary] = post.language?.split('-') ?? []
  return [
    facts.day(day),
    facts.block(Math.floor(day / BLOCK_DAYS)),
    facts.audience(post.audience),
    facts.platform(post.platform),
    ...post.sourceIds.map(facts.source),
    ...named.map(({ word }) => facts.from(word)),
    ...tags.filter(Boolean).map(facts.tag),
    ...haves.filter((what) => has[what](post)).map(facts.has),
    ...(primary && post.language ? [facts.language(primary), facts.language(post.language)] : []),
  ]
}

const has: { [what in Have]: (post: Searchable) => boolean } = {
  link: ({ card, html }) => card !== null || leadsAway(html),
  image: ({ media }) => media.some(({ kind }) => kind === 'image' || kind === 'gifv'),
  video: ({ media, card }) => media.some(({ kind }) => kind === 'video') || card?.kind === 'video',
  audio: ({ media }) => media.some(({ kind }) => kind === 'audio'),
  code: ({ html }) => /<(?:code|pre)[ >]/.test(html),
  poll: ({ poll }) => poll !== null,
}

/** Whether there is a link in it; people and hashtags are links on most platforms, and nobody means those. */
function leadsAway(html: string): boolean {
  for (const [, said = ''] of html.matchAll(/<a [^>]*href="https?:[^>]*>(.{0,40})/gs)) {
    if (!/^(?:<[^>]*>|\s)*[@#]/.test(said)) return true
  }
  return false
}
