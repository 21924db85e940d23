import { Temporal } from 'temporal-polyfill'

/** One day of a zone: its date, and the times between which it lies, the second not part of it. */
export type DayBounds = { date: string; from: Date; to: Date }

/** The day that an address names (`/2026/11/22`), in a zone (IANA); null for what is no day. A day has 23 to 25 hours. */
export function dayBounds(date: string, zone: string): DayBounds | null {
  try {
    const day = Temporal.PlainDate.from(date, { overflow: 'reject' })
    if (day.year < 1993 || day.year > 2200) return null
    const startOf = (one: Temporal.PlainDate) => new Date(one.toZonedDateTime(zone).epochMilliseconds)
    return { date: day.toString(), from: startOf(day), to: startOf(day.add({ days: 1 })) }
  } catch {
    return null
  }
}

/** The first and the day after the last of the month of a date, and how many days it begins after Monday (0 to 6). */
export function monthBounds(date: string, zone: string): { from: Date; to: Date; days: number; startsAfter: number } {
  const first = Temporal.PlainDate.from(date).with({ day: 1 })
  const startOf = (one: Temporal.PlainDate) => new Date(one.toZonedDateTime(zone).epochMilliseconds)
  return { from: startOf(first), to: startOf(first.add({ months: 1 })), days: first.daysInMonth, startsAfter: first.dayOfWeek - 1 }
}

/** `/2026/11/22` */
export function dayHref(date: string): string {
  return `/${date.replaceAll('-', '/')}`
}
