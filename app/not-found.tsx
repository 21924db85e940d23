import { Frame } from './frame.tsx'

export const metadata = { title: 'No such page' }

export default function NotFound() {
  return (
    <Frame>
      <section className="empty">
        <h1>There is no such page.</h1>
        <p>
          The address may be mistyped, or what stood there was deleted where it was said. <a href="/">Go to the timeline</a>
        </p>
      </section>
    </Frame>
  )
}
