import type { DailyCount } from '#db/daily-counts'
import { dayHref, monthBounds } from '#lib/reading/day-bounds'
import { contextStrings as say } from './strings/context.ts'

type Props = { /** `2026-11-22`, the day that is looked at. */ date: string; counts: DailyCount[]; zone: string }

/** The month of a day, with a door to each day that has posts. */
export function Calendar({ date, counts, zone }: Props) {
  const { days, startsAfter } = monthBounds(date, zone)
  const month = date.slice(0, 7)
  const posts = new Map<string, number>()
  for (const count of counts) posts.set(count.day, (posts.get(count.day) ?? 0) + count.posts)
  const cells = [...Array<null>(startsAfter).fill(null), ...Array.from({ length: days }, (_, index) => index + 1)]
  const weeks = Array.from({ length: Math.ceil(cells.length / 7) }, (_, week) => cells.slice(week * 7, week * 7 + 7))
  const name = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(new Date(`${date}T12:00:00Z`))
  return (
    <table className="calendar">
      <caption>{name}</caption>
      <thead>
        <tr>
          {say.weekdays.map((weekday) => (
            <th key={weekday} scope="col" abbr={weekday}>
              {weekday.slice(0, 1)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks.map((week) => (
          <tr key={week.find((day) => day !== null)}>
            {week.map((day, index) => {
              const key = `${month}-${String(day).padStart(2, '0')}`
              const count = posts.get(key) ?? 0
              // Before the first of the month nothing stands.
              if (day === null) return <td key={say.weekdays[index]} />
              return (
                <td key={key}>
                  {count > 0 || key === date ? (
                    <a href={dayHref(key)} aria-current={key === date ? 'date' : undefined} title={say.postsOn(key, count)}>
                      {day}
                    </a>
                  ) : (
                    <span title={say.noneOn(key)}>{day}</span>
                  )}
                </td>
              )
            })}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
