import { connectors } from '#connectors/registry'
import type { DailyCount } from '#db/daily-counts'
import { dayHref } from '#lib/reading/day-bounds'
import { drawPlot } from './draw-plot.ts'
import { platformOf } from './platform.ts'
import { activityStrings as say } from './strings/activity.ts'

type Props = { counts: DailyCount[] /** First and last day, `2026-11-22`. */; from: string; to: string }

const WIDTH = 760
const HEIGHT = 240

/**
 * Posts per day as stacked bars, drawn on the server. The table beside it says the same to who cannot see it,
 * so that it is hidden from them.
 */
export async function ActivityChart({ counts, from, to }: Props) {
  const present = connectors.filter(({ id }) => counts.some(({ platform }) => platform === id))
  const rows = counts.map((count) => ({ ...count, at: new Date(`${count.day}T00:00:00Z`), name: platformOf(count.platform).name }))
  const end = new Date(Date.parse(`${to}T00:00:00Z`) + 86_400_000)
  const chart = await drawPlot((Plot) => ({
    width: WIDTH,
    height: HEIGHT,
    marginLeft: 34,
    marginRight: 4,
    x: { type: 'utc', domain: [new Date(`${from}T00:00:00Z`), end], label: null },
    y: { grid: true, label: null, ticks: 4, tickFormat: 'd' },
    color: { domain: present.map(({ id }) => id), range: present.map(({ id }) => `var(--platform-${id})`) },
    marks: [
      Plot.rectY(rows, {
        x: 'at',
        interval: 'day',
        y: 'posts',
        fill: 'platform',
        order: present.map(({ id }) => id),
        inset: 0.5,
        href: ({ day }: DailyCount) => dayHref(day),
        title: ({ day, name, posts }: (typeof rows)[number]) => say.bar(day, name, posts),
      }),
      Plot.ruleY([0]),
    ],
  }))
  return (
    <figure className="activity" aria-hidden="true">
      <ul className="legend">
        {present.map(({ id, name }) => (
          <li key={id} data-platform={id}>
            {name}
          </li>
        ))}
      </ul>
      {/* biome-ignore lint/security/noDangerouslySetInnerHtml: drawn by us from numbers, dates and names of our own platforms */}
      <div dangerouslySetInnerHTML={{ __html: chart }} />
    </figure>
  )
}
