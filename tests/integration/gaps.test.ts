import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { beforeEach, expect, test, vi } from 'vitest'
import { reddit } from '#connectors/reddit/reddit'
import type { Settings } from '#connectors/reddit/settings'
import { endOutage, listGaps, noteOutage } from '#db/gaps'
import { beat } from '#db/heartbeats'
import { heartbeats } from '#db/running-schema'
import { saveBatch } from '#db/save-batch'
import { outages, sources } from '#db/sources-schema'
import { testDatabase } from '#tests/support/database'
import { aBatch, heldSource } from '#tests/support/post'
import { rawSubmission, serveReddit } from '#tests/support/reddit-server'
import { runOf } from '#tests/support/run'

const database = testDatabase()
const NOW = new Date('2026-11-22T18:00:00.000Z')
const clock = (time: string) => new Date(`2026-11-22T${time}:00.000Z`)
const day = { from: clock('00:00'), to: NOW, now: NOW }
const owner = { role: 'owner' } as const

beforeEach(async () => {
  await database.db.update(sources).set({ covered: '{}', trouble: null })
  await database.db.delete(heartbeats)
  await database.db.delete(outages)
  await beat(randomUUID(), 'worker', clock('00:00'), NOW)
})

async function covers(name: string, ...spans: [string, string][]): Promise<number> {
  const { source, holder } = await heldSource(name, { firstReadAt: clock('00:00') })
  for (const [from, to] of spans) await saveBatch(source, holder, aBatch([], { covered: { from: clock(from), to: clock(to) } }), NOW)
  return source.id
}

test('a hole between what was seen whole is a gap, with its reason; a quiet source that was read all day has none', async () => {
  await covers('quiet', ['01:00', '09:00'], ['09:00', '18:00'])
  const id = await covers('#hpc', ['01:00', '16:02'], ['16:37', '18:00'])
  await noteOutage(id, 'The connection was cut', clock('16:02'))
  await noteOutage(id, 'The connection was refused', clock('16:20'))
  await endOutage(id, clock('16:37'))
  expect(await listGaps(owner, day)).toEqual([
    {
      from: clock('16:02'),
      to: clock('16:37'),
      open: false,
      sources: ['#hpc'],
      platforms: ['feed'],
      off: false,
      reason: 'The connection was refused',
      tries: 2,
    },
  ])
})

test('a gap that is read up later is gone', async () => {
  await covers('#hpc', ['01:00', '16:02'], ['16:37', '18:00'])
  expect(await listGaps(owner, day)).toHaveLength(1)
  await covers('#hpc', ['16:00', '16:40'])
  expect(await listGaps(owner, day)).toEqual([])
})

test('a listing that did not reach what was known last is a gap, as wide as what it left out', async () => {
  const server = await serveReddit({ entries: 25 })
  try {
    const read = async (now: Date) => {
      const { source, holder } = await heldSource('r/hpc', { platform: 'reddit', firstReadAt: clock('00:00') })
      const settings = { subreddit: 'hpc', api: server.origin }
      const { run } = runOf<Settings>(settings, { cursor: source.cursor, backfill: { since: clock('00:00'), posts: 500 } })
      vi.useFakeTimers({ toFake: ['Date'], now })
      for await (const batch of reddit.read(run))
        await saveBatch(source, holder, aBatch(batch.posts, { covered: batch.covered, cursor: batch.cursor }), now)
    }
    const at = (time: string) => clock(time).getTime() / 1000
    const said = (n: number, time: string) => rawSubmission(n, { created_utc: at(time) })
    server.add(said(1, '09:00'))
    await read(clock('10:00'))
    server.add(...Array.from({ length: 100 }, (_, n) => rawSubmission(100 + n, { created_utc: at('10:30') + n * 60 })))
    await read(clock('13:00'))
    // The newest 25 of 100 in as many minutes: the oldest of them is of 11:45.
    expect(await listGaps(owner, day)).toMatchObject([{ from: clock('10:00'), to: clock('11:45'), sources: ['r/hpc'], off: false }])
    server.add(said(300, '13:30'))
    await read(clock('14:00'))
    expect(await listGaps(owner, day)).toHaveLength(1)
  } finally {
    vi.useRealTimers()
    await server.close()
  }
})

test('holes of all sources at once are one row, and when no worker ran it says that this computer was off', async () => {
  await database.db.delete(heartbeats)
  await beat(randomUUID(), 'worker', clock('00:00'), clock('07:00'))
  await beat(randomUUID(), 'worker', clock('11:00'), NOW)
  await covers('one', ['01:00', '07:00'], ['11:01', '18:00'])
  await covers('two', ['01:00', '06:59'], ['11:00', '18:00'])
  const [gap, ...others] = await listGaps(owner, day)
  expect(others).toEqual([])
  expect(gap).toMatchObject({ from: clock('06:59'), off: true, reason: null, sources: expect.arrayContaining(['one', 'two']) })
})

test('a source that fails now has a gap that goes on; one that was never read has none', async () => {
  const id = await covers('failing', ['01:00', '17:00'])
  await covers('new')
  await database.db.update(sources).set({ trouble: 'unavailable' }).where(eq(sources.id, id))
  expect(await listGaps(owner, day)).toMatchObject([{ from: clock('17:00'), to: NOW, open: true, sources: ['failing'] }])
})

test('a connection that is away is a gap already while it is, once nothing was read in another way for longer than planned', async () => {
  const id = await covers('#hpc', ['01:00', '16:02'])
  const at = (time: string) => listGaps(owner, { ...day, now: clock(time) })
  await noteOutage(id, 'not connected: the connection was refused', clock('16:02'))
  await noteOutage(id, 'not connected: the connection was refused', clock('16:03'))
  expect(await at('16:03')).toEqual([])
  expect(await at('16:04')).toMatchObject([
    { from: clock('16:02'), to: clock('16:04'), open: true, reason: 'not connected: the connection was refused', tries: 2 },
  ])
  // A stream that is away, of a platform that is polled meanwhile.
  await covers('#hpc', ['16:02', '16:04'])
  expect(await at('16:05')).toEqual([])
  await endOutage(id, clock('16:05'))
  expect(await at('16:30')).toEqual([])
})

test('only gaps of the times and platforms that are asked for, and none of a source that the reader may not know of', async () => {
  await covers('#hpc', ['01:00', '03:00'], ['04:00', '18:00'])
  expect(await listGaps(owner, { ...day, from: clock('05:00') })).toEqual([])
  expect(await listGaps(owner, { ...day, platforms: ['mastodon'] })).toEqual([])
  await database.db.update(sources).set({ audience: 'members' }).where(eq(sources.name, '#hpc'))
  expect(await listGaps({ role: 'anonymous' }, day)).toEqual([])
  await database.db.update(sources).set({ audience: null }).where(eq(sources.name, '#hpc'))
  expect(await listGaps({ role: 'anonymous' }, day)).toHaveLength(1)
})
