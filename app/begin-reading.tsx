'use client'

import { useEffect } from 'react'
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
