import type { SafeHtml } from '#db/post'

/** A stretch of characters, `end` not included. */
export type Span = { start: number; end: number }

/**
 * The same HTML with what `find` finds in its text in `mark` elements. Takes what is safe and adds nothing else. `find`
 * is given the text with tags and entities as spaces, so that places in it are places in the HTML; what lies in it over a
 * tag stays unmarked.
 */
export function markHtml(html: SafeHtml, find: (text: string) => Span[]): SafeHtml {
  const bare = html.replace(/<[^>]*>|&(?:#?\w+);/g, (sign) => ' '.repeat(sign.length))
  let marked = ''
  let at = 0
  for (const { start, end } of find(bare)) {
    if (start < at || /[<>]/.test(html.slice(start, end))) continue
    marked += `${html.slice(at, start)}<mark>${html.slice(start, end)}</mark>`
    at = end
  }
  return (marked + html.slice(at)) as SafeHtml
}
