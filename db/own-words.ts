import { decodeHTML } from 'entities'
import type { posts } from './schema.ts'

/** What is compared of a post. */
export type Said = Pick<
  typeof posts.$inferSelect,
  | 'platform'
  | 'externalId'
  | 'url'
  | 'author'
  | 'place'
  | 'title'
  | 'html'
  | 'card'
  | 'media'
  | 'poll'
  | 'quote'
  | 'replyTo'
  | 'copyOf'
  | 'sortAt'
>

const LINK = /<a\s[^<>]*?href="([^"]*)"[^>]*>([\s\S]*?)<\/a>/gi
/** Each sign can be taken in one way only, and none is begun at twice: thirty spaces in some code must not take minutes. */
const LAST_TAGS = /(?<![\s>])(?:<[^<>]*>|#[\p{L}\p{N}_]+|\s)+$/u
/** What a link shows that shows where it leads; the networks cut long ones short, with one character or with three dots. */
const ADDRESS = /^(?:https?:\/\/|www\.)\S+$|^[\w-]+(?:\.[\w-]+)+(?:\/\S*)?$|(?:…|\.{3})$/i

/**
 * The words of a post's body in order, lower case, without addresses, people addressed, emoji, punctuation and the
 * hashtags that stand after the last word: what its author said, whatever the network made of it. The body is our
 * sanitiser's HTML.
 */
export function ownWords({ html }: Pick<Said, 'html'>): string[] {
  const body = html
    .replace(LINK, (_all, _href, inner: string) => {
      const seen = plain(inner).trim()
      return seen.startsWith('@') || ADDRESS.test(seen) ? ' ' : ` ${seen} `
    })
    .replace(LAST_TAGS, ' ')
  return wordsOf(plain(body).replace(FIRST_OF_THREAD, ' '))
}

/**
 * "1/7", "(1/n)", "1/" at either end: a thread begins, on another network in fewer parts or in one. A later part keeps
 * its number, because "photographs, 2/4" and "photographs, 3/4" are two posts.
 */
const FIRST_OF_THREAD =
  /^\s*[([]?1\/(?:\d{1,2}|n)?[)\]]?(?=\s)|(?<=\s)[([]?1\/(?:\d{1,2}|n)?[)\]]?[\s\p{P}\p{Extended_Pictographic}]{0,40}$/u

/** Words of plain text, as `ownWords` gives them. */
export function wordsOf(text: string): string[] {
  const words =
    text
      .normalize('NFKC')
      .toLowerCase()
      .replace(/https?:\/\/\S+|(?<![\w@.])(?:[a-z\d-]+\.)+[a-z]{2,}\/\S+/g, ' ')
      .replace(/(?<![\p{L}\p{N}])@[\w.-]+(@[\w.-]+)?/gu, ' ')
      .replace(/(?<!\S):\w+:(?!\S)/g, ' ')
      .replace(/['’]/g, '')
      .match(/[\p{L}\p{N}]+(?:[.\-_+][\p{L}\p{N}]+)*\+*/gu) ?? []
  return words.flatMap((word) => (UNSPACED.test(word) ? [...east.segment(word)].map(({ segment }) => segment) : [word]))
}

/** Scripts that set no space between words: a whole clause would be one. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u
const east = new Intl.Segmenter('ja', { granularity: 'word' })

/** The addresses that a post leads to, people and hashtags left out; its card first, which is what it is about. */
export function linksIn({ html, card }: Pick<Said, 'html' | 'card'>): string[] {
  const inText = [...html.matchAll(LINK)].flatMap(([all, href = '', inner = '']) => {
    const seen = plain(inner).trim()
    return /class="[^"]*\b(?:mention|hashtag)\b/.test(all) || /^[@#]/.test(seen) ? [] : [decodeHTML(href)]
  })
  return [...new Set([...(card ? [card.url] : []), ...inText])]
}

function plain(html: string): string {
  return decodeHTML(html.replace(/<\/(?:p|li|h\d|div|blockquote|pre)>|<br ?\/?>/gi, '\n').replace(/<[^>]*>/g, ''))
}
