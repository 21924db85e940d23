import { expect, test } from 'vitest'
import { secondsUntilNext } from '#lib/collecting/schedule'

const trouble = (trouble: 'rate-limited' | 'unavailable' | 'refused' | 'malformed', retryAfterSeconds: number | null = null) => ({
  trouble,
  retryAfterSeconds,
})
const always = (value: number) => () => value

test('a source that works is read at its interval, 20 % sooner or later', () => {
  expect(secondsUntilNext(100, 0, null, always(0))).toBeCloseTo(80)
  expect(secondsUntilNext(100, 0, null, always(1))).toBeCloseTo(120)
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
