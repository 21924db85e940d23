import type { Reader } from '#db/audience'
import { countDay, type Entry } from '#db/timeline'
import { PostItem } from './post-item.tsx'
import { remembered } from './remembered.ts'
import { dayName, dayOf } from './when.ts'

export type Day = { key: string; at: Date; entries: Entry[]; posts: number }

type Counting = { reader: Reader; platforms: string[]; zone: string; wholeAtTop: boolean; wholeAtFoot: boolean }

const count = remembered<number>(15)

/** The page cut into days of the reader's zone. Only a day that a page's edge cuts through needs the database to count it. */
export async function daysOf(entries: Entry[], { reader, platforms, zone, wholeAtTop, wholeAtFoot }: Counting): Promise<Day[]> {
  const days = [...Map.groupBy(entries, ({ sortAt }) => dayOf(sortAt, zone))]
  return Promise.all(
    days.map(async ([key, of], index) => {
      const at = of[0]?.sortAt ?? new Date()
      const whole = (index > 0 || wholeAtTop) && (index < days.length - 1 || wholeAtFoot)
      const posts = whole
        ? of.reduce((sum, entry) => sum + entry.posts.length, 0)
        : await count([reader.role, zone, key, ...platforms].join(' '), () => countDay(reader, { platforms, at, zone }))
      return { key, at, entries: of, posts }
    }),
  )
}

/** Days as sections under headings that stay in sight. */
export function DayList({ days, zone, now }: { days: Day[]; zone: string; now: Date }) {
  const today = dayOf(now, zone)
  return days.map(({ key, at, entries, posts }) => (
    <section key={key} aria-labelledby={`day-${key}`}>
      <h2 className="day" id={`day-${key}`}>
        {dayName(at, zone, now)}
        <small>
          {posts === 1 ? '1 post' : `${posts} posts`}
          {key === today && ' so far'}
        </small>
      </h2>
      <div className="rail">
        {entries.flatMap((entry) => entry.posts.map((post) => <PostItem key={post.id} post={post} zone={zone} now={now} />))}
      </div>
    </section>
  ))
}
