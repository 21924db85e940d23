import type { Metadata } from 'next'
import { signIn } from '#lib/accounts/sign-in'
import { configuration } from '#lib/config'
import { canMail } from '#lib/digest/mail'
import { Frame } from '../frame.tsx'
import { signInStrings as strings } from '../strings/sign-in.ts'
import { visitor } from '../visitor.ts'

export const metadata: Metadata = { title: strings.title }

type Asked = { sent?: string; problem?: string }

/** Where a reader asks for a link, or goes to who knows them. */
export default async function SignInPage({ searchParams }: { searchParams: Promise<Asked> }) {
  const { sent, problem } = await searchParams
  const { reader } = await visitor()
  const problems: { [word: string]: string } = strings.problems
  const trouble = problem && Object.hasOwn(problems, problem) ? problems[problem] : null
  return (
    <Frame here="account">
      <h1>{strings.title}</h1>
      {trouble && (
        <p className="problem" role="alert">
          {trouble}
        </p>
      )}
      {sent === '1' && (
        <p className="done" role="status">
          {strings.sent}
        </p>
      )}
      <p className="lead">{signIn() ? strings.lead : strings.personal}</p>
      {reader.account && (
        <p className="lead">
          <a href="/account">{strings.already}</a>
        </p>
      )}
      {signIn()?.providers.map(({ id, name }) => (
        <form key={id} method="post" action="/sign-in/with" className="kept">
          <p className="ways">
            <button type="submit" name="provider" value={id}>
              {strings.with(name)}
            </button>
          </p>
        </form>
      ))}
      {signIn() && (canMail(configuration()) ? <MailForm /> : <p className="lead">{strings.noMail}</p>)}
    </Frame>
  )
}

function MailForm() {
  return (
    <form method="post" action="/sign-in/send" className="settings">
      <div className="field">
        <label htmlFor="email">{strings.mail}</label>
        <span>
          <input id="email" name="email" type="email" autoComplete="email" required maxLength={254} aria-describedby="email-hint" />
          <small id="email-hint">{strings.sendHint}</small>
        </span>
      </div>
      <p className="does">
        <button type="submit">{strings.send}</button>
      </p>
    </form>
  )
}
