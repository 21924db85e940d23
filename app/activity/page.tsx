import type { Metadata } from 'next'
import { Temporal } from 'temporal-polyfill'
import { connectors } from '#connectors/registry'
import { dailyCounts } from '#db/daily-counts'
import { dayBounds, dayHref } from '#lib/reading/day-bounds'
import { ActivityChart } from '../activity-chart.tsx'
import { attempt } from '../attempt.ts'
import { Frame } from '../frame.tsx'
import { GoToDate } from '../go-to-date.tsx'
import { remembered } from '../remembered.ts'
import { activityStrings as say } from '../strings/activity.ts'
import { Unreadable } from '../unreadable.tsx'
import { visitor } from '../visitor.ts'
import { dayOf } from '../when.ts'

export const metadata: Metadata = { title: say.title }

const DAYS = 90

const counted = remembered<Awaited<ReturnType<typeof dailyCounts>>>(60)

/** Posts per day and platform over ninety days, as a chart and as a table. */
export default async function ActivityPage() {
  const { reader, zone, now } = await visitor()
  const to = dayOf(now, zone)
  const from = Temporal.PlainDate.from(to)
    .subtract({ days: DAYS - 1 })
    .toString()
  const begin = dayBounds(from, zone)?.from ?? now
  const counts = await attempt(() => counted([reader.role, zone, to].join(' '), () => dailyCounts(reader, { from: begin, to: now, zone })))
  if (!counts) return <Unreadable />
  const days = [...Map.groupBy(counts, ({ day }) => day)].reverse()
  const present = connectors.filter(({ id }) => counts.some(({ platform }) => platform === id))
  const sum = (some: typeof counts) => some.reduce((total, { posts }) => total + posts, 0)
  return (
    <Frame here="activity">
      <h1>{say.title}</h1>
      {counts.length > 0 && <p className="lead">{say.intro(sum(counts).toLocaleString('en'), DAYS)}</p>}
      <div className="prose wide">
        {counts.length === 0 ? (
          <p>{say.none}</p>
        ) : (
          <>
            <GoToDate date={to} />
            <ActivityChart counts={counts} from={from} to={to} />
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keyboard, too */}
            <section className="wide-table" aria-label={say.chart} tabIndex={0}>
              <table className="daily">
                <caption className="unseen">{say.chart}</caption>
                <thead>
                  <tr>
                    <th scope="col">{say.day}</th>
                    {present.map(({ id, name }) => (
                      <th key={id} scope="col">
                        {name}
                      </th>
                    ))}
                    <th scope="col">{say.all}</th>
                  </tr>
                </thead>
                <tbody>
                  {days.map(([day, ofDay]) => (
                    <tr key={day}>
                      <th scope="row">
                        <a href={dayHref(day)}>{day}</a>
                      </th>
                      {present.map(({ id }) => (
                        <td key={id}>{sum(ofDay.filter(({ platform }) => platform === id)) || '·'}</td>
                      ))}
                      <td>{sum(ofDay)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
          </>
        )}
      </div>
    </Frame>
  )
}
