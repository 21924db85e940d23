import type { Text } from './block-shapes.ts'
import { fromMrkdwn, fromPlain } from './mrkdwn.ts'
import type { Drawing } from './names.ts'

/** Text as apps give it, plain or mrkdwn, as HTML in paragraphs. */
export function textHtml(given: Text, drawing: Drawing): string {
  if (!given) return ''
  if (typeof given === 'string') return fromPlain(given, drawing)
  return given.type === 'mrkdwn' ? fromMrkdwn(given.text, drawing) : fromPlain(given.text, drawing)
}

/** The same as it was written. */
export function plainOf(given: Text): string {
  return (typeof given === 'string' ? given : given?.text) ?? ''
}

/** What stands within a line loses its paragraph. */
export function inline(html: string): string {
  return html.replace(/<\/p><p>/g, '<br>').replace(/<\/?p>/g, '')
}
