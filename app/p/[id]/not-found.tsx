import { Frame } from '../../frame.tsx'

/** The same words for what never was, what is gone, and what is not for this reader: none of them is anybody's business. */
export default function NoSuchPost() {
  return (
    <Frame>
      <section className="empty">
        <h1>There is no such post here.</h1>
        <p>
          It may have been deleted where it was said, or this address does not show it. <a href="/">Go to the timeline</a>
        </p>
      </section>
    </Frame>
  )
}
