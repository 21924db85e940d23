import { expect, test } from 'vitest'
import { nextPoll, secondsUntilNext } from '#lib/collecting/next-read'

const trouble = (trouble: 'rate-limited' | 'unavailable' | 'refused' | 'malformed', retryAfterSeconds: number | null = null) => ({
  trouble,
  retryAfterSeconds,
})
const always = (value: number) => () => value

test('a source that works is read at its interval, a little sooner or later', () => {
  expect(secondsUntilNext(100, 0, null, always(0))).toBeCloseTo(96)
  expect(secondsUntilNext(100, 0, null, always(1))).toBeCloseTo(104)
})

const START = Date.parse('2026-11-23T10:00:00Z')
const at = (seconds: number) => new Date(START + seconds * 1000)
const secondsAt = (time: Date) => (time.getTime() - START) / 1000

/** When each of so many polls began, of a source that is read every 100 s, where each begins so late and takes so long. */
function begun(polls: number, { late, takes, random }: { late: (nth: number) => number; takes: number; random?: () => number }): number[] {
  let planned = at(0)
  return Array.from({ length: polls }, (_, nth) => {
    const began = at(secondsAt(planned) + late(nth))
    planned = nextPoll({ planned, began, now: at(secondsAt(began) + takes) }, 100, 0, null, random)
    return secondsAt(began)
  })
}
const gaps = (times: number[]) => times.slice(1).map((time, nth) => time - (times[nth] ?? 0))

test('the interval counts from when a source was to be read: neither reading nor waiting for its turn adds up', () => {
  const times = begun(1001, { late: () => 4, takes: 20, random: always(0.5) })
  expect(times.at(-1)).toBeCloseTo(1000 * 100 + 4)
})

test('whatever chance does, no two reads are further from the interval than a tenth, as long as none begins 5 % late', () => {
  for (const random of [always(0), always(1), Math.random])
    for (const late of [() => 5, () => 0, (nth: number) => (nth % 2) * 5, () => Math.random() * 5])
      for (const gap of gaps(begun(200, { late, takes: 3, random }))) expect(Math.abs(gap - 100)).toBeLessThanOrEqual(10)
})

test('who was kept from reading for an hour reads once, not twice in a row, and goes on at its interval', () => {
  const times = begun(4, { late: (nth) => (nth === 1 ? 3600 : 0), takes: 1, random: always(0) })
  for (const gap of gaps(times).slice(1)) expect(gap).toBeGreaterThanOrEqual(90)
  expect(nextPoll({ planned: null, began: at(0), now: at(1) }, 100, 0, null, always(0.5))).toEqual(at(100))
})

test('a read that takes longer than its interval is followed by the next one, not by those that it missed', () => {
  expect(nextPoll({ planned: at(0), began: at(0), now: at(350) }, 100, 0, null)).toEqual(at(350))
})

test('after a failure the wait that the platform asks for counts from its answer', () => {
  const next = nextPoll({ planned: at(0), began: at(0), now: at(30) }, 100, 0, trouble('rate-limited', 60), always(0))
  expect(next).toEqual(at(90))
})

test('a platform that says how long to wait is not asked before', () => {
  for (const random of [0, 0.5, 1]) {
    expect(secondsUntilNext(120, 3, trouble('rate-limited', 600), always(random))).toBeGreaterThanOrEqual(600)
    expect(secondsUntilNext(120, 0, trouble('unavailable', 40), always(random))).toBeGreaterThanOrEqual(40)
  }
})

test('without a word from the platform the wait doubles, with full jitter, up to a quarter of an hour, and is never zero', () => {
  expect(secondsUntilNext(120, 0, trouble('unavailable'), always(1))).toBe(60)
  expect(secondsUntilNext(120, 2, trouble('unavailable'), always(1))).toBe(240)
  expect(secondsUntilNext(120, 50, trouble('unavailable'), always(1))).toBe(900)
  expect(secondsUntilNext(120, 2, trouble('unavailable'), always(0))).toBe(1)
})

test('what needs a person is tried again about once an hour', () => {
  for (const kind of ['refused', 'malformed'] as const) {
    expect(secondsUntilNext(120, 1, trouble(kind), always(0.5))).toBe(3600)
    expect(secondsUntilNext(120, 1, trouble(kind, 9000), always(0.5))).toBe(9000)
  }
})
