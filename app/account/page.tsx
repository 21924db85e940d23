import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { accountById } from '#db/accounts'
import { Frame } from '../frame.tsx'
import { accountStrings as strings } from '../strings/sign-in.ts'
import { visitor } from '../visitor.ts'

export const metadata: Metadata = { title: strings.title }

/** Who is signed in, what is kept for them, and how to end it. */
export default async function AccountPage() {
  const { reader } = await visitor()
  const account = reader.account ? await accountById(reader.account) : null
  if (!account) redirect('/sign-in')
  return (
    <Frame here="account">
      <h1>{strings.title}</h1>
      <p className="lead">{strings.lead(account.email, account.role === 'owner')}</p>
      <section className="kept" aria-labelledby="leave-title">
        <h2 id="leave-title">{strings.leaveTitle}</h2>
        <p>{strings.leaveHint}</p>
        <form method="post" action="/account/leave">
          <p className="ways">
            <button type="submit">{strings.leave}</button>
            <button type="submit" name="everywhere" value="1" className="plain">
              {strings.leaveEverywhere}
            </button>
          </p>
        </form>
      </section>
    </Frame>
  )
}
