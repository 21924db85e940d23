import { load } from 'cheerio/slim'
import { decodeHTML } from 'entities'
import type { SafeHtml } from '#db/post'
import { fromHtml, fromText, toText } from '../html.ts'
import type { Picture, Text } from './entry.ts'

/** As many characters of a post as a timeline shows (the rest is a click away). */
const MAX_CHARACTERS = 600

type Document = ReturnType<typeof load>
type Nodes = ReturnType<ReturnType<Document['root']>['contents']>

/** What blogging software appends to the text of each item. */
const APPENDED = /^(The post .{1,300}(appeared first|first appeared) on .{1,200}|(Continue reading|Read more|Read the rest)\b.{0,200})$/i

export type Summary = { html: SafeHtml; text: string; pictures: Picture[] }

/**
 * The start of a text, sanitised, at most 600 characters long and cut between words with its tags closed, and the
 * pictures that the whole text holds; the pictures are not part of the summary.
 */
export function summarise(text: Text): Summary {
  const safe = safeOf(text)
  // Without a tag in it there is nothing to take apart, and little to cut.
  const html = safe !== '' && !safe.includes('<') ? fromHtml(`<p>${safe}</p>`) : null
  if (html !== null && html.length <= MAX_CHARACTERS) return { html, text: toText(html), pictures: [] }
  const $ = load(safe, null, false)
  const pictures = picturesOf(safe)
  if (UNSHOWN.test(safe)) $('img:not(.emoji), figure:not(:has(blockquote, pre)), hr').remove()
  const last = $.root().children().last()
  if (APPENDED.test(last.text().trim())) last.remove()

  // Sanitised once more at the end, which closes what a cut left open; between, only its characters count.
  let short = lighten($).trim()
  let plain = toText(short)
  // Markers of lists and lines between paragraphs count, too, so that a second cut may be needed.
  for (
    let room = MAX_CHARACTERS;
    plain.length > MAX_CHARACTERS && room > 0;
    room = Math.floor((room - 1) * (MAX_CHARACTERS / plain.length))
  ) {
    const shorter = load(short, null, false)
    cut(shorter, shorter.root().contents(), room)
    short = shorter.html().trim()
    plain = toText(short)
  }
  return { html: fromHtml(short), text: plain, pictures }
}

/** The pictures that a text holds, where nothing else of it is wanted: most texts hold none, and are not taken apart. */
export function picturesIn(text: Text): Picture[] {
  return text.type === 'html' && /<img/i.test(text.value) ? picturesOf(safeOf(text)) : []
}

/** What a summary shows nothing of. */
const UNSHOWN = /<(?:img|figure|hr)\b/

function safeOf({ value, type, base }: Text): SafeHtml {
  return type === 'html' ? fromHtml(value, { base }) : fromText(value)
}

/** As the sanitiser writes it: neither `>` nor `"` stands unescaped in a value. */
const PICTURE = /<img\b([^>]*)>/g
const ATTRIBUTE = / ([a-z]+)="([^"]*)"/g

function picturesOf(safe: SafeHtml): Picture[] {
  return Array.from(safe.matchAll(PICTURE), ([, written = '']) => attributesIn(written))
    .filter(({ class: name = '' }) => !name.split(' ').includes('emoji'))
    .map(({ src, alt, width, height }) => ({ url: src ?? '', alt: alt || null, width: pixels(width), height: pixels(height) }))
}

function attributesIn(written: string): { [name: string]: string | undefined } {
  return Object.fromEntries(Array.from(written.matchAll(ATTRIBUTE), ([, name = '', value = '']) => [name, decodeHTML(value)]))
}

const BLOCKS = 'p, div, ul, ol, dl, blockquote, pre, table, h3, h4, h5, h6'

/** Editors leave spans around each run of text and paragraphs of nothing: elements that a page of posts need not have. */
function lighten($: Document): string {
  $('span:not([class], [lang], [dir])').each((_, span) => void $(span).replaceWith($(span).contents()))
  $('p, div, span, h3, h4').each((_, box) => void ($(box).text().trim() === '' && $(box).find('img').length === 0 && $(box).remove()))
  const bare = $.root().children(BLOCKS).length === 0 && $.root().text().trim() !== ''
  return bare ? `<p>${$.html()}</p>` : $.html()
}

/** Keeps `room` characters of the text in `nodes`, in reading order; returns what room is left, null once it is full. */
function cut($: Document, nodes: Nodes, room: number): number | null {
  let left: number | null = room
  for (const node of nodes.toArray()) {
    if (left === null) {
      $(node).remove()
      continue
    }
    if (node.type !== 'text') {
      left = cut($, $(node).contents(), left)
      continue
    }
    if (node.data.length <= left) {
      left -= node.data.length
      continue
    }
    node.data = `${beforeWord(node.data, left - 1)}…`
    left = null
  }
  return left
}

/** At most `length` characters of `text`, without half a word (unless it is a very long one) or half a character. */
function beforeWord(text: string, length: number): string {
  const start = text.slice(0, Math.max(0, length))
  const words = /\s/.test(text[start.length] ?? ' ') ? start : start.replace(/\S*$/, '')
  const kept = words.length > start.length - 40 ? words : start.replace(/[\uD800-\uDBFF]$/, '')
  return kept.replace(/[\s.,;:–—-]+$/, '')
}

function pixels(written: string | undefined): number | null {
  return written && /^\d+(px)?$/.test(written.trim()) ? Number.parseInt(written, 10) : null
}
