import { beforeEach, expect, test } from 'vitest'
import type { Reader } from '#db/audience'
import { channelNotes } from '#db/channel-notes'
import type { Permission } from '#db/post'
import { saveBatch } from '#db/save-batch'
import { entries, entryLanes, posts } from '#db/schema'
import { type DeclaredSource, declareSources } from '#db/sources'
import { sources } from '#db/sources-schema'
import { openRules } from '#lib/collecting/rules'
import { testDatabase } from '#tests/support/database'
import { aBatch, heldSource } from '#tests/support/post'
import { burst } from '#tests/support/talk'

/** The timeline tells a quiet channel from one that was not heard, where hearing began, and what was agreed since. */
const database = testDatabase()
const owner = { role: 'owner' as const }
const anonymous = { role: 'anonymous' as const }
const day = (date: number) => new Date(Date.UTC(2026, 10, date))
const days = [16, 17, 18, 19].map((date) => ({ from: day(date), to: day(date + 1) }))
const asked = { platforms: ['irc'], sources: [], days }

beforeEach(async () => {
  for (const table of [posts, entries, entryLanes, sources]) await database.db.delete(table)
})

/** A channel that was heard from 16 November 06:00 to 20 November, but for an hour of the 18th. */
async function channel(change = {}) {
  const held = await heldSource('#hpc', { platform: 'irc', firstReadAt: new Date(day(16).getTime() + 6 * 3_600_000), ...change })
  const heard = async (from: Date, to: Date) => {
    await saveBatch(held.source, held.holder, aBatch([], { covered: { from, to } }), to)
  }
  await heard(new Date(day(16).getTime() + 6 * 3_600_000), new Date(day(18).getTime() + 3_600_000))
  await heard(new Date(day(18).getTime() + 2 * 3_600_000), day(20))
  return held
}

const quiet = (notes: Awaited<ReturnType<typeof channelNotes>>) =>
  notes.filter(({ kind }) => kind === 'quiet').map(({ at }) => at.toISOString())

test('a day is quiet when all of it was heard and nothing was said: not the first, not one with a hole', async () => {
  await channel()
  const notes = await channelNotes(owner, asked)
  expect(quiet(notes)).toEqual(['2026-11-17T23:59:59.000Z', '2026-11-19T23:59:59.000Z'])
  expect(notes.find(({ kind }) => kind === 'begun')).toEqual({ kind: 'begun', at: new Date('2026-11-16T06:00:00Z'), sources: ['#hpc'] })
})

test('a conversation that goes on past midnight makes the next day none of silence', async () => {
  const { source, holder } = await channel()
  const before = new Date(day(17).getTime() - 5 * 60_000)
  await saveBatch(source, holder, aBatch(burst(before)), day(20))
  const said = await database.db.select({ lastAt: entries.lastAt }).from(entries)
  expect(said.every(({ lastAt }) => lastAt >= day(17))).toBe(true)
  expect(quiet(await channelNotes(owner, asked))).toEqual(['2026-11-19T23:59:59.000Z'])
})

test('who may not see what was said is told the same as if it had not been; who may not know of a channel, nothing', async () => {
  const { source, holder } = await channel()
  const before = await channelNotes(anonymous, asked)
  await saveBatch(source, holder, aBatch(burst(new Date(day(17).getTime() + 3_600_000), { audience: 'members' })), day(20))
  expect(await channelNotes(anonymous, asked)).toEqual(before)
  expect(quiet(await channelNotes(owner, asked))).toEqual(['2026-11-19T23:59:59.000Z'])
  await database.db.update(sources).set({ audience: 'members' })
  expect(await channelNotes(anonymous, asked)).toEqual([])
})

test('what the people of a channel agreed to later stands at its day; what they agreed to before is no news', async () => {
  await channel({ permission: { by: 'the owners', on: '2026-11-18' } })
  expect((await channelNotes(owner, asked)).filter(({ kind }) => kind === 'permitted')).toEqual([
    { kind: 'permitted', at: day(18), sources: ['#hpc'], by: 'the owners', open: true },
  ])
  await database.db.update(sources).set({ permission: { by: 'the owners', on: '2026-11-15' } })
  expect((await channelNotes(owner, asked)).some(({ kind }) => kind === 'permitted')).toBe(false)
})

test('only the channels that are asked for are told of', async () => {
  await channel()
  expect(await channelNotes(owner, { ...asked, platforms: ['slack'] })).toEqual([])
  expect(await channelNotes(owner, { ...asked, sources: [0] })).toEqual([])
})

test('a permission that is withdrawn stands at its time, and is gone from there once it is given again', async () => {
  const declared = (permission: Permission | null, audience: 'members' | null): DeclaredSource => ({
    ...{ key: 'irc:hpc', platform: 'irc', name: '#hpc', nameGiven: true, settings: {}, rules: openRules, everySeconds: 60 },
    ...{ audience, permission, keepDays: null, off: null },
  })
  const permission = { by: 'the owners', on: '2026-11-17' }
  const rows = async (reader: Reader) =>
    (await channelNotes(reader, asked)).filter(({ kind }) => kind === 'permitted' || kind === 'withdrawn')
  await declareSources([declared(permission, null)], day(15))
  await database.db.update(sources).set({ firstReadAt: day(16) })
  const given = { kind: 'permitted', at: day(17), sources: ['#hpc'], by: 'the owners', open: true }
  expect(await rows(anonymous)).toEqual([given])

  await declareSources([declared(null, 'members')], day(19))
  // A restart declares the same again.
  await declareSources([declared(null, 'members')], day(20))
  expect(await rows(owner)).toEqual([given, { ...given, kind: 'withdrawn', at: day(19) }])
  // Whose channel is for members, others are told nothing of, not even that it once was for them.
  expect(await rows(anonymous)).toEqual([])

  await declareSources([declared({ ...permission, on: '2026-11-21' }, null)], day(21))
  expect(await rows(owner)).toEqual([{ ...given, at: day(21) }])
})
