import type { Metadata } from 'next'
import { requestsFor } from '#db/requests'
import { choicesFor } from '#lib/consent/decide'
import { attempt } from '../attempt.ts'
import { Frame } from '../frame.tsx'
import { requestsStrings as words } from '../strings/opt-out.ts'
import { Unreadable } from '../unreadable.tsx'
import { visitor } from '../visitor.ts'
import { instantName } from '../when.ts'

export const metadata: Metadata = { title: words.title }

/** For owners: who asks to be left out and could not prove it, and what readers reported. */
export default async function RequestsPage() {
  const { reader, zone } = await visitor()
  if (reader.role !== 'owner')
    return (
      <Frame>
        <h1>{words.title}</h1>
        <p className="lead">{words.ownerOnly}</p>
      </Frame>
    )
  const found = await attempt(() =>
    requestsFor(reader).then(async ({ open, decided }) => ({
      decided,
      open: await Promise.all(open.slice(0, 50).map(async (request) => ({ request, choices: await choicesFor(request) }))),
    })),
  )
  if (!found) return <Unreadable />
  const { open, decided } = found
  return (
    <Frame>
      <h1>{words.title}</h1>
      <p className="lead">{words.lead}</p>
      {open.length === 0 && <p className="lead">{words.nothing}</p>}
      {open.map(({ request, choices }) => (
        <section className="kept" key={request.id} aria-labelledby={`request-${request.id}`}>
          <h2 id={`request-${request.id}`}>
            {request.handle || request.address} {words.kinds[request.kind]}
          </h2>
          <p>
            {/^(?:https?:\/\/|\/p\/)/i.test(request.address) ? (
              <a href={request.address} rel="noreferrer">
                {request.address}
              </a>
            ) : (
              request.address
            )}
            {', '}
            {words.at(instantName(request.at, zone))}
          </p>
          {request.words && (
            <blockquote aria-label={words.says}>
              <p>{request.words}</p>
            </blockquote>
          )}
          {choices.length === 0 && <p>{words.unclear}</p>}
          <form method="post" action="/requests/decide" className="settings">
            <input type="hidden" name="request" value={request.id} />
            <p className="decide">
              {choices.map(({ what, called }) => (
                <button key={`${what.kind} ${what.platform} ${what.key}`} type="submit" name="withhold" value={JSON.stringify(what)}>
                  {words.withhold(called)}
                </button>
              ))}
              <button type="submit" className="plain">
                {request.kind === 'report' ? words.leave : words.refuse}
              </button>
            </p>
          </form>
        </section>
      ))}
      {decided.length > 0 && (
        <section className="kept" aria-labelledby="decided">
          <h2 id="decided">{words.decided}</h2>
          <ul>
            {decided.map(({ id, kind, address, state, decidedAt }) => (
              <li key={id}>
                {address} {words.kinds[kind]}: {words.states[state]} {decidedAt && instantName(decidedAt, zone)}
              </li>
            ))}
          </ul>
        </section>
      )}
    </Frame>
  )
}
