import type { FeedKey } from '#db/feed-keys'
import { accountStrings as strings } from '../strings/sign-in.ts'

type Props = {
  keys: FeedKey[]
  /** The address that was made just now, to be seen this once. */
  made: string | undefined
  dayOf: (day: Date) => string
}

/** The addresses of feeds of one account: each with the way to end it, and a form for another one. */
export function FeedKeys({ keys, made, dayOf }: Props) {
  return (
    <>
      {made && (
        <div className="done" role="status">
          {strings.feedMade}
          <pre>
            <code>{made}</code>
          </pre>
        </div>
      )}
      {keys.length > 0 && (
        <ul className="list">
          {keys.map(({ id, name, createdAt, usedAt }) => (
            <li key={id}>
              <b>{name}</b>
              <small>{strings.feedSince(dayOf(createdAt), usedAt && dayOf(usedAt))}</small>
              <form method="post" action="/account/feeds">
                <input type="hidden" name="revoke" value={id} />
                <button type="submit" className="plain" aria-label={`${strings.endFeed}: ${name}`}>
                  {strings.endFeed}
                </button>
              </form>
            </li>
          ))}
        </ul>
      )}
      <form method="post" action="/account/feeds">
        <p className="ways">
          <label htmlFor="feed-name">{strings.feedName}</label>
          <input id="feed-name" name="name" maxLength={60} placeholder={strings.feedExample} />
          <button type="submit">{strings.makeFeed}</button>
        </p>
      </form>
    </>
  )
}
