import { digestEntries } from '#db/digest-places'
import { readDayDigest } from '#lib/digest/day-digest'
import { placesOf } from '#lib/digest/digest'
import { dayBounds, dayHref } from '#lib/reading/day-bounds'
import { starredFilter } from '#lib/reading/starred-filter'
import { filterOf, hrefFor, parseAddress, type Query } from './address.ts'
import { attempt } from './attempt.ts'
import { type Day, DayList } from './day-list.tsx'
import { dateBeside } from './digest-dates.ts'
import { Frame } from './frame.tsx'
import { Markup } from './markup.tsx'
import { digestStrings as say } from './strings/digest.ts'
import { frameStrings } from './strings/frame.ts'
import { Unreadable } from './unreadable.tsx'
import type { Visit } from './visitor.ts'
import { dayName, dayOf } from './when.ts'

/** What a page holds: the rest of a long day is in the timeline. */
const MOST_ENTRIES = 200

/** One day as a digest (`2026-11-22`, in the reader's zone), with what leads to the same in other forms. */
export async function DigestDay({
  date,
  query,
  visit,
  children,
}: {
  date: string
  query: Query
  visit: Visit
  children?: React.ReactNode
}) {
  const { reader, zone, now, preferences } = visit
  const day = dayBounds(date, zone)
  const address = parseAddress(query)
  const chosen = filterOf(address)
  const filter = { ...chosen, starred: address.starred ? starredFilter(preferences.stars) : null }
  const digest = day && (await attempt(() => readDayDigest({ reader, day, zone, filter, now })))
  if (!digest) return <Unreadable />
  const places = placesOf(digest)
  const shown = places.slice(0, MOST_ENTRIES)
  const entries = await attempt(() => digestEntries(reader, 'stream', shown))
  if (!entries) return <Unreadable />
  const rest = places.slice(MOST_ENTRIES)
  const asked = { ...chosen, starred: address.starred }
  const [next] = rest
  const today = dayOf(now, zone)
  return (
    <Frame here="digest" skips={[{ href: '#posts', label: frameStrings.skipToPosts }]}>
      <link rel="alternate" type="application/rss+xml" href={hrefFor(chosen, '/digest.xml')} title={say.feedTitle} />
      <h1>{say.titleOf(dayName(day.from, zone, now))}</h1>
      <p className="lead">{digest.posts > 0 ? say.counts(digest.platforms) : say.lead}</p>
      {digest.late.map(({ name, words }) => (
        <p key={name} className="amber">
          {say.late(name, words)}
        </p>
      ))}
      <nav className="paging" aria-label={say.title}>
        <a rel="prev" href={hrefFor(asked, `/digest/${dateBeside(date, -1)}`)}>
          ← {say.dayBefore}
        </a>
        {date < today && (
          <a rel="next" href={hrefFor(asked, `/digest/${dateBeside(date, 1)}`)}>
            {say.dayAfter} →
          </a>
        )}
        <a href={hrefFor(chosen, `/digest/${date}.txt`)}>{say.asText}</a>
        <a href={hrefFor(chosen, '/digest.xml')}>{say.asFeed}</a>
        <a href={hrefFor(asked, dayHref(date))}>{say.inTimeline}</a>
        <a href={hrefFor(chosen, '/digest/mail')}>{say.byMail}</a>
      </nav>
      {children}
      <Markup id="posts">
        {entries.length > 0 ? (
          <DayList days={daysOf(date, day.from, digest, entries)} zone={zone} now={now} />
        ) : (
          <p className="empty">{say.nothing}</p>
        )}
        {next && (
          <p className="paging">
            <a rel="next" href={hrefFor({ ...asked, at: next, order: 'oldest' })}>
              {say.more(rest.reduce((sum, { posts }) => sum + posts.length, 0))}
            </a>
          </p>
        )}
      </Markup>
    </Frame>
  )
}

type Told = { digest: NonNullable<Awaited<ReturnType<typeof readDayDigest>>>; entries: Awaited<ReturnType<typeof digestEntries>> }

/** Entries in the order of the digest, each gap before the first that came after it. */
function daysOf(date: string, at: Date, digest: Told['digest'], entries: Told['entries']): Day[] {
  const rows: Day['rows'] = []
  const gaps = [...digest.gaps]
  for (const entry of entries) {
    while (gaps[0] && gaps[0].to <= entry.sortAt) rows.push({ at: gaps[0].to, gaps: gaps.splice(0, 1) })
    rows.push({ at: entry.sortAt, entry })
  }
  for (const gap of gaps) rows.push({ at: gap.to, gaps: [gap] })
  return [{ key: date, at, rows, posts: digest.posts, whole: true }]
}
