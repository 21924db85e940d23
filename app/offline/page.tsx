import type { Metadata } from 'next'
import { Frame } from '../frame.tsx'
import { offlineStrings as words } from '../strings/offline.ts'

export const metadata: Metadata = { title: words.notKeptTitle }

/** What a browser shows without a network in the place of pages that it does not keep (`public/sw.js`). */
export default function OfflinePage() {
  return (
    <Frame>
      <section className="empty">
        <h1>{words.notKeptTitle}</h1>
        <p>{words.notKept}</p>
        <p>
          <a href="/">{words.toKept}</a>
        </p>
      </section>
    </Frame>
  )
}
