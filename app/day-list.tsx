import type { Reader } from '#db/audience'
import type { BreakdownRow } from '#db/breakdowns'
import type { ChannelNote } from '#db/channel-notes'
import type { Gap } from '#db/gaps'
import type { Filter } from '#db/lanes'
import { countDay, type Entry, type TimelinePost } from '#db/timeline'
import { filterWords, type WholeFilter } from '#lib/reading/filter-address'
import { BreakdownRows } from './breakdown-rows.tsx'
import { EntryItem } from './entry-item.tsx'
import type { FeedPlace } from './feed-place.ts'
import { GapRows } from './gap-row.tsx'
import { muteOfEntry } from './mute-of.ts'
import { NoteRow } from './note-row.tsx'
import { remembered } from './remembered.ts'
import { contextStrings as say } from './strings/context.ts'
import { dayName, dayOf } from './when.ts'

type Row =
  | { at: Date; entry: Entry }
  | { at: Date; gaps: Gap[] }
  | { at: Date; note: ChannelNote }
  | { at: Date; breakdowns: BreakdownRow[] }
export type Day = { key: string; at: Date; rows: Row[]; posts: number /** No page's edge cuts through it. */; whole: boolean }

type Counting = {
  reader: Reader
  filter: WholeFilter
  starred?: Filter['starred']
  zone: string
  wholeAtTop: boolean
  wholeAtFoot: boolean
  oldestFirst?: boolean
  notes?: ChannelNote[]
  breakdowns?: BreakdownRow[]
}

const count = remembered<number>(15)

/** The page cut into days of the reader's zone. Only a day that a page's edge cuts through needs the database to count it. */
export async function daysOf(entries: Entry[], gaps: Gap[], counting: Counting): Promise<Day[]> {
  const { reader, filter, starred = null, zone, wholeAtTop, wholeAtFoot, oldestFirst = false, notes = [], breakdowns = [] } = counting
  const days = [...Map.groupBy(rowsOf(entries, gaps, notes, breakdowns), ({ at }) => dayOf(at, zone))]
  const counted = await Promise.all(
    days.map(async ([key, rows], index) => {
      const at = rows[0]?.at ?? new Date()
      const whole = (index > 0 || wholeAtTop) && (index < days.length - 1 || wholeAtFoot)
      const posts = whole
        ? rows.reduce((sum, row) => sum + ('entry' in row ? row.entry.count : 0), 0)
        : await count([reader.role, zone, key, ...filterWords(filter), starred && JSON.stringify(starred)].join(' '), () =>
            countDay(reader, { ...filter, starred, at, zone }),
          )
      return { key, at, rows: oldestFirst ? rows.toReversed() : rows, posts, whole }
    }),
  )
  return oldestFirst ? counted.reverse() : counted
}

/** Entries, gaps and notes in one order, newest first, a gap by its newest end. Gaps with nothing between them are one row, and so is what broke down. */
function rowsOf(entries: Entry[], gaps: Gap[], notes: ChannelNote[], breakdowns: BreakdownRow[]): Row[] {
  const all: Row[] = [
    ...gaps.map((gap) => ({ at: gap.to, gaps: [gap] })),
    ...notes.map((note) => ({ at: note.at, note })),
    ...breakdowns.map((breakdown) => ({ at: breakdown.at, breakdowns: [breakdown] })),
    ...entries.map((entry) => ({ at: entry.sortAt, entry })),
  ].toSorted((one, other) => other.at.getTime() - one.at.getTime())
  return all.reduce<Row[]>((rows, row) => {
    const last = rows.at(-1)
    if (last && 'gaps' in last && 'gaps' in row) last.gaps.push(...row.gaps)
    else if (last && 'breakdowns' in last && 'breakdowns' in row) last.breakdowns.push(...row.breakdowns)
    else rows.push(row)
    return rows
  }, [])
}

/** The days without what their reader does not want to see at all, and how many entries that were. */
export function withoutHidden(days: Day[], now: Date): { days: Day[]; hidden: number } {
  let hidden = 0
  const shown = days.map((day) => {
    const rows = day.rows.filter((row) => !('entry' in row && muteOfEntry(row.entry, now)?.hard))
    hidden += day.rows.length - rows.length
    return { ...day, rows }
  })
  return { days: shown.filter(({ rows }) => rows.length > 0), hidden }
}

type Props = {
  days: Day[]
  /** What posts answer, by their ids. */
  earlier?: Map<number, TimelinePost[]>
  zone: string
  now: Date
  /** After so many rows come those that may be laid out later. */
  atFirst?: number
}

/** Days as sections under headings that stay in sight. */
export function DayList({ days, earlier, zone, now, atFirst = Number.POSITIVE_INFINITY }: Props) {
  const today = dayOf(now, zone)
  return days.map(({ key, at, rows, posts, whole }, nth) => (
    <section key={key} aria-labelledby={`day-${key}`}>
      <h2 className="day" id={`day-${key}`}>
        {dayName(at, zone, now)}
        <small>
          {say.posts(posts)}
          {key === today && say.soFar}
        </small>
      </h2>
      <div className="rail" role="feed" aria-labelledby={`day-${key}`}>
        {placed(rows, whole, atFirst - days.slice(0, nth).reduce((sum, day) => sum + day.rows.length, 0)).map(([row, place]) =>
          'entry' in row ? (
            <EntryItem key={row.entry.id} entry={row.entry} earlier={earlier?.get(row.entry.id)} zone={zone} now={now} at={place} />
          ) : 'note' in row ? (
            <NoteRow key={`${row.note.kind} ${row.at.getTime()} ${row.note.sources[0]}`} note={row.note} zone={zone} now={now} />
          ) : 'breakdowns' in row ? (
            <BreakdownRows key={`broke ${row.at.getTime()}`} rows={row.breakdowns} zone={zone} />
          ) : (
            <GapRows key={row.at.getTime()} gaps={row.gaps} zone={zone} />
          ),
        )}
      </div>
    </section>
  ))
}

/** Rows with their places among the entries of their day; gaps have the place of what follows. */
function placed(rows: Row[], whole: boolean, atFirst: number): [Row, FeedPlace][] {
  const entries = rows.filter((row) => 'entry' in row)
  const size = whole ? entries.length : -1
  const before = (index: number) => rows.slice(0, index).filter((row) => 'entry' in row).length
  return rows.map((row, index) => [row, { position: before(index) + 1, size, later: index >= atFirst }])
}
