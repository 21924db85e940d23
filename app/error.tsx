'use client'

import { Frame } from './frame.tsx'

/** Next asks for a client component here; it does nothing but speak. */
export default function ErrorPage() {
  return (
    <Frame>
      <section className="empty">
        <h1>This page could not be made.</h1>
        <p>
          No post is lost. The database may still be starting: <a href="/">try again</a> in a moment. If it stays like this, the program’s
          log says what happened.
        </p>
      </section>
    </Frame>
  )
}
