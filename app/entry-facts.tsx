import type { KnownPerson } from '#db/person-accounts'
import type { Person } from '#db/post'
import type { Entry } from '#db/timeline'
import { hrefFor } from './address.ts'
import { Sentence } from './sentence.tsx'
import { contextStrings as say } from './strings/context.ts'
import { filterStrings as words } from './strings/filters.ts'
import { postStrings } from './strings/post.ts'
import { isoTime } from './when.ts'

/** Of a conversation the line that the address names comes first; the others have pages of their own. */
const MOST_REPORTABLE = 1

/** Who has a page, by the key of the account. */
type PersonPages = ReadonlyMap<string, Pick<KnownPerson, 'slug' | 'accounts'>>

/** Where an entry comes from: which sources showed it, by which rule, and when. */
export function EntryFacts({ entry: { posts }, pages, zone }: { entry: Entry; pages: PersonPages; zone: string }) {
  const sources = Map.groupBy(
    posts.flatMap((post) => post.sightings),
    ({ sourceId }) => sourceId,
  )
  const seen = posts.map(({ firstSeenAt }) => firstSeenAt).toSorted((one, other) => one.getTime() - other.getTime())
  const [first, last] = [seen[0], seen.at(-1)]
  const edited = posts.filter(({ editedAt }) => editedAt !== null)
  const late = posts.filter((post) => post.late)
  const said = new Map(posts.map(({ platform, author }) => [`${platform}:${author.id}`, author]))
  const passedOn = new Map(
    posts.flatMap(({ platform, share, sightings }) =>
      [share, ...sightings.map((seen) => seen.share)].flatMap((one) => (one ? [[`${platform}:${one.by.id}`, one.by] as const] : [])),
    ),
  )
  const of = (some: unknown[]) => (posts.length > 1 ? say.someOf(some.length, posts.length) : null)
  return (
    <dl className="facts">
      <People label={words.saidBy} people={said} pages={pages} />
      <People label={words.passedOnBy} people={passedOn} pages={pages} />
      <dt>{say.shownBy}</dt>
      {[...sources].map(([id, sightings]) => (
        <dd key={id}>
          <Sentence
            of={say.shownHow}
            parts={{
              source: (
                <a href={hrefFor({ sources: [id] })} title={words.allItShowed}>
                  {sightings[0]?.source}
                </a>
              ),
              rules: rulesInWords(sightings.map(({ rule }) => rule)),
              fares: <a href={`/sources/${id}`}>{words.howItFares}</a>,
            }}
          />
        </dd>
      ))}
      <dt>{say.firstSeen}</dt>
      <dd>
        {first && isoTime(first, zone)}
        {first && last && last > first && say.lastOfIt(isoTime(last, zone))}
      </dd>
      {edited[0]?.editedAt && (
        <>
          <dt>{say.edited}</dt>
          <dd>{of(edited) ?? isoTime(edited[0].editedAt, zone)}</dd>
        </>
      )}
      {late.length > 0 && (
        <>
          <dt>{say.late}</dt>
          <dd>{of(late) ?? say.isLate}</dd>
        </>
      )}
      <dt>{postStrings.wrong}</dt>
      {posts.slice(0, MOST_REPORTABLE).map(({ id }) => (
        <dd key={id}>
          <Sentence
            of={postStrings.reportOrOptOut}
            parts={{
              report: <a href={`/report?post=${id}`}>{postStrings.reportIt}</a>,
              optOut: <a href={`/opt-out?post=${id}`}>{postStrings.optOut}</a>,
            }}
          />
        </dd>
      ))}
    </dl>
  )
}

/** Each with a door to all that they said and passed on, and to their page where it is known which other accounts are theirs. */
function People({ label, people, pages }: { label: string; people: Map<string, Person>; pages: PersonPages }) {
  const known = [...people].filter(([, { id }]) => id !== '')
  if (known.length === 0) return null
  return (
    <>
      <dt>{label}</dt>
      {known.map(([key, { name, handle }]) => {
        const page = pages.get(key)
        return (
          <dd key={key}>
            {page ? (
              <a href={`/people/${page.slug}`}>
                <bdi>{name || handle}</bdi>
              </a>
            ) : (
              <bdi>{name || handle}</bdi>
            )}
            : <a href={hrefFor({ people: [key] })}>{words.allTheySaid}</a>
            {page && (
              <>
                {', '}
                <a href={`/people/${page.slug}`}>{words.underAll(page.accounts.length)}</a>
              </>
            )}
          </dd>
        )
      })}
    </>
  )
}

function rulesInWords(rules: string[]): string {
  const named = [...new Set(rules)].filter((rule) => rule && rule !== 'everything')
  return named.length > 0 ? say.letInBy(named) : say.letsAllIn
}
