import type { Metadata } from 'next'
import { accountById } from '#db/accounts'
import { sourcesKnownTo } from '#db/sources'
import { personalSubscription } from '#db/subscriptions'
import { configuration } from '#lib/config'
import { maySubscribe, subscribeProblems } from '#lib/digest/subscribe'
import { filterOf, hrefFor, parseAddress, type Query } from '../../address.ts'
import { attempt } from '../../attempt.ts'
import { chosenIn, inWords } from '../../filter-names.ts'
import { Frame } from '../../frame.tsx'
import { digestStrings } from '../../strings/digest.ts'
import { Unreadable } from '../../unreadable.tsx'
import { visitor } from '../../visitor.ts'
import { WhatFields, WhenFields } from '../../wish-form.tsx'

const say = digestStrings.mail

export const metadata: Metadata = { title: say.title }

/** Where a reader asks for the digest by mail; what the address filters by is offered. */
export default async function DigestMailPage({
  searchParams,
}: {
  searchParams: Promise<Query & { asked?: string; begun?: string; problem?: string }>
}) {
  const query = await searchParams
  const { reader, zone, preferences } = await visitor()
  const problem = subscribeProblems.find((word) => word === query.problem)
  const filter = filterOf(parseAddress(query))
  const found = await attempt(() =>
    Promise.all([
      sourcesKnownTo(reader),
      chosenIn(reader, filter),
      reader.account ? accountById(reader.account) : null,
      configuration().MODE === 'personal' && reader.role === 'owner' ? personalSubscription() : null,
    ]),
  )
  if (!found) return <Unreadable />
  const [sources, names, account, own] = found
  const address = hrefFor(filter).slice(1)
  const read = sources.filter(({ pausedAt, off }) => !pausedAt && !off)
  return (
    <Frame here="digest">
      <h1>{say.title}</h1>
      <p className="lead">{say.lead}</p>
      {problem && (
        <p className="problem" role="alert">
          {digestStrings.problems[problem]}
        </p>
      )}
      {(query.asked === '1' || query.begun === '1') && (
        <p className="done" role="status">
          {query.begun === '1' ? say.begun : say.asked}
        </p>
      )}
      {own && (
        <p className="lead">
          <a href={`/digest/subscription?t=${own.token}`}>{say.manageTitle}</a>
        </p>
      )}
      {maySubscribe(reader, configuration()) ? (
        <form method="post" action="/digest/ask" className="settings">
          <p className="field">
            <label htmlFor="wish-address">{say.address}</label>
            <input
              id="wish-address"
              name="address"
              type="email"
              required
              maxLength={254}
              autoComplete="email"
              defaultValue={account?.email}
            />
          </p>
          <WhatFields
            chosen={address ? { address, name: inWords(names) } : null}
            views={preferences.views}
            sources={read}
            stars={preferences.stars}
          />
          <WhenFields every="daily" hour={7} weekday={1} format="html" quiet={false} zone="" ofBrowser={zone} />
          <p className="does">
            <button type="submit">{say.send}</button>
          </p>
        </form>
      ) : (
        <p className="lead">{say.noMail}</p>
      )}
    </Frame>
  )
}
