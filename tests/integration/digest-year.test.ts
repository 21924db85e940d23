import { sql } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import { claimDelivery, finishDelivery } from '#db/deliveries'
import { deliveries, subscriptions } from '#db/digest-schema'
import type { Subscription } from '#db/subscriptions'
import { planDeliveries } from '#lib/digest/digest-queue'
import { testDatabase } from '#tests/support/database'
import { subscribed } from '#tests/support/digest'

/** The schedule and its claims through a whole year, on the real tables; nothing is drawn. */
const database = testDatabase()
const HOUR_MS = 3_600_000
const LEASE_MS = 150_000
/** Each at the hour that a change of its clocks leaves out or has twice, and one where they never change. */
const ZONES = [
  ['America/New_York', 2],
  ['Europe/London', 1],
  ['Asia/Kathmandu', 7],
  ['Australia/Lord_Howe', 2],
] as const

beforeEach(async () => {
  await database.db.delete(subscriptions)
})

/** When their clocks change in 2026: around it workers look each half hour, else three times a day. */
const CHANGES = ['2026-03-08', '2026-03-29', '2026-04-04', '2026-10-03', '2026-10-25', '2026-11-01'].map((day) =>
  Date.parse(`${day}T08:00:00Z`),
)
const isNearChange = (time: number) => CHANGES.some((change) => Math.abs(time - change) <= 12 * HOUR_MS)

/** Two workers plan what is due and take it; what was taken is sent. The subscriptions that were sent to. */
async function work(now: Date): Promise<string[]> {
  const due = (await Promise.all([planDeliveries(now), planDeliveries(now)])).flat()
  const sent: string[] = []
  for (const key of [...due, ...due]) {
    const claimed = await claimDelivery(key, now, LEASE_MS)
    if (typeof claimed === 'string') continue
    await finishDelivery(key, 'sent', now)
    sent.push(key.subscriptionId)
  }
  return sent
}

const dayIn = (zone: string, time: Date) => new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short' }).format(time)

const hourIn = (zone: string, time: Date) => Number(new Intl.DateTimeFormat('sv', { timeZone: zone, hour: '2-digit' }).format(time))

test('a year in four zones, through both changes of clock, sends exactly one a local day, whoever looks how often', async () => {
  const begun = new Date('2026-01-01T00:00:00Z')
  const everybody: Subscription[] = []
  for (const [zone, hour] of ZONES) everybody.push(await subscribed(`${everybody.length}@example.org`, begun, { zone, hour }))
  const days = new Map(everybody.map(({ id, zone }) => [id, { zone, sentOn: [] as string[] }]))
  const end = begun.getTime() + 366 * 24 * HOUR_MS
  for (let time = begun.getTime(); time < end; time += isNearChange(time) ? HOUR_MS / 2 : 8 * HOUR_MS)
    for (const id of await work(new Date(time))) {
      const own = days.get(id)
      own?.sentOn.push(dayIn(own.zone, new Date(time)))
    }
  for (const { zone, sentOn } of days.values()) {
    expect(sentOn.length, zone).toBeGreaterThanOrEqual(365)
    const first = Date.parse(`${sentOn[0]}T00:00:00Z`)
    expect(sentOn, zone).toEqual(sentOn.map((_, index) => new Date(first + index * 24 * HOUR_MS).toISOString().slice(0, 10)))
  }
  const rows = await database.db.select({ subscription: deliveries.subscriptionId, dueAt: deliveries.dueAt }).from(deliveries)
  for (const { subscription, dueAt } of rows) {
    const { zone = 'UTC', hour = 0 } = everybody.find(({ id }) => id === subscription) ?? {}
    // Where its hour is left out, as soon as it would have been.
    expect([hour, hour + 1], `${zone} ${dueAt.toISOString()}`).toContain(hourIn(zone, dueAt))
  }
  // One digest goes on where the last ended: nothing is told twice, nothing left out.
  const seams = await database.db.execute<{ torn: number }>(sql`
    select count(*)::int as torn from (
      select "from", lag("to") over (partition by subscription_id order by due_at) as before from ${deliveries}) d
    where before is not null and before <> "from"`)
  expect(seams[0]?.torn).toBe(0)
}, 500_000)

test('a clock that is put back, or forward and back, sends nobody a day twice', async () => {
  const { id } = await subscribed('ada@example.org', new Date('2026-11-20T06:00:00Z'))
  const at = (time: string) => work(new Date(`2026-11-${time}:00Z`))
  expect(await at('20T07:02')).toEqual([id])
  expect(await at('20T05:00')).toEqual([])
  expect(await at('20T07:02')).toEqual([])
  // A wrong date for a moment: that day's has gone out, and is not sent again when it really comes.
  expect(await at('22T07:02')).toEqual([id])
  expect(await at('20T07:10')).toEqual([])
  expect(await at('21T07:02')).toEqual([])
  expect(await at('22T07:02')).toEqual([])
  expect(await at('23T07:02')).toEqual([id])
})
