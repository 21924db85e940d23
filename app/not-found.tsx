import { Frame } from './frame.tsx'
import { frameStrings as words } from './strings/frame.ts'

export const metadata = { title: words.noPageTitle }

export default function NotFound() {
  return (
    <Frame>
      <section className="empty">
        <h1>{words.noPage}</h1>
        <p>
          {words.noPageWhy} <a href="/">{words.toTimeline}</a>
        </p>
      </section>
    </Frame>
  )
}
