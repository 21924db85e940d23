import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { dailyCounts } from '#db/daily-counts'
import { listGaps } from '#db/gaps'
import { getTimeline } from '#db/timeline'
import { type DayBounds, dayBounds, dayHref, monthBounds } from '#lib/reading/day-bounds'
import { starredFilter } from '#lib/reading/starred-filter'
import { type Address, hrefFor, parseAddress, type Query } from '../../address.ts'
import { attempt } from '../../attempt.ts'
import { Calendar } from '../../calendar.tsx'
import { DayList, daysOf, withoutHidden } from '../../day-list.tsx'
import { Frame } from '../../frame.tsx'
import { GoToDate } from '../../go-to-date.tsx'
import { Markup } from '../../markup.tsx'
import { HiddenLine, withMutesOff } from '../../muted-entry.tsx'
import { breakdownsOn, notesBetween } from '../../page-notes.ts'
import { remembered } from '../../remembered.ts'
import { contextStrings as say } from '../../strings/context.ts'
import { frameStrings } from '../../strings/frame.ts'
import { placeStrings } from '../../strings/place.ts'
import { Unreadable } from '../../unreadable.tsx'
import { type Visit, visitor } from '../../visitor.ts'
import { dayName, dayOf } from '../../when.ts'

type Asked = { params: Promise<{ date: string }>; searchParams: Promise<Query & { mutes?: string }> }

export async function generateMetadata({ params }: Asked): Promise<Metadata> {
  const { zone, now } = await visitor()
  const day = dayBounds((await params).date, zone)
  return { title: day ? dayName(day.from, zone, now) : say.noSuchDay }
}

/** One day of the timeline (`/2026/11/22`), in the reader's zone, between the days before and after it that have posts. */
export default async function DayPage({ params, searchParams }: Asked) {
  const visit = await visitor()
  const { zone, now } = visit
  const day = dayBounds((await params).date, zone)
  // The web process looks first, and answers with words; this is for what goes in between.
  if (!day) notFound()
  const query = await searchParams
  const address = parseAddress(query)
  const found = await attempt(() => readDay(day, address, visit))
  if (!found) return <Unreadable />
  const { earlier, later, further, counts } = found
  const { days, hidden } = query.mutes === 'off' ? { days: found.days, hidden: 0 } : withoutHidden(found.days, now)
  const { before: _, after: __, at: ___, order: ____, ...filter } = address
  const neighbour = (date: string) => hrefFor(filter, dayHref(date))
  return (
    <Frame skips={[{ href: '#posts', label: frameStrings.skipToPosts }]}>
      <h1 className="unseen">{dayName(day.from, zone, now)}</h1>
      <div className="columns">
        <div>
          <nav className="paging" aria-label={say.days}>
            {earlier && (
              <a rel="prev" href={neighbour(earlier)}>
                ← {say.dayBefore}
              </a>
            )}
            {later && (
              <a rel="next" href={neighbour(later)}>
                {say.dayAfter} →
              </a>
            )}
            <a className="newest" href={hrefFor(filter)}>
              {placeStrings.newest}
            </a>
          </nav>
          <Markup id="posts">
            {days.length > 0 ? <DayList days={days} zone={zone} now={now} /> : <p className="empty">{say.noPosts}</p>}
            <HiddenLine hidden={hidden} href={withMutesOff(hrefFor(address, dayHref(day.date)))} />
            {further && (
              <p className="paging">
                <a rel="next" href={hrefFor({ ...filter, before: further }, dayHref(day.date))}>
                  {placeStrings.olderPosts}
                </a>
              </p>
            )}
          </Markup>
        </div>
        <aside className="dates" aria-label={say.calendar}>
          <Calendar date={day.date} counts={counts} zone={zone} />
          <GoToDate date={day.date} />
        </aside>
      </div>
    </Frame>
  )
}

/** Entries a page; a day of a busy community is a few hundred. */
const ENTRIES = 200
const POSTS_PER_ENTRY = 60

const month = remembered<Awaited<ReturnType<typeof dailyCounts>>>(60)

async function readDay(day: DayBounds, address: Address, { reader, preferences, zone, now }: Visit) {
  const { before, after: _, at: __, order: ___, starred: asked, ...chosen } = address
  const starred = asked ? starredFilter(preferences.stars) : null
  const filter = { ...chosen, starred }
  const end = { sortAt: day.to, id: 0 }
  const from = before && before.sortAt < day.to ? before : end
  const { from: monthFrom, to: monthTo } = monthBounds(day.date, zone)
  const [page, older, newer, gaps, counts, notes, breakdowns] = await Promise.all([
    getTimeline(reader, { ...filter, before: from, limit: ENTRIES, postsPerEntry: POSTS_PER_ENTRY }),
    getTimeline(reader, { ...filter, before: { sortAt: day.from, id: 0 }, limit: 1, postsPerEntry: POSTS_PER_ENTRY }),
    getTimeline(reader, { ...filter, after: { sortAt: day.to, id: -1 }, limit: 1, postsPerEntry: POSTS_PER_ENTRY }),
    listGaps(reader, { from: day.from, to: day.to < now ? day.to : now, platforms: filter.platforms, sources: filter.sources, now }),
    month([reader.role, zone, day.date.slice(0, 7)].join(' '), () => dailyCounts(reader, { from: monthFrom, to: monthTo, zone })),
    starred || from !== end ? [] : notesBetween(reader, day, { filter: chosen, zone, now }),
    starred || from !== end ? [] : breakdownsOn(reader, { from: day.from, to: day.to < now ? day.to : now }, chosen, now),
  ])
  const entries = page.entries.filter(({ sortAt }) => sortAt >= day.from)
  const shownGaps = gaps.filter(
    ({ to }) => to > day.from && to <= from.sortAt && (entries.length < ENTRIES || to > (entries.at(-1)?.sortAt ?? to)),
  )
  const whole = from === end && entries.length < ENTRIES
  const days = await daysOf(entries, starred ? [] : shownGaps, {
    reader,
    filter: chosen,
    starred,
    zone,
    wholeAtTop: whole,
    wholeAtFoot: whole,
    notes,
    breakdowns,
  })
  const dateOfFirst = ({ entries: [entry] }: typeof page) => (entry ? dayOf(entry.sortAt, zone) : null)
  return { days, counts, earlier: dateOfFirst(older), later: dateOfFirst(newer), further: entries.length === ENTRIES ? page.older : null }
}
