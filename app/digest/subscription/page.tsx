import type { Metadata } from 'next'
import { subscriptionOf } from '#db/subscriptions'
import { nextSlot } from '#lib/digest/digest-slots'
import { attempt } from '../../attempt.ts'
import { Frame } from '../../frame.tsx'
import { digestStrings } from '../../strings/digest.ts'
import { Unreadable } from '../../unreadable.tsx'
import { visitor } from '../../visitor.ts'
import { instantName } from '../../when.ts'
import { WhenFields } from '../../wish-form.tsx'

const say = digestStrings.mail

export const metadata: Metadata = { title: say.manageTitle }

type Asked = { t?: string | string[]; begun?: string; saved?: string; ended?: string; problem?: string }

/** Where the link in a mail leads: to begin a digest, to change it, to end it. To look at it does nothing of that. */
export default async function SubscriptionPage({ searchParams }: { searchParams: Promise<Asked> }) {
  const { t, saved, ended, begun, problem } = await searchParams
  const token = [t].flat()[0] ?? ''
  const { zone: ofBrowser, now } = await visitor()
  const found = await attempt(() => subscriptionOf(token).then((one) => ({ one })))
  if (!found) return <Unreadable />
  const { one } = found
  if (!one)
    return (
      <Frame here="digest">
        <h1>{say.unknownTitle}</h1>
        <p className="lead">
          {say.unknown} <a href="/digest/mail">{say.toSignUp}</a>
        </p>
      </Frame>
    )
  const alert = one.every === 'hourly' || one.every === 'at-once'
  const done = ended ? say.ended : saved ? say.saved : begun ? say.begun : null
  const runs = one.confirmedAt !== null && one.endedAt === null
  return (
    <Frame here="digest">
      <h1>{one.confirmedAt ? say.manageTitle : say.confirmTitle}</h1>
      {done && (
        <p className="done" role="status">
          {done}
        </p>
      )}
      {problem === 'much' && (
        <p className="problem" role="alert">
          {digestStrings.problems.much}
        </p>
      )}
      <p className="lead">
        {!one.confirmedAt
          ? say.confirmLead(one.address)
          : one.endedAt
            ? say.endedLead(one.address)
            : alert
              ? say.alertLead(one.address)
              : say.manageLead(one.address, instantName(nextSlot(one, now).dueAt, one.zone))}{' '}
        {one.name && say.chosen(one.name)}
      </p>
      {runs ? (
        <>
          <form method="post" action="/digest/change" className="settings">
            <input type="hidden" name="t" value={token} />
            <input type="hidden" name="do" value="save" />
            <WhenFields {...one} ofBrowser={ofBrowser} />
            <p className="does">
              <button type="submit">{say.save}</button>
            </p>
          </form>
          <h2>{say.endTitle}</h2>
          <Button token={token} does="end" label={say.end} />
        </>
      ) : (
        <Button token={token} does="confirm" label={one.endedAt ? say.again : say.confirm} />
      )}
    </Frame>
  )
}

function Button({ token, does, label }: { token: string; does: string; label: string }) {
  return (
    <form method="post" action="/digest/change" className="settings">
      <input type="hidden" name="t" value={token} />
      <input type="hidden" name="do" value={does} />
      <p className="does">
        <button type="submit">{label}</button>
      </p>
    </form>
  )
}
