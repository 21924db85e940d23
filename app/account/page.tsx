import type { Metadata } from 'next'
import { cookies } from 'next/headers'
import { redirect } from 'next/navigation'
import { claimsOf } from '#db/account-claims'
import { keyOfClaim } from '#db/account-links'
import { accountById } from '#db/accounts'
import { feedKeysOf } from '#db/feed-keys'
import { personPages } from '#db/person-accounts'
import { configuration } from '#lib/config'
import { Frame } from '../frame.tsx'
import { claimStrings } from '../strings/claims.ts'
import { accountStrings as strings } from '../strings/sign-in.ts'
import { visitor } from '../visitor.ts'
import { dayOf } from '../when.ts'
import { Claims } from './claims.tsx'
import { FeedKeys } from './feed-keys.tsx'
import { MADE_KEY } from './made-key.ts'

export const metadata: Metadata = { title: strings.title }

type Asked = { problem?: string; claim?: string; of?: string }

/** Who is signed in, what is kept for them, and how to end it. */
export default async function AccountPage({ searchParams }: { searchParams: Promise<Asked> }) {
  const { problem = '', claim = '', of = '' } = await searchParams
  const { reader, zone, now } = await visitor()
  const account = reader.account ? await accountById(reader.account) : null
  if (!account) redirect('/sign-in')
  const claims = await claimsOf(account.id)
  const pages = await personPages(
    reader,
    claims.flatMap((one) => (one.provenAt ? [keyOfClaim(one)] : [])),
  )
  const [person] = pages.values()
  const made = (await cookies()).get(MADE_KEY)?.value
  const problems: { [word: string]: string } = strings.problems
  return (
    <Frame here="account">
      <h1>{strings.title}</h1>
      <p className="lead">{strings.lead(account.email, account.role === 'owner')}</p>
      {Object.hasOwn(problems, problem) && (
        <p className="problem" role="alert">
          {problems[problem]}
        </p>
      )}
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
      <section className="kept" id="feeds" aria-labelledby="feeds-title">
        <h2 id="feeds-title">{strings.feedsTitle}</h2>
        <p>{strings.feedsHint}</p>
        <FeedKeys
          keys={await feedKeysOf(account.id)}
          made={made && `${configuration().PUBLIC_URL?.replace(/\/+$/, '')}/atom.xml?feed=${made}`}
          dayOf={(day) => dayOf(day, zone)}
        />
      </section>
      <section className="kept" id="elsewhere" aria-labelledby="elsewhere-title">
        <h2 id="elsewhere-title">{claimStrings.title}</h2>
        <p>{claimStrings.lead}</p>
        <Claims
          claims={claims}
          page={person ? `/people/${person.slug}` : null}
          said={claim ? { word: claim, of: Number(of) } : null}
          now={now}
          dayOf={(day) => dayOf(day, zone)}
        />
      </section>
      <section className="kept" aria-labelledby="export-title">
        <h2 id="export-title">{strings.exportTitle}</h2>
        <p>{strings.exportHint}</p>
        <p>
          <a href="/account/export" download>
            {strings.export}
          </a>
        </p>
      </section>
      <section className="kept" id="delete" aria-labelledby="delete-title">
        <h2 id="delete-title">{strings.deleteTitle}</h2>
        <p>{strings.deleteHint}</p>
        <form method="post" action="/account/delete">
          <p className="ways">
            <label>
              <input type="checkbox" name="sure" value="1" required /> {strings.sure}
            </label>
          </p>
          <p className="ways">
            <button type="submit">{strings.delete}</button>
          </p>
        </form>
      </section>
    </Frame>
  )
}
