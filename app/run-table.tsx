import type { RunDay } from '#db/source-runs'
import { span } from '#lib/sources/source-health'
import { sourceStrings as say } from './strings/source.ts'

/** What the charts of a source show, for who reads numbers or listens; newest first. */
export function RunTable({ days }: { days: RunDay[] }) {
  const timed = days.some(({ secondsEach }) => secondsEach !== null)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keyboard, too
    <section className="wide-table" aria-label={say.table} tabIndex={0}>
      <table className="daily">
        <caption className="unseen">{say.table}</caption>
        <thead>
          <tr>
            {[say.day, say.added, say.read, say.failed, say.half, say.most, ...(timed ? [say.took] : [])].map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {days.toReversed().map(({ day, posts, runs, failures, delayMedian, delayMost, secondsEach }) => (
            <tr key={day}>
              <th scope="row">{day}</th>
              <td>{posts || '·'}</td>
              <td>{runs || '·'}</td>
              <td className={failures > 0 ? 'amber' : undefined}>{failures || '·'}</td>
              <td>{delayMedian === null ? '·' : span(delayMedian * 1000)}</td>
              <td>{delayMost === null ? '·' : span(delayMost * 1000)}</td>
              {timed && <td>{secondsEach === null ? '·' : `${secondsEach.toFixed(1)} s`}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
