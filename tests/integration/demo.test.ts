import { count, eq, max, min } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { connectors } from '#connectors/registry'
import { breakdownsBetween } from '#db/breakdowns'
import { channelNotes } from '#db/channel-notes'
import { listGaps } from '#db/gaps'
import { posts } from '#db/schema'
import { sources } from '#db/sources-schema'
import { getTimeline } from '#db/timeline'
import { type DemoWeek, startDemoWeek } from '#lib/demo/demo-week'
import { healthOf } from '#lib/sources/source-health'
import { testDatabase } from '../support/database.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

const database = testDatabase()
/** Noon, so that some of what is said "today" is still to come. */
const now = new Date(new Date(Date.now() - DAY_MS).setUTCHours(12, 0, 0, 0))
let week: DemoWeek
beforeAll(async () => {
  week = await startDemoWeek('http://127.0.0.1:3000', now)
})

test('the timeline has a week of every platform, up to some minutes ago', async () => {
  for (const { id, switched } of connectors) {
    const [span] = await database.db
      .select({ first: min(posts.firstSeenAt), last: max(posts.firstSeenAt), posts: count() })
      .from(posts)
      .where(eq(posts.platform, id))
    // Of what hardly anybody switches on there is a little.
    expect(span?.posts).toBeGreaterThan(switched ? 3 : 10)
    expect(now.getTime() - (span?.first?.getTime() ?? 0)).toBeGreaterThan((switched ? 2 : 5) * DAY_MS)
    expect(span?.last?.getTime()).toBeLessThanOrEqual(now.getTime())
  }
  const { entries } = await firstPage()
  const newest = entries[0]
  expect(now.getTime() - (newest?.sortAt.getTime() ?? 0)).toBeLessThan(15 * MINUTE_MS)
})

test('each post was first seen when it would have been, so that only what came late is late', async () => {
  const seen = await database.db.select({ late: posts.late, sortAt: posts.sortAt, firstSeenAt: posts.firstSeenAt }).from(posts)
  expect(seen.filter(({ late }) => late).length).toBeGreaterThan(0)
  expect(seen.filter(({ late }) => late).length).toBeLessThan(8)
  for (const { late, sortAt, firstSeenAt } of seen) if (!late) expect(firstSeenAt.getTime() - sortAt.getTime()).toBeLessThan(45 * MINUTE_MS)
})

test('its sources fare differently: live, polled, quiet, and one that does not answer', async () => {
  const states = (await database.db.select().from(sources)).map((source) => healthOf(source, now).state)
  for (const state of ['live', 'polled', 'quiet', 'blocked']) expect(states).toContain(state)
})

test('what a failing source missed is a gap with its reason; the made-up computer was never off', async () => {
  const gaps = await listGaps({ role: 'owner' }, { from: new Date(now.getTime() - 7 * DAY_MS), to: now, now })
  expect(gaps.filter(({ open }) => open).length).toBeGreaterThan(0)
  expect(gaps.filter(({ open }) => !open)).toHaveLength(1)
  for (const gap of gaps) expect(gap).toMatchObject({ off: false, reason: expect.stringMatching(/\w/) })
})

test('one source broke down and is read again; one channel withdrew its permission, and what was said there is for members', async () => {
  const week = { from: new Date(now.getTime() - 7 * DAY_MS), to: now }
  expect((await breakdownsBetween({ role: 'owner' }, week)).map(({ kind }) => kind)).toEqual(['mended', 'broken'])
  const notes = await channelNotes({ role: 'owner' }, { platforms: ['irc'], sources: [], days: [] })
  const closed = notes.filter(({ kind }) => kind === 'withdrawn')
  expect(closed).toEqual([expect.objectContaining({ open: true, sources: ['#storage on Lamplight'] })])
  const [source] = await database.db.select().from(sources).where(eq(sources.name, '#storage on Lamplight'))
  const said = await database.db
    .select()
    .from(posts)
    .where(eq(posts.sourceId, source?.id ?? 0))
  expect(said.length).toBeGreaterThan(3)
  for (const { audience, deletedAt } of said) expect(deletedAt ?? audience === 'members').toBeTruthy()
  expect(said.filter(({ deletedAt }) => deletedAt)).toHaveLength(1)
})

test('what comes in next stands on top, at its present time', async () => {
  const later = new Date(now.getTime() + MINUTE_MS)
  await week.sayNext(later)
  const { entries } = await firstPage()
  expect(entries[0]?.sortAt).toEqual(later)
})

test('a source that answers is polled again when it is due; one that does not fails once more', async () => {
  const failuresBefore = await failures()
  const later = new Date(now.getTime() + 60 * MINUTE_MS)
  await week.lookAround(later)
  const states = await database.db.select().from(sources)
  for (const source of states) expect(source.trouble ? source.lastAttemptAt : source.lastSuccessAt).toEqual(later)
  expect(await failures()).toBe(failuresBefore + states.filter(({ trouble }) => trouble).length)
})

test('the trickle goes round and round with new posts', async () => {
  const [before] = await database.db.select({ posts: count() }).from(posts)
  for (let said = 0; said < 2 * week.trickle; said++) await week.sayNext(new Date(now.getTime() + (2 + said) * MINUTE_MS))
  const [after] = await database.db.select({ posts: count() }).from(posts)
  // Boosts of what is there are sightings; all the rest are posts.
  expect((after?.posts ?? 0) - (before?.posts ?? 0)).toBeGreaterThan(1.8 * week.trickle)
})

test('a second start shows a week again, not two', { timeout: 120_000 }, async () => {
  await startDemoWeek('http://127.0.0.1:3000', now)
  const [first] = await database.db.select({ posts: count() }).from(posts)
  await startDemoWeek('http://127.0.0.1:3000', now)
  const [second] = await database.db.select({ posts: count() }).from(posts)
  expect(second).toEqual(first)
})

test('a database that holds a real source is left alone', async () => {
  const [one] = await database.db.select().from(sources).limit(1)
  await database.db
    .update(sources)
    .set({ key: 'feed:real', name: 'A real blog' })
    .where(eq(sources.id, one?.id ?? 0))
  await expect(startDemoWeek('http://127.0.0.1:3000', now)).rejects.toThrow('A real blog')
  const [kept] = await database.db.select({ posts: count() }).from(posts)
  expect(kept?.posts).toBeGreaterThan(100)
})

function firstPage() {
  return getTimeline({ role: 'owner' })
}

async function failures(): Promise<number> {
  const rows = await database.db.select({ failures: sources.failures }).from(sources)
  return rows.reduce((sum, row) => sum + row.failures, 0)
}
