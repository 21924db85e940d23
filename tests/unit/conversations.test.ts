import { describe, expect, test } from 'vitest'
import { type Stretch, stretchOf } from '#db/conversations'

const at = (minutes: number) => new Date(Date.UTC(2026, 10, 22, 12) + minutes * 60_000)
const stretch = (id: number, from: number, to: number, ...authors: string[]): Stretch => ({
  id,
  sortAt: at(from),
  lastAt: at(to),
  authorIds: new Set(authors),
})
const said = (minutes: number, authorId: string, addresseeId: string | null = null) => ({ at: at(minutes), authorId, addresseeId })
const belongsTo = (what: ReturnType<typeof said>, ...stretches: Stretch[]) => stretchOf(what, 20, stretches)?.id ?? null

describe('a stretch of conversation', () => {
  const talk = stretch(1, 0, 10, 'ada', 'bo')

  test('goes on until it was silent for its time', () => {
    expect(belongsTo(said(30, 'ada'), talk)).toBe(1)
    expect(belongsTo(said(30.1, 'ada'), talk)).toBeNull()
  })

  test('ends sooner for who comes in new and speaks to nobody', () => {
    expect(belongsTo(said(20, 'cy'), talk)).toBe(1)
    expect(belongsTo(said(21, 'cy'), talk)).toBeNull()
  })

  test('waits longer for an answer to somebody who took part, by name', () => {
    expect(belongsTo(said(39, 'cy', 'bo'), talk)).toBe(1)
    expect(belongsTo(said(41, 'cy', 'bo'), talk)).toBeNull()
    expect(belongsTo(said(31, 'cy', 'somebody else'), talk)).toBeNull()
  })

  test('takes in what a log or a bouncer brings later, where it was said', () => {
    const later = stretch(2, 60, 70, 'ada')
    expect(belongsTo(said(5, 'cy'), talk, later)).toBe(1)
    expect(belongsTo(said(65, 'ada'), talk, later)).toBe(2)
    expect(belongsTo(said(45, 'ada'), talk, later)).toBe(2)
    expect(belongsTo(said(-5, 'ada'), talk, later)).toBe(1)
  })

  test('begins where there is none', () => {
    expect(belongsTo(said(0, 'ada'))).toBeNull()
  })
})
