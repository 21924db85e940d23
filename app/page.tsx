import type { Metadata } from 'next'
import { sourcesKnownTo } from '#db/sources'
import { activity, getTimeline } from '#db/timeline'
import { type Address, hrefFor, parseAddress, type Query } from './address.ts'
import { Aside } from './aside.tsx'
import { attempt } from './attempt.ts'
import { DayList, daysOf } from './day-list.tsx'
import { EmptyTimeline } from './empty-timeline.tsx'
import { FeedLinks } from './feed-links.tsx'
import { Frame } from './frame.tsx'
import { gapsOnPage } from './page-gaps.ts'
import { PlatformFilter } from './platform-filter.tsx'
import { remembered } from './remembered.ts'
import { SourceNotice } from './source-notice.tsx'
import { Unreadable } from './unreadable.tsx'
import { type Visit, visitor } from './visitor.ts'
import { dayName } from './when.ts'

export const metadata: Metadata = { title: { absolute: 'Backplane: the HPC timeline' } }

/** The timeline: newest first, by days, as the address asks. */
export default async function TimelinePage({ searchParams }: { searchParams: Promise<Query> }) {
  const address = parseAddress(await searchParams)
  const visit = await visitor()
  const found = await attempt(readTimeline(address, visit))
  if (!found) return <Unreadable />
  const { platforms } = address
  const { zone, now } = visit
  const { entries, newer, older, gaps, days, sources, strip } = found
  const last = entries.at(-1)
  return (
    <Frame
      here="timeline"
      skips={[
        { href: '#posts', label: 'Skip to the posts' },
        { href: '#sources', label: 'Skip to the sources' },
      ]}
    >
      <FeedLinks platforms={platforms} />
      <h1 className="unseen">Timeline</h1>
      <div className="columns">
        <div>
          <PlatformFilter platforms={platforms} />
          <div id="posts">
            {!newer && entries.length > 0 && <SourceNotice sources={sources} gaps={gaps} now={now} />}
            {newer && (
              <p className="paging">
                <a rel="prev" href={hrefFor({ platforms, after: newer })}>
                  ↑ Newer posts
                </a>
                <a href={hrefFor({ platforms })}>Newest</a>
              </p>
            )}
            {entries.length > 0 ? (
              <DayList days={days} zone={zone} now={now} />
            ) : (
              <EmptyTimeline address={address} sources={sources} now={now} />
            )}
            {older && (
              <p className="paging">
                <a rel="next" href={hrefFor({ platforms, before: older })}>
                  ↓ Older posts
                </a>
              </p>
            )}
            {!older && last && <p className="end">This is the end: nothing before {dayName(last.sortAt, zone, now)} is kept here.</p>}
          </div>
        </div>
        <Aside sources={sources} strip={strip} zone={zone} now={now} />
      </div>
    </Frame>
  )
}

const week = remembered<Awaited<ReturnType<typeof activity>>>(60)

/** Of a longer conversation the page shows its beginning and its end. */
const POSTS_PER_ENTRY = 60

/** All that the page shows. */
async function readTimeline(address: Address, { reader, zone, now }: Visit) {
  const [page, sources, strip] = await Promise.all([
    getTimeline(reader, { ...address, postsPerEntry: POSTS_PER_ENTRY }),
    sourcesKnownTo(reader),
    week(reader.role, () => activity(reader, { buckets: 56, bucketHours: 3, now })),
  ])
  const gaps = await gapsOnPage(reader, address, page, now)
  const edges = { wholeAtTop: !page.newer, wholeAtFoot: !page.older }
  const days = await daysOf(page.entries, gaps, { reader, platforms: address.platforms, zone, ...edges })
  return { ...page, gaps, days, sources, strip }
}
