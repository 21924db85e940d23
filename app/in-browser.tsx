'use client'

import { type HTMLAttributes, useEffect } from 'react'
import type { WhenUsed } from './reading/begin.ts'

const whenUsed: WhenUsed = { searches: () => import('./reading/search-suggestions.ts'), films: () => import('hls.js') }

/**
 * Starts what runs in the browser: plain modules that work on the page as it was sent. They are fetched once the page
 * is there and drawn, because nothing of it waits for them.
 */
export function BeginReading() {
  useEffect(() => {
    const begin = () => void import('./reading/begin.ts').then(({ beginReading }) => beginReading(document, whenUsed))
    if ('requestIdleCallback' in window) requestIdleCallback(begin, { timeout: 500 })
    else setTimeout(begin)
  }, [])
  return null
}

/** What `Markup` is in the page: on the server the HTML under a key (`kept-markup.ts`), in the browser what stands there already. */
export function SentMarkup({ of, ...attributes }: HTMLAttributes<HTMLDivElement> & { id: string; of: string }) {
  const html = globalThis.takeMarkup ? { __html: globalThis.takeMarkup(of) } : standing(attributes.id)
  // biome-ignore lint/security/noDangerouslySetInnerHtml: drawn by React a moment before, which escapes what has to be
  return <div {...attributes} dangerouslySetInnerHTML={html} suppressHydrationWarning />
}

/** Asked for only where React draws the page anew, which leaves what is there. */
function standing(id: string): { __html: string } {
  return {
    get __html() {
      return document.getElementById(id)?.innerHTML ?? ''
    },
  }
}
