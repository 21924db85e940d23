import { Frame } from './frame.tsx'

/** What a page says when it could not be made. */
export function Unreadable() {
  return (
    <Frame>
      <section className="empty">
        <h1>This page could not be made.</h1>
        <p>
          No post is lost. The database may be starting or stopped: <a href="/">try again</a> in a moment. If it stays like this, the
          program’s log says what happened.
        </p>
      </section>
    </Frame>
  )
}
