import { z } from 'zod'
import type { Card, Media } from '#db/post'
import { escapeHtml } from '../html.ts'
import { imageOf, videoOf } from './block-media.ts'
import { Block, image, text } from './block-shapes.ts'
import { inline, plainOf, textHtml } from './block-text.ts'
import { fromPlain } from './mrkdwn.ts'
import type { Drawing } from './names.ts'
import { fromRichText } from './rich-text.ts'

/** Everything that apps compose messages of. https://docs.slack.dev/reference/block-kit/blocks/ */

export type Drawn = {
  html: string
  media: Media[]
  card: Card | null
  /** What cannot be drawn here, in a sentence. */
  unsupported: string | null
}

/** Buttons and forms work in Slack only, and are nothing to read. */
const INTERACTIVE = ['actions', 'input', 'context_actions']

/** What some blocks show; `html` is to be passed through `fromHtml`. Throws what are no blocks. */
export function drawBlocks(blocks: unknown[], drawing: Drawing): Drawn {
  const all = blocks.map((block) => drawBlock(block, drawing))
  return {
    html: all.map(({ html }) => html ?? '').join(''),
    media: all.flatMap(({ media }) => media ?? []),
    card: all.find(({ card }) => card)?.card ?? null,
    unsupported: all.find(({ unsupported }) => unsupported)?.unsupported ?? null,
  }
}

function drawBlock(given: unknown, drawing: Drawing): Partial<Drawn> {
  const block = Block.parse(given)
  const boxed = (html: string) => ({ html: html && `<p>${html}</p>` })
  switch (block.type) {
    case 'rich_text':
      return { html: fromRichText(block, drawing) }
    case 'section':
      return sectionOf(block, drawing)
    case 'header':
      return { html: `<h3>${inline(fromPlain(plainOf(block.text), drawing))}</h3>` }
    case 'context':
      return contextOf(block.elements ?? [], drawing)
    case 'divider':
      return { html: '<hr>' }
    case 'image':
      return { media: imageOf(image.parse(given)) }
    case 'markdown':
      return { html: fromMarkdown(plainOf(block.text)) }
    case 'table':
    case 'data_table':
      return { html: tableOf(block.rows ?? [], drawing) }
    case 'video':
      return { card: videoOf(block) }
    case 'card':
      return cardOf(block, drawing)
    case 'carousel':
    case 'container':
      return drawBlocks(block.elements ?? [], drawing)
    case 'task_card':
      return taskOf(block, drawing)
    case 'plan':
      return drawPlan(block, drawing)
    case 'alert':
      return boxed(textHtml(block.text ?? block.title, drawing))
    // The file itself hangs on the message; a call is over by the time anybody reads of it.
    case 'file':
    case 'call':
      return {}
    default: {
      if (INTERACTIVE.includes(block.type)) return { unsupported: 'Interactive: open in Slack' }
      const said = textHtml(block.text, drawing)
      return said ? { html: said } : { unsupported: `Unsupported ${block.type.replaceAll('_', ' ')}` }
    }
  }
}

function sectionOf(block: Block, drawing: Drawing): Partial<Drawn> {
  const fields = (block.fields ?? []).map((field) => `<li>${inline(textHtml(field, drawing))}</li>`).join('')
  const accessory = z.object({ type: z.string() }).safeParse(block.accessory).data
  return {
    html: `${textHtml(block.text, drawing)}${fields && `<ul>${fields}</ul>`}`,
    media: accessory?.type === 'image' ? imageOf(image.parse(block.accessory)) : [],
    unsupported: accessory && accessory.type !== 'image' ? 'Interactive: open in Slack' : null,
  }
}

function contextOf(elements: unknown[], drawing: Drawing): Partial<Drawn> {
  const html = elements
    .map((element) => inline(textHtml(text.parse(element), drawing)))
    .filter(Boolean)
    .join(' · ')
  return { html: html && `<p><small>${html}</small></p>` }
}

/** Markdown is shown as it was written, its lines and links kept. */
function fromMarkdown(markdown: string): string {
  return markdown
    .split(/\n{2,}/)
    .map((paragraph) => {
      const html = escapeHtml(paragraph.trim()).replace(
        /\[([^\]\n]+)\]\((https?:[^)\s]+)\)/g,
        (_all, label: string, url: string) => `<a href="${url}">${label}</a>`,
      )
      return html && `<p>${html.replaceAll('\n', '<br>')}</p>`
    })
    .join('')
}

function tableOf(rows: unknown[][], drawing: Drawing): string {
  const Cell = z.looseObject({
    type: z.string(),
    text: z.union([z.string(), z.number()]).optional(),
    value: z.union([z.string(), z.number()]).optional(),
  })
  const cellHtml = (given: unknown) => {
    const cell = Cell.safeParse(given).data
    if (!cell) return ''
    return cell.type === 'rich_text' ? inline(fromRichText(given, drawing)) : escapeHtml(String(cell.text ?? cell.value ?? ''))
  }
  const [head = [], ...body] = rows.map((row) => row.map(cellHtml))
  const row = (cells: string[], tag: string) => `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`
  return `<table><thead>${row(head, 'th')}</thead><tbody>${body.map((cells) => row(cells, 'td')).join('')}</tbody></table>`
}

function cardOf(block: Block, drawing: Drawing): Partial<Drawn> {
  const title = inline(textHtml(block.title, drawing))
  const html = [title && `<p><strong>${title}</strong></p>`, textHtml(block.subtitle, drawing), textHtml(block.body, drawing)].join('')
  return { html: html && `<blockquote>${html}</blockquote>`, media: imageOf(block.hero_image) }
}

const STATUS: Record<string, string> = { pending: '☐', in_progress: '◔', complete: '✓', error: '✗' }

function taskOf(block: Block, drawing: Drawing): Partial<Drawn> {
  const parts = [block.details, block.output].map((part) => (part ? fromRichText(part, drawing) : '')).join('')
  return {
    html: `<p>${STATUS[block.status ?? ''] ?? ''} ${escapeHtml(plainOf(block.title))}</p>${parts && `<blockquote>${parts}</blockquote>`}`,
  }
}

function drawPlan(block: Block, drawing: Drawing): Partial<Drawn> {
  const tasks = drawBlocks(block.tasks ?? [], drawing)
  return { ...tasks, html: `<h4>${escapeHtml(plainOf(block.title))}</h4>${tasks.html}` }
}
