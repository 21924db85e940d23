import { expect, test } from 'vitest'
import { isMet } from '../bench/targets.ts'

test.each([
  ['1,970 posts/s (90 µs here, 300 µs in Postgres)', '≥ 5,000 posts/s', false],
  ['5,000 posts/s', '≥ 5,000 posts/s', true],
  ['p50 24.9 ms, p99 299.0 ms', '≤ 25 ms p50, ≤ 300 ms p99', true],
  ['p50 24.9 ms, p99 301.0 ms', '≤ 25 ms p50, ≤ 300 ms p99', false],
  ['p50 0.6 ms, p99 1.0 ms', '≤ 0.5 ms p50, ≤ 3 ms p99', false],
  ['p50 120 ms, p99 980 ms', 'p99 < 1 s', true],
  ['p50 120 ms, p99 1020 ms', 'p99 < 1 s', false],
  ['p50 18.0 ms, p99 40.0 ms, 1.21 ×', '≤ 1.2 ×', false],
  ['140 requests/s, p50 70 ms, p99 90 ms', '≥ 110 requests/s', true],
  ['31 s', '< 300 s', true],
  ['611/s', '≥ 200/s', true],
  ['199/s', '≥ 200/s', false],
  ['31.5 KB', '< 40 KB', true],
  ['416, at first 500', '≤ 400', false],
  ['anything', 'flat', null],
  ['not measured', '≥ 98', null],
  ['5 posts', '', null],
])('“%s” with the target “%s” is met: %s', (figure, target, met) => {
  expect(isMet(figure, target)).toBe(met)
})
