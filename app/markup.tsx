import type { HTMLAttributes, ReactNode } from 'react'
import { SentMarkup } from './in-browser.tsx'
import { keepMarkup } from './kept-markup.ts'

// Node's own copy, not the one that Next builds in: among the components of a server React has no other way to a string.
const { renderToStaticMarkup } = await import(/* turbopackIgnore: true */ 'react-dom/server')

type Props = HTMLAttributes<HTMLDivElement> & { id: string; children: ReactNode }

/**
 * A `div` whose content is sent as HTML and is never React's in the browser: what reads on there (`app/reading/`) works
 * on the page as it was sent. Drawn as components, a list would be rendered twice and sent twice, as HTML and as React's
 * own description of it; that was half of what a page took (`tests/bench/RESULTS.md`). What is in it is drawn at once:
 * no component of it may be async, or take part in the browser. Of its attributes each is a text or a number.
 */
export function Markup({ children, ...attributes }: Props) {
  return <SentMarkup of={keepMarkup(renderToStaticMarkup(children))} {...attributes} />
}
