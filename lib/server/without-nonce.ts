import { createHash } from 'node:crypto'
import type { Inline } from './security-headers.ts'

/** An element that may run, and what is in it. Next writes its attributes: none of them holds a `>`. */
const ELEMENT = /<(script|style)((?:\s[^>]*)?)>([\s\S]*?)<\/\1>/g

/**
 * A page that was made with a nonce, as one that can be kept for many: without it, and with the hashes of the inline
 * scripts that bore it (https://www.w3.org/TR/CSP3/#match-element-to-source-list). What bears none was not written by
 * Next, is not hashed, and so never runs. Elsewhere, in what Next tells its own script, the nonce becomes a word of the
 * same length, so that the same page is the same bytes.
 */
export function withoutNonce(html: string, nonce: string): { html: string; inline: Inline } {
  const attribute = ` nonce="${nonce}"`
  const inline = { scripts: new Set<string>(), styles: new Set<string>() }
  const word = 'kept'.padEnd(nonce.length, '-')
  for (const [, element, attributes = '', content = ''] of html.matchAll(ELEMENT)) {
    if (!attributes.includes(attribute) || /\ssrc=/.test(attributes)) continue
    const hash = createHash('sha256').update(content.replaceAll(nonce, word)).digest('base64')
    inline[element === 'script' ? 'scripts' : 'styles'].add(`'sha256-${hash}'`)
  }
  return {
    html: html.replaceAll(attribute, '').replaceAll(nonce, word),
    inline: { scripts: [...inline.scripts], styles: [...inline.styles] },
  }
}
