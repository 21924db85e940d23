import { PlainFrame } from './plain-frame.tsx'
import { Sentence } from './sentence.tsx'
import { frameStrings as words } from './strings/frame.ts'

/** What a page says when it could not be made. */
export function Unreadable() {
  return (
    <PlainFrame>
      <section className="empty">
        <h1>{words.unreadable}</h1>
        <p>
          <Sentence of={words.unreadableWhy} parts={{ again: <a href="/">{words.tryAgain}</a> }} />
        </p>
      </section>
    </PlainFrame>
  )
}
