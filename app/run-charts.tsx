import { Temporal } from 'temporal-polyfill'
import type { RunDay } from '#db/source-runs'
import { span } from '#lib/sources/source-health'
import { drawPlot } from './draw-plot.ts'
import { sourceStrings as say } from './strings/source.ts'
import { dayOf } from './when.ts'

const DAYS = 30
const SIZE = { width: 760, marginLeft: 48, marginRight: 4, marginTop: 8 }
/** Seconds at which the axis of delays is marked: a second, a minute, an hour, a day. */
const MARKED = [1, 60, 3600, 86_400]

type Props = { days: RunDay[]; platform: string; zone: string; now: Date }

/**
 * Thirty days of a source: its new posts, its readings that failed, how long posts took to get here. The table beside them
 * says the same to who cannot see them.
 */
export async function RunCharts({ days, platform, zone, now }: Props) {
  const today = Temporal.PlainDate.from(dayOf(now, zone))
  const at = (day: string) => new Date(`${day}T00:00:00Z`)
  const x = {
    type: 'utc' as const,
    domain: [at(today.subtract({ days: DAYS - 1 }).toString()), at(today.add({ days: 1 }).toString())],
    label: null,
  }
  const rows = days.map((day) => ({ ...day, at: at(day.day), middle: new Date(at(day.day).getTime() + 43_200_000) }))
  const delayed = rows.flatMap((row) =>
    row.delayMedian === null || row.delayMost === null
      ? []
      : [{ ...row, half: Math.max(1, row.delayMedian), most: Math.max(1, row.delayMost) }],
  )
  const longest = Math.max(60, ...delayed.map(({ most }) => most))
  const failing = rows.some(({ failures }) => failures > 0)
  const bars = (of: 'posts' | 'failures', fill: string, height: number) => {
    const most = Math.max(1, ...rows.map((row) => row[of]))
    return drawPlot((Plot) => ({
      ...SIZE,
      height,
      x,
      // There is no half a post.
      y: { grid: true, label: null, ticks: Math.min(3, most), tickFormat: 'd', domain: [0, most] },
      marks: [Plot.rectY(rows, { x: 'at', interval: 'day', y: of, fill, inset: 0.5 }), Plot.ruleY([0])],
    }))
  }
  const charts = [
    { label: say.newPosts, svg: await bars('posts', `var(--platform-${platform})`, 150) },
    ...(failing ? [{ label: say.failures, svg: await bars('failures', 'var(--amber)', 90) }] : []),
    ...(delayed.length > 0
      ? [
          {
            label: say.delayChart,
            svg: await drawPlot((Plot) => ({
              ...SIZE,
              height: 130,
              x,
              y: {
                type: 'log',
                domain: [1, longest],
                grid: true,
                label: null,
                ticks: MARKED.filter((mark) => mark <= longest),
                tickFormat: (seconds: number) => span(seconds * 1000),
              },
              marks: [
                Plot.ruleX(delayed, { x: 'middle', y1: 'half', y2: 'most', stroke: 'currentColor', strokeOpacity: 0.5, strokeWidth: 2 }),
                Plot.dot(delayed, { x: 'middle', y: 'half', fill: `var(--platform-${platform})`, r: 3 }),
              ],
            })),
          },
        ]
      : []),
  ]
  return (
    <div className="activity" aria-hidden="true">
      {charts.map(({ label, svg }) => (
        <figure key={label}>
          <figcaption>{label}</figcaption>
          {/* biome-ignore lint/security/noDangerouslySetInnerHtml: drawn by us from numbers and dates */}
          <div dangerouslySetInnerHTML={{ __html: svg }} />
        </figure>
      ))}
    </div>
  )
}
