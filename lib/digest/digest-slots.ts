import { Temporal } from 'temporal-polyfill'

/** When a subscription is due: each day at an hour of its reader, on working days, on one day of the week, or hour by hour. */
export type Rhythm = { every: 'daily' | 'weekdays' | 'weekly' | 'hourly' | 'at-once'; hour: number; zone: string; weekday: number }

/** What a mail is the one of: a day of its reader (`2026-11-22`), or for alerts a time (`2026-11-22T14:00Z`). */
export type Slot = { slot: string; dueAt: Date }

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

/**
 * The slot that was due last at `now`. Pure. Where clocks are put forward over its hour it is due when they were, where they are put
 * back at the first of the two; so each day of the reader has one, whatever its length.
 */
export function lastSlot(rhythm: Rhythm, now: Date): Slot {
  const { every } = rhythm
  if (every === 'hourly' || every === 'at-once') {
    const width = every === 'hourly' ? HOUR_MS : MINUTE_MS
    const dueAt = new Date(Math.floor(now.getTime() / width) * width)
    return { slot: dueAt.toISOString().replace(/:\d\d\.\d+Z$/, 'Z'), dueAt }
  }
  let day = dayAt(now, rhythm.zone)
  while (!counts(day, rhythm) || dueOn(day, rhythm) > now) day = day.subtract({ days: 1 })
  return { slot: day.toString(), dueAt: dueOn(day, rhythm) }
}

/** The next that will be due after `now`: for people, who want to know. */
export function nextSlot(rhythm: Rhythm, now: Date): Slot {
  const alert = rhythm.every === 'hourly' || rhythm.every === 'at-once'
  if (alert) return lastSlot(rhythm, new Date(now.getTime() + (rhythm.every === 'hourly' ? HOUR_MS : MINUTE_MS)))
  let day = dayAt(now, rhythm.zone)
  while (!counts(day, rhythm) || dueOn(day, rhythm) <= now) day = day.add({ days: 1 })
  return { slot: day.toString(), dueAt: dueOn(day, rhythm) }
}

function dayAt(now: Date, zone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(zone).toPlainDate()
}

function dueOn(day: Temporal.PlainDate, { zone, hour }: Rhythm): Date {
  return new Date(day.toZonedDateTime({ timeZone: zone, plainTime: Temporal.PlainTime.from({ hour }) }).epochMilliseconds)
}

function counts({ dayOfWeek }: Temporal.PlainDate, { every, weekday }: Rhythm): boolean {
  return every === 'daily' || (every === 'weekdays' ? dayOfWeek <= 5 : dayOfWeek === weekday)
}
