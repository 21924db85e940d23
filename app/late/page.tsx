import type { Metadata } from 'next'
import { getEntries } from '#db/timeline'
import { filterOf, parseAddress } from '../address.ts'
import { attempt } from '../attempt.ts'
import { DayList, daysOf } from '../day-list.tsx'
import { Frame } from '../frame.tsx'
import { Markup } from '../markup.tsx'
import { placeStrings as say } from '../strings/place.ts'
import { Unreadable } from '../unreadable.tsx'
import { visitor } from '../visitor.ts'

export const metadata: Metadata = { title: say.lateTitle }

const MOST = 200
const POSTS_PER_ENTRY = 60

/** The entries that an address names, as days: what a reader's browser says arrived late. `data-holds` as in `view-marks.ts`. */
export default async function LatePage({ searchParams }: { searchParams: Promise<{ entries?: string | string[] }> }) {
  const asked = [(await searchParams).entries ?? ''].flat().join(',').split(',')
  const ids = asked.filter((id) => /^\d{1,15}$/.test(id)).map(Number)
  const { reader, zone, now } = await visitor()
  const found = await attempt(() => getEntries(reader, ids.slice(0, MOST), POSTS_PER_ENTRY))
  if (!found) return <Unreadable />
  const days = await daysOf(found, [], { reader, filter: filterOf(parseAddress({})), zone, wholeAtTop: true, wholeAtFoot: true })
  return (
    <Frame>
      <h1>{say.lateTitle}</h1>
      <p className="lead">{found.length === 0 && say.nothingLate}</p>
      <Markup id="posts" data-holds="part">
        <DayList days={days} zone={zone} now={now} />
      </Markup>
    </Frame>
  )
}
