import { Frame } from './frame.tsx'

export const metadata = { title: 'No such page' }

export default function NotFound() {
  return (
    <Frame>
      <section className="empty">
        <h1>There is no such page.</h1>
        <p>
          The address may be mistyped, or from another version of this program. <a href="/">Go to the timeline</a>
        </p>
      </section>
    </Frame>
  )
}
