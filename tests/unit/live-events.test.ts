import { expect, test } from 'vitest'
import type { Arrival } from '#db/arrivals'
import { framesOf, type LiveEvents } from '#lib/server/live-events'

/** How what came and went is told to open pages. */
const at = new Date('2026-11-22T12:00:00Z')
const arrival = (post: number, entry: number, change: Partial<Arrival> = {}): Arrival => ({
  ...{ post, at, entry: { id: entry, sortAt: new Date(at.getTime() + entry) }, platform: 'p', sourceId: 1 },
  ...{ conversation: null, backfill: false, ...change },
})

function told(arrived: Arrival[], gone: number[] = [], more = false): [string, unknown][] {
  const frames = framesOf(arrived, gone, more).split('\n\n').filter(Boolean)
  return frames.map((frame) => {
    const [, event = '', data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(frame) ?? []
    return [event, JSON.parse(data)]
  })
}

test('what begins an entry is new, what adds to a conversation is its growth, and a copy of what is there is nothing', () => {
  const talk = { conversation: '#hpc' }
  const [first, second, ...rest] = told([arrival(12, 3), arrival(10, 9, talk), arrival(9, 9, talk), arrival(8, 7, talk)])
  expect(rest).toEqual([])
  const [[event, data], [other, grown]] = [first ?? ['', null], second ?? ['', null]]
  expect([event, other]).toEqual(['new', 'grown'])
  expect((data as LiveEvents['new']).entries.map(({ entry, posts }) => [entry, posts])).toEqual([[9, [9, 10]]])
  expect(grown).toMatchObject({ entry: 7, posts: [8], title: '#hpc' })
})

test('what the first read of a source brought is no news, but that there is more', () => {
  expect(told([arrival(1, 1, { backfill: true })])).toEqual([['filled', {}]])
})

test('what may be shown no more is named, and nothing else; of nothing nothing is told', () => {
  expect(told([], [4, 5])).toEqual([['gone', { posts: [4, 5] }]])
  expect(framesOf([], [], false)).toBe('')
})

test('that others came that are not named is said', () => {
  expect(told([arrival(1, 1)], [], true)).toMatchObject([['new', { more: true }]])
})
