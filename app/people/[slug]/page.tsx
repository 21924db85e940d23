import '../../sources.css'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { cache } from 'react'
import { provedAmong } from '#db/account-claims'
import { type KnownPerson, personCalled } from '#db/person-accounts'
import { getTimeline } from '#db/timeline'
import { filterOf, hrefFor, parseAddress, placesOf, type Query } from '../../address.ts'
import { attempt } from '../../attempt.ts'
import { ColorForm } from '../../color-form.tsx'
import { DayList, daysOf } from '../../day-list.tsx'
import { Frame } from '../../frame.tsx'
import { Markup } from '../../markup.tsx'
import { muteHref } from '../../mute-href.ts'
import { platformOf } from '../../platform.ts'
import { peopleStrings as say } from '../../strings/people.ts'
import { Unreadable } from '../../unreadable.tsx'
import { visitor } from '../../visitor.ts'

type Asked = { params: Promise<{ slug: string }>; searchParams: Promise<Query> }

const POSTS_PER_ENTRY = 60

const personOf = cache(async (slug: string): Promise<{ person: KnownPerson | null } | null> => {
  const { reader } = await visitor()
  return attempt(() => personCalled(reader, slug).then((person) => ({ person })))
})

export async function generateMetadata({ params }: Asked): Promise<Metadata> {
  return { title: (await personOf((await params).slug))?.person?.name }
}

/** All that a person said under accounts that are shown to be theirs, newest first, and how that is shown. */
export default async function PersonPage({ params, searchParams }: Asked) {
  const { slug } = await params
  const found = await personOf(slug)
  if (!found) return <Unreadable />
  const { person } = found
  // The web process looks first, and answers with words; this is for what goes in between.
  if (!person) notFound()
  const { reader, zone, now } = await visitor()
  const keys = person.accounts.map(({ key }) => key)
  const own = reader.account ? await provedAmong(reader.account, keys) : new Map<string, number>()
  const filter = { ...filterOf(parseAddress({})), people: keys }
  const { before } = placesOf(parseAddress(await searchParams))
  const page = await attempt(() => getTimeline(reader, { ...filter, before, postsPerEntry: POSTS_PER_ENTRY }))
  if (!page) return <Unreadable />
  const days = await daysOf(page.entries, [], { reader, filter, zone, wholeAtTop: !before, wholeAtFoot: !page.older })
  const older = page.older && new URL(hrefFor({ before: page.older }), 'http://here').search
  return (
    <Frame>
      <div className="one-source">
        <h1>{person.name}</h1>
        <p className="lead">
          {say.lead(keys.length)} <a href={muteHref({ what: 'person', keys, name: person.name }, `/people/${slug}`)}>{say.mute}</a>
        </p>
        <ColorForm keys={keys} name={person.name} back={`/people/${slug}`} />
        <section aria-labelledby="accounts">
          <h2 id="accounts">{say.accounts}</h2>
          <ul className="history">
            {person.accounts.map((account) => (
              <Account
                key={account.key}
                account={account}
                slug={slug}
                mayUnlink={reader.role === 'owner' || own.has(account.key)}
                isOwn={own.has(account.key)}
              />
            ))}
          </ul>
          {reader.role === 'owner' && <p>{say.unlinked}</p>}
        </section>
      </div>
      <Markup id="posts" data-holds="part">
        <DayList days={days} zone={zone} now={now} />
      </Markup>
      {older && (
        <p className="paging">
          <a rel="next" href={`/people/${slug}${older}`}>
            {say.older}
          </a>
        </p>
      )}
    </Frame>
  )
}

type AccountProps = { account: KnownPerson['accounts'][number]; slug: string; mayUnlink: boolean; isOwn: boolean }

function Account({ account, slug, mayUnlink, isOwn }: AccountProps) {
  const { key, platform, name, proof } = account
  return (
    <li data-platform={platform}>
      <bdi>{name}</bdi>, {platformOf(platform).name}: {say.proofs[proof.kind]}
      {proof.seenAt && (
        <>
          {' ('}
          <a href={proof.seenAt} rel="nofollow">
            {say.seen}
          </a>
          )
        </>
      )}{' '}
      · <a href={hrefFor({ people: [key] })}>{say.only}</a>
      {mayUnlink && (
        <form method="post" action="/people/unlink">
          <input type="hidden" name="account" value={key} />
          <input type="hidden" name="back" value={`/people/${slug}`} />
          <button type="submit" className="plain">
            {isOwn ? say.unlinkOwn : say.unlink}
          </button>
        </form>
      )}
    </li>
  )
}
