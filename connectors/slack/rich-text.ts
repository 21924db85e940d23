import { z } from 'zod'
import { escapeHtml } from '../html.ts'
import { glyphOf } from './emoji.ts'
import { channelHtml, type Drawing, dateHtml, emojiHtml, linkHtml, userHtml } from './names.ts'

/**
 * `rich_text` blocks: what people type, faithfully. https://docs.slack.dev/reference/block-kit/blocks/rich-text-block/
 */

const flag = z.boolean().nullish()

const Leaf = z.object({
  type: z.string(),
  text: z.string().nullish(),
  url: z.string().nullish(),
  user_id: z.string().nullish(),
  channel_id: z.string().nullish(),
  range: z.string().nullish(),
  name: z.string().nullish(),
  unicode: z.string().nullish(),
  skin_tone: z.number().nullish(),
  timestamp: z.coerce.number().nullish(),
  fallback: z.string().nullish(),
  value: z.string().nullish(),
  style: z.object({ bold: flag, italic: flag, strike: flag, code: flag, underline: flag, highlight: flag }).nullish().catch(null),
})

const Section = z.object({ type: z.string(), elements: z.array(Leaf) })

const Element = z.object({
  type: z.string(),
  elements: z.array(z.union([Section, Leaf])).default([]),
  style: z.unknown().optional(),
  indent: z.number().int().min(0).max(20).nullish(),
  offset: z.number().int().nullish(),
})

export const RichText = z.object({ elements: z.array(Element) })

type Leaf = z.infer<typeof Leaf>
type Element = z.infer<typeof Element>
type Item = { indent: number; ordered: boolean; start: number; html: string }

/** HTML of a rich_text block, to be passed through `fromHtml`. Throws what is none. */
export function fromRichText(block: unknown, drawing: Drawing): string {
  const { elements } = RichText.parse(block)
  let html = ''
  for (let at = 0; at < elements.length; at++) {
    const element = elements[at]
    if (!element) continue
    if (element.type === 'rich_text_list') {
      const items: Item[] = []
      // A list is told as one list for each stretch of one indent and style.
      for (; elements[at]?.type === 'rich_text_list'; at++) items.push(...itemsOf(elements[at] ?? element, drawing))
      at--
      html += listHtml(items)
    } else html += boxHtml(element, drawing)
  }
  return html
}

function boxHtml(element: Element, drawing: Drawing): string {
  const leaves = element.elements.flatMap((child) => ('elements' in child ? child.elements : [child]))
  if (element.type === 'rich_text_preformatted')
    return `<pre><code>${leaves.map((leaf) => leafHtml({ ...leaf, style: null }, drawing, '\n')).join('')}</code></pre>`
  const inner = leaves.map((leaf) => leafHtml(leaf, drawing)).join('')
  if (element.type === 'rich_text_quote') return `<blockquote>${inner}</blockquote>`
  // The end of a section is the end of its line.
  return inner.trim() && `<p>${inner.replace(/(<br>)+$/, '')}</p>`
}

function itemsOf(list: Element, drawing: Drawing): Item[] {
  return list.elements.map((child, index) => ({
    indent: list.indent ?? 0,
    ordered: list.style === 'ordered',
    start: (list.offset ?? 0) + index + 1,
    html: ('elements' in child ? child.elements : [child]).map((leaf) => leafHtml(leaf, drawing)).join(''),
  }))
}

/** Items that are indented further than the one before them make a list within it. */
function listHtml(items: Item[]): string {
  const [first] = items
  if (!first) return ''
  const end = items.findIndex(({ indent, ordered }) => indent < first.indent || (indent === first.indent && ordered !== first.ordered))
  const mine = end < 0 ? items : items.slice(0, end)
  let html = ''
  for (let at = 0; at < mine.length; ) {
    const next = mine.findIndex(({ indent }, index) => index > at && indent <= first.indent)
    const until = next < 0 ? mine.length : next
    html += `<li>${mine[at]?.html ?? ''}${listHtml(mine.slice(at + 1, until))}</li>`
    at = until
  }
  const list = first.ordered ? `<ol${first.start > 1 ? ` start="${first.start}"` : ''}>${html}</ol>` : `<ul>${html}</ul>`
  return list + (end < 0 ? '' : listHtml(items.slice(end)))
}

function leafHtml(leaf: Leaf, drawing: Drawing, lineEnd = '<br>'): string {
  let html = bareHtml(leaf, drawing).replaceAll('\n', lineEnd)
  const { code, bold, italic, strike, underline, highlight } = leaf.style ?? {}
  if (code) html = `<code>${html}</code>`
  if (bold) html = `<strong>${html}</strong>`
  if (italic) html = `<em>${html}</em>`
  if (strike) html = `<s>${html}</s>`
  if (underline) html = `<u>${html}</u>`
  if (highlight) html = `<mark>${html}</mark>`
  return html
}

function bareHtml(leaf: Leaf, drawing: Drawing): string {
  const { type, text, url, user_id, channel_id, name, unicode } = leaf
  switch (type) {
    case 'link':
      return linkHtml(url ?? '', escapeHtml(text || url || ''))
    case 'user':
      return userHtml(user_id ?? '', drawing)
    case 'channel':
      return channelHtml(channel_id ?? '', drawing)
    case 'usergroup':
      return '@group'
    case 'broadcast':
      return escapeHtml(`@${leaf.range ?? 'channel'}`)
    case 'emoji':
      return (unicode && glyphOf(unicode)) || emojiHtml(leaf.skin_tone ? `${name}::skin-tone-${leaf.skin_tone}` : (name ?? ''), drawing)
    case 'date': {
      const date = dateHtml(leaf.timestamp ?? Number.NaN, leaf.fallback)
      return url ? linkHtml(url, date) : date
    }
    case 'color':
      return `<code>${escapeHtml(leaf.value ?? '')}</code>`
    case 'team':
      return escapeHtml(`@${drawing.team.name}`)
    default:
      // What is not known by now says at least what it says.
      return escapeHtml(text ?? leaf.fallback ?? '')
  }
}
