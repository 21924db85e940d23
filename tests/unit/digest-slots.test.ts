import { expect, test } from 'vitest'
import { lastSlot, nextSlot, type Rhythm } from '#lib/digest/digest-slots'

const HALF_HOUR_MS = 1_800_000
const daily = (zone: string, hour: number): Rhythm => ({ every: 'daily', hour, zone, weekday: 1 })
const at = (time: string) => new Date(time)

/** Each slot that a worker that looks every half hour finds, with when it found it first. */
function slotsOf(rhythm: Rhythm, from: Date, to: Date): Map<string, Date[]> {
  const found = new Map<string, Date[]>()
  for (let time = from.getTime(); time < to.getTime(); time += HALF_HOUR_MS) {
    const { slot, dueAt } = lastSlot(rhythm, new Date(time))
    const known = found.get(slot) ?? []
    if (!known.some((one) => one.getTime() === dueAt.getTime())) found.set(slot, [...known, dueAt])
  }
  return found
}

test.each([
  ['America/New_York', 2],
  ['Europe/London', 1],
  ['Asia/Kathmandu', 7],
  ['Australia/Lord_Howe', 2],
])('a year in %s, at %i o’clock, has one slot a local day, at one time, through both changes of clock', (zone, hour) => {
  const found = slotsOf(daily(zone, hour), at('2026-01-03T00:00:00Z'), at('2027-01-03T00:00:00Z'))
  const days = [...found.keys()].toSorted()
  const first = Date.parse(`${days[0]}T00:00:00Z`)
  expect(days).toEqual(Array.from(days, (_, index) => new Date(first + index * 86_400_000).toISOString().slice(0, 10)))
  expect(days.length).toBeGreaterThanOrEqual(365)
  for (const [day, times] of found) {
    expect(times, day).toHaveLength(1)
    const local = new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' }).format(times[0])
    // Where the hour is left out, it is due as soon as it would have been.
    expect(local.slice(0, 10)).toBe(day)
    expect(Math.abs(Number(local.slice(11, 13)) - hour), local).toBeLessThanOrEqual(1)
  }
})

test('an hour that a change of clock leaves out or has twice is due once', () => {
  const zone = 'America/New_York'
  expect(lastSlot(daily(zone, 2), at('2026-03-08T12:00:00Z'))).toEqual({ slot: '2026-03-08', dueAt: at('2026-03-08T07:00:00Z') })
  expect(lastSlot(daily(zone, 1), at('2026-11-01T12:00:00Z'))).toEqual({ slot: '2026-11-01', dueAt: at('2026-11-01T05:00:00Z') })
  expect(lastSlot(daily('Australia/Lord_Howe', 2), at('2026-10-04T12:00:00Z')).slot).toBe('2026-10-04')
})

test('working days and weeks have their days', () => {
  const weekdays: Rhythm = { ...daily('Europe/Berlin', 7), every: 'weekdays' }
  expect(lastSlot(weekdays, at('2026-11-22T12:00:00Z')).slot).toBe('2026-11-20')
  expect(lastSlot(weekdays, at('2026-11-23T12:00:00Z')).slot).toBe('2026-11-23')
  const weekly: Rhythm = { ...daily('Europe/Berlin', 7), every: 'weekly', weekday: 5 }
  expect(lastSlot(weekly, at('2026-11-22T12:00:00Z')).slot).toBe('2026-11-20')
  expect(nextSlot(weekly, at('2026-11-22T12:00:00Z')).slot).toBe('2026-11-27')
})

test('alerts have an hour or a minute', () => {
  const hourly: Rhythm = { ...daily('UTC', 0), every: 'hourly' }
  expect(lastSlot(hourly, at('2026-11-22T14:59:59Z'))).toEqual({ slot: '2026-11-22T14:00Z', dueAt: at('2026-11-22T14:00:00Z') })
  expect(lastSlot({ ...hourly, every: 'at-once' }, at('2026-11-22T14:59:59Z')).slot).toBe('2026-11-22T14:59Z')
})
