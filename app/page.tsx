import type { Metadata } from 'next'
import { earlierThan } from '#db/context'
import { sourcesInShort } from '#db/sources'
import { activity, countNewer, getTimeline, type TimelinePage as Page } from '#db/timeline'
import { starredFilter } from '#lib/reading/starred-filter'
import { type Address, filterOf, hrefFor, parseAddress, placesOf, type Query } from './address.ts'
import { Aside } from './aside.tsx'
import { attempt } from './attempt.ts'
import { CaughtUp } from './caught-up.tsx'
import { DayList, daysOf, withoutHidden } from './day-list.tsx'
import { EmptyTimeline } from './empty-timeline.tsx'
import { FeedLinks } from './feed-links.tsx'
import { FilterChips } from './filter-chips.tsx'
import { chosenIn, inWords } from './filter-names.ts'
import { Frame } from './frame.tsx'
import { Markup } from './markup.tsx'
import { HiddenLine, withMutesOff } from './muted-entry.tsx'
import { opened } from './opening.ts'
import { gapsOnPage } from './page-gaps.ts'
import { breakdownsOn, notesBetween, spanOfPage } from './page-notes.ts'
import { remembered } from './remembered.ts'
import { SourceNotice } from './source-notice.tsx'
import { appStrings } from './strings/app.ts'
import { filterStrings as words } from './strings/filters.ts'
import { frameStrings } from './strings/frame.ts'
import { preferencesStrings } from './strings/preferences.ts'
import { PagingAbove, PagingBelow } from './timeline-paging.tsx'
import { Unreadable } from './unreadable.tsx'
import { viewMarks } from './view-marks.ts'
import { type Visit, visitor } from './visitor.ts'

type Asked = { searchParams: Promise<Query & { mutes?: string }> }

export async function generateMetadata({ searchParams }: Asked): Promise<Metadata> {
  const { reader } = await visitor()
  const shown = inWords((await attempt(async () => chosenIn(reader, filterOf(parseAddress(await searchParams))))) ?? [])
  return { title: { absolute: shown ? words.titled(shown) : appStrings.timelineTitle } }
}

/** The timeline: newest first, by days, as the address asks. */
export default async function TimelinePage({ searchParams }: Asked) {
  const visit = await visitor()
  const query = await searchParams
  const address = await opened(parseAddress(query), visit.preferences.settings.opening)
  const found = await attempt(() => readTimeline(address, visit))
  if (!found) return <Unreadable />
  const filter = filterOf(address)
  const { zone, now, preferences } = visit
  const { settings } = preferences
  const { page, above, gaps, earlier, sources, strip, chosen } = found
  const { days, hidden } = query.mutes === 'off' ? { days: found.days, hidden: 0 } : withoutHidden(found.days, now)
  const shown = new Set(days.flatMap(({ rows }) => rows.flatMap((row) => ('entry' in row ? [row.entry.id] : []))))
  const { entries, newer } = page
  const muted = entries.filter(({ id }) => !shown.has(id))
  return (
    <Frame
      here="timeline"
      skips={[
        { href: '#posts', label: frameStrings.skipToPosts },
        { href: '#sources', label: frameStrings.skipToSources },
      ]}
    >
      {/* A feed has no reader, and so no stars. */}
      {!address.starred && <FeedLinks filter={filter} />}
      <h1 className="unseen">{[words.timeline, ...(chosen.length > 0 ? [inWords(chosen)] : [])].join(': ')}</h1>
      <Markup id="timeline" className="columns">
        <div>
          <FilterChips filter={filter} starred={address.starred} chosen={chosen} present={sources.map(({ platform }) => platform)} />
          <div id="posts" {...viewMarks(address, page, settings, muted, now)}>
            <p className="notes" id="notes" />
            {!newer && entries.length > 0 && <SourceNotice sources={sources} gaps={gaps} now={now} />}
            <PagingAbove address={address} page={page} above={settings.counts ? above : null} />
            {entries.length > 0 ? (
              <DayList days={days} earlier={earlier} zone={zone} now={now} atFirst={SEEN_AT_FIRST} />
            ) : address.starred ? (
              <NothingStarred stars={visit.preferences.stars.length} />
            ) : (
              <EmptyTimeline address={address} chosen={chosen} sources={sources} now={now} isOwner={visit.reader.role === 'owner'} />
            )}
            <HiddenLine hidden={hidden} href={withMutesOff(hrefFor(address))} />
            {entries.length > 0 && (
              <CaughtUp filter={filter} on={inWords(chosen)} sources={sources} clock={settings.clock} zone={zone} now={now} />
            )}
            <PagingBelow address={address} page={page} zone={zone} now={now} />
          </div>
        </div>
        <Aside sources={sources} strip={strip} zone={zone} now={now} />
      </Markup>
    </Frame>
  )
}

function NothingStarred({ stars }: { stars: number }) {
  const strings = preferencesStrings.stars
  return (
    <section className="empty">
      <h2>{stars === 0 ? strings.noneTitle : strings.nothing}</h2>
      <p>{stars === 0 ? strings.none : <a href="/settings#stars">{strings.list}</a>}</p>
    </section>
  )
}

const week = remembered<Awaited<ReturnType<typeof activity>>>(60)

/** Of a longer conversation the page shows its beginning and its end. */
const POSTS_PER_ENTRY = 60

/** A window is seldom higher than so many entries. */
const SEEN_AT_FIRST = 8

/** How far back a post tells what it answers without its own page. */
const MOST_EARLIER = 4

/** The posts on a page that answer something, outside conversations, where what they answer stands above them. */
function answersOn({ entries }: Page): number[] {
  return entries.flatMap(({ posts }) =>
    posts.filter(({ replyTo, conversation }) => replyTo?.externalId && !conversation).map(({ id }) => id),
  )
}

/** All that the page shows. */
async function readTimeline(address: Address, { reader, preferences, zone, now }: Visit) {
  const starred = address.starred ? starredFilter(preferences.stars) : null
  const query = { ...address, ...placesOf(address), starred }
  const [page, above, sources, strip, chosen] = await Promise.all([
    getTimeline(reader, { ...query, postsPerEntry: POSTS_PER_ENTRY }),
    address.at && address.order !== 'oldest' ? countNewer(reader, { ...query, than: address.at }) : null,
    sourcesInShort(reader),
    week(reader.role, () => activity(reader, { buckets: 56, bucketHours: 3, now })),
    chosenIn(reader, filterOf(address)),
  ])
  const filter = filterOf(address)
  const [gaps, notes, breakdowns, earlier] = await Promise.all([
    gapsOnPage(reader, address, page, now),
    starred || page.entries.length === 0 ? [] : notesBetween(reader, spanOfPage(address, page), { filter, zone, now }),
    starred || page.entries.length === 0 ? [] : breakdownsOn(reader, spanOfPage(address, page), filter, now),
    earlierThan(reader, answersOn(page), MOST_EARLIER),
  ])
  const edges = { wholeAtTop: !page.newer, wholeAtFoot: !page.older }
  const oldestFirst = address.order === 'oldest'
  const days = await daysOf(page.entries, gaps, { reader, filter, starred, zone, ...edges, oldestFirst, notes, breakdowns })
  return { page, above, gaps, earlier, days, sources, strip, chosen }
}
