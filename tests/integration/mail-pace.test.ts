import { expect, test } from 'vitest'
import { mailPace } from '#lib/digest/mail-pace'
import { testDatabase } from '#tests/support/database'

testDatabase()

test('all processes together send a relay no more a second than it may be sent', async () => {
  // Each knows only the database of the other, as two workers do.
  const [one, other] = [mailPace('relay.example', 5), mailPace('relay.example', 5)]
  const startedAt = performance.now()
  await Promise.all([one, other].flatMap((turn) => Array.from({ length: 10 }, turn)))
  // Five at once, and five at the beginning of each of three more seconds.
  expect(performance.now() - startedAt).toBeGreaterThan(2900)
})

test('two relays have a pace each', async () => {
  const startedAt = performance.now()
  const [one, other] = [mailPace('one.example', 1), mailPace('other.example', 1)]
  await Promise.all([one(), other(), one()])
  await other()
  expect(performance.now() - startedAt).toBeGreaterThan(900)
})
