import { expect, test } from 'vitest'
import { saveBatch } from '#db/save-batch'
import { getEntry, getTimeline } from '#db/timeline'
import { testDatabase } from '#tests/support/database'
import { aBatch, ada, aPost, heldSource } from '#tests/support/post'

testDatabase()
const NOW = new Date('2026-11-22T12:00:00.000Z')
const minutes = (count: number) => new Date(NOW.getTime() + count * 60_000)

const message = (key: string, id: string, at: number, change: object = {}) =>
  aPost(id, { publishedAt: minutes(at), kind: 'message', conversation: { key, title: '#hpc', silenceMinutes: 20 }, ...change })

async function entriesOf(title: string, reader: { role: 'anonymous' | 'owner' } = { role: 'owner' }) {
  const { entries } = await getTimeline(reader, { limit: 200 })
  return entries
    .filter(({ posts }) => posts.some(({ conversation }) => conversation?.key === title))
    .map(({ sortAt, posts }) => ({ at: sortAt, ids: posts.map(({ externalId }) => externalId) }))
}

test('a conversation is one entry at the place of its first message, and grows there over several batches', async () => {
  const { source, holder } = await heldSource('burst')
  await saveBatch(source, holder, aBatch([message('one', 'c:2', -59), message('one', 'c:1', -60)]), NOW)
  await saveBatch(source, holder, aBatch([message('one', 'c:3', -50)]), NOW)
  await saveBatch(source, holder, aBatch([message('one', 'c:4', -20), message('one', 'c:5', -19)]), NOW)
  expect(await entriesOf('one')).toEqual([
    { at: minutes(-20), ids: ['c:4', 'c:5'] },
    { at: minutes(-60), ids: ['c:1', 'c:2', 'c:3'] },
  ])
})

test('conversations of different channels do not mix, and what is played back later stands where it was said', async () => {
  const { source, holder } = await heldSource('channels')
  await saveBatch(source, holder, aBatch([message('two', 'd:1', -60), message('three', 'd:2', -60), message('two', 'd:3', -50)]), NOW)
  await saveBatch(source, holder, aBatch([message('two', 'd:4', -55, { recovered: true })]), minutes(1))
  expect(await entriesOf('two')).toEqual([{ at: minutes(-60), ids: ['d:1', 'd:4', 'd:3'] }])
  expect(await entriesOf('three')).toEqual([{ at: minutes(-60), ids: ['d:2'] }])
})

test('what was heard live stays so when a bouncer plays it back later', async () => {
  const { source, holder } = await heldSource('played')
  await saveBatch(source, holder, aBatch([message('seven', 'h:1', -60)]), NOW)
  const again = message('seven', 'h:1', -60, { recovered: true })
  expect(await saveBatch(source, holder, aBatch([again]), NOW)).toMatchObject({ added: 0, changed: 0 })
  // Also when something else of it has changed.
  expect(await saveBatch(source, holder, aBatch([{ ...again, text: 'edited' }]), NOW)).toMatchObject({ changed: 1 })
  const { entries } = await getTimeline({ role: 'owner' }, {})
  const row = entries.flatMap(({ posts }) => posts).find(({ externalId }) => externalId === 'h:1')
  expect(row).toMatchObject({ text: 'edited', recovered: false })
})

test('a conversation is as careful as its most careful message, and shows what is left when one is deleted', async () => {
  const { source, holder } = await heldSource('careful')
  await saveBatch(
    source,
    holder,
    aBatch([message('four', 'f:1', -60), message('four', 'f:2', -59, { author: ada, audience: 'members' })]),
    NOW,
  )
  expect(await entriesOf('four', { role: 'anonymous' })).toEqual([])
  await saveBatch(source, holder, aBatch([], { deleted: ['f:2'] }), NOW)
  expect(await entriesOf('four', { role: 'anonymous' })).toEqual([{ at: minutes(-60), ids: ['f:1'] }])
})

test('1,000 messages within a second are one entry, in order', async () => {
  const { source, holder } = await heldSource('flood')
  for (let batch = 0; batch < 5; batch++) {
    const posts = Array.from({ length: 200 }, (_, index) =>
      message('five', `g:${batch * 200 + index}`, -30 + (batch * 200 + index) / 60_000),
    )
    await saveBatch(source, holder, aBatch(posts), NOW)
  }
  const [entry, ...others] = await entriesOf('five')
  expect(others).toEqual([])
  expect(entry?.ids).toEqual(Array.from({ length: 1000 }, (_, index) => `g:${index}`))
})

test('the same line told live and by a log that knows only minutes is one post, whichever came first, and twice changes nothing', async () => {
  const live = await heldSource('live')
  const log = await heldSource('log')
  const said = (id: string, at: number, text: string, precisionSeconds: number) => message('six', id, at, { text, precisionSeconds })
  await saveBatch(
    live.source,
    live.holder,
    aBatch([said('msgid:1', -10.3, 'yes', 0), said('msgid:2', -10.2, 'yes', 0), said('msgid:3', -9.1, 'no', 0)]),
    NOW,
  )
  // Three times yes in the log, of which the connection missed one, and a line while it was away.
  const lines = [
    said('log:1', -11, 'yes', 60),
    said('log:2', -11, 'yes', 60),
    said('log:3', -10, 'yes', 60),
    said('log:4', -10, 'no', 60),
    said('log:5', -5, 'away', 60),
  ]
  expect(await saveBatch(log.source, log.holder, aBatch(lines), NOW)).toMatchObject({ added: 2 })
  expect(await saveBatch(log.source, log.holder, aBatch(lines), NOW)).toMatchObject({ added: 0, changed: 0 })
  // What the bouncer plays back after the log was read.
  expect(await saveBatch(live.source, live.holder, aBatch([said('msgid:5', -4.8, 'away', 0)]), NOW)).toMatchObject({ added: 0 })
  const [entry] = await entriesOf('six')
  expect(entry?.ids.toSorted()).toEqual(['log:3', 'log:5', 'msgid:1', 'msgid:2', 'msgid:3'])
})

test('of what was deleted from a conversation its place is left for those who might have seen it, and its address leads there', async () => {
  const { source, holder } = await heldSource('removed')
  const talk = [message('eight', 'r:1', -60), message('eight', 'r:2', -59, { text: 'Taken back' }), message('eight', 'r:3', -58)]
  await saveBatch(source, holder, aBatch(talk), NOW)
  const line = (await getTimeline({ role: 'anonymous' }, { limit: 200 })).entries
    .flatMap(({ posts }) => posts)
    .find(({ externalId }) => externalId === 'r:2')
  await saveBatch(source, holder, aBatch([], { deleted: ['r:2'] }), NOW)
  const entry = await getEntry({ role: 'anonymous' }, line?.id ?? 0)
  expect(entry?.posts.map(({ externalId }) => externalId)).toEqual(['r:1', 'r:3'])
  expect(entry?.removed).toEqual([{ id: line?.id, sortAt: minutes(-59) }])
  expect(JSON.stringify(entry)).not.toContain('Taken back')

  await saveBatch(source, holder, aBatch([message('nine', 's:1', -60, { audience: 'members' }), message('nine', 's:2', -59)]), NOW)
  await saveBatch(source, holder, aBatch([], { deleted: ['s:1'] }), NOW)
  const { entries } = await getTimeline({ role: 'anonymous' }, { limit: 200 })
  const left = entries.find(({ posts }) => posts[0]?.externalId === 's:2')
  expect(left?.removed).toEqual([])
})
