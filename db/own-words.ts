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

const LINK = /<a\s[^>]*?href="([^"]*)"[^>]*>([\s\S]*?)<\/a>/gi
const ADDRESS = /^(?:https?:\/\/|www\.)\S+$|^[\w-]+(?:\.[\w-]+)+(?:\/\S*)?…?$|…$/i

/**
 * The words of a post in order, lower case, without addresses, people addressed, emoji, punctuation and the hashtags
 * that stand after the last word: what its author said, whatever the network made of it. The body is our sanitiser's
 * HTML; `title` goes first.
 */
export function ownWords({ title, html }: Pick<Said, 'title' | 'html'>): string[] {
  const body = html
    .replace(LINK, (_all, _href, inner: string) => {
      const seen = plain(inner).trim()
      return seen.startsWith('@') || ADDRESS.test(seen) ? ' ' : ` ${seen} `
    })
    .replace(/(?:\s*(?:<[^>]*>|#[\p{L}\p{N}_]+|\s))+$/u, ' ')
  return wordsOf(`${title ?? ''} ${plain(body)}`)
}

/** Words of plain text, as `ownWords` gives them. */
export function wordsOf(text: string): string[] {
  return (
    text
      .normalize('NFKC')
      .toLowerCase()
      .replace(/https?:\/\/\S+/g, ' ')
      .replace(/(?<![\p{L}\p{N}])@[\w.-]+(@[\w.-]+)?/gu, ' ')
      .replace(/['’]/g, '')
      .match(/[\p{L}\p{N}]+(?:[.\-_+][\p{L}\p{N}]+)*\+*/gu) ?? []
  )
}

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
