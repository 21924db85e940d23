import { describe, expect, test } from 'vitest'
import { comparePlaces, justBelow, type PlaceText } from '#lib/reading/place'
import {
  ABSENCE_MS,
  attend,
  begin,
  catchUp,
  emptyState,
  isRead,
  linesSince,
  type Marked,
  markRead,
  markUnread,
  merge,
  noteCount,
  noteFold,
  noteSeen,
  noteTalk,
  type ReaderState,
  stateFrom,
} from '#lib/reading/reader-state'

const entry = (id: number, source = 'a', at = id * 1000) => ({ entry: String(id), place: `${at}-${id}`, source, platform: 'p' })

/** The same numbers on every run (mulberry32), so that what fails, fails again. */
function dice(seed: number) {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let word = Math.imul(state ^ (state >>> 15), 1 | state)
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word
    return ((word ^ (word >>> 14)) >>> 0) / 4_294_967_296
  }
  return { below: (most: number) => Math.floor(next() * most), chance: (odds: number) => next() < odds }
}

/** A timeline of 60 entries of four sources, newest first, with ties on time. */
const timeline = Array.from({ length: 60 }, (_, index) => {
  const id = 60 - index
  return entry(id, 'abcd'[(id * 7) % 4], Math.floor(id / 2) * 1000)
}).toSorted((one, other) => comparePlaces(other.place, one.place))

type Told = Marked & { platform: string }
type View = { entries: Told[]; whole: boolean }
/** What one may look at: a stretch of everything, of some sources whole, or of what a filter by person or word lets through. */
function aView({ below, chance }: ReturnType<typeof dice>): View {
  const kind = below(3)
  const sources = [...'abcd'].filter(() => chance(0.5))
  const chosen = kind === 0 ? timeline : timeline.filter(({ source }) => (kind === 1 ? sources.includes(source) : chance(0.4)))
  const from = below(chosen.length + 1)
  return { entries: chosen.slice(from, from + 1 + below(30)), whole: kind < 2 }
}

/** Reads an entry of a view as the page does. */
function readIn(state: ReaderState, { entries, whole }: View, index: number): ReaderState {
  const here = entries[index]
  if (!here) return state
  const same = ({ source }: Marked) => source === here.source
  const above = whole ? (entries.slice(0, index).findLast(same) ?? null) : null
  const below = whole ? (entries.slice(index + 1).find(same) ?? null) : null
  return markRead(state, here, above, below)
}

function aState(seed: number): ReaderState {
  const luck = dice(seed)
  let state = emptyState
  for (let step = 0; step < 25; step++) {
    const view = aView(luck)
    const one = view.entries[luck.below(view.entries.length || 1)]
    const now = 1 + luck.below(50) * ABSENCE_MS * 0.4
    switch (luck.below(7)) {
      case 0:
        if (one) state = begin(state, one.place, now)
        break
      case 1:
        if (one) state = markUnread(state, one, now)
        break
      case 2:
        if (one && luck.chance(0.2)) state = catchUp(state, one.place, luck.chance(0.5) ? null : [one.source])
        break
      case 3:
        state = attend(state, now)
        break
      case 4:
        if (one) state = noteCount(noteSeen(state, one.place), 'p', 2)
        break
      case 5:
        state = noteFold(state, String(luck.below(5)), luck.chance(0.7), now)
        break
      default:
        for (let index = 0; index < view.entries.length; index++) if (luck.chance(0.6)) state = readIn(state, view, index)
    }
  }
  return state
}

const seeds = Array.from({ length: 300 }, (_, seed) => seed)
const readOf = (state: ReaderState) => timeline.filter((one) => isRead(state, one)).map((one) => one.entry)

describe('what is read', () => {
  test('reading under any filter, in any order, marks exactly what was read and nothing that was hidden', () => {
    for (const seed of seeds) {
      const luck = dice(seed)
      let state = emptyState
      const done = new Set<string>()
      for (let views = 0; views < 8; views++) {
        const view = aView(luck)
        for (const [index, one] of view.entries.entries()) {
          if (!luck.chance(0.7)) continue
          state = readIn(state, view, index)
          done.add(one.entry)
        }
        expect(new Set(readOf(state))).toEqual(done)
      }
    }
  })

  test('reading down to what is read moves the watermark up, and no span is left over', () => {
    let state = begin(emptyState, justBelow(entry(1).place), 0)
    const view = { entries: [5, 4, 3, 2, 1].map((id) => entry(id)), whole: true }
    state = catchUp(state, entry(1).place)
    for (const index of [0, 1]) state = readIn(state, view, index)
    expect(state.sources.a?.spans).toEqual([[entry(4).place, entry(5).place]])
    for (const index of [2, 3]) state = readIn(state, view, index)
    expect(state.sources.a).toEqual({ upTo: entry(5).place, spans: [] })
    expect(view.entries.every((one) => isRead(state, one))).toBe(true)
    state = catchUp(state, entry(5).place)
    expect(state.sources).toEqual({})
    expect(isRead(state, entry(6))).toBe(false)
  })

  test('on a first visit nothing older than the first page is unread, and a later first visit changes nothing', () => {
    const state = begin(emptyState, justBelow(entry(10).place), 5)
    expect([9, 10, 11].map((id) => isRead(state, entry(id)))).toEqual([true, false, false])
    expect(begin(state, entry(99).place, 6)).toBe(state)
    expect(isRead(emptyState, entry(1))).toBe(false)
  })

  test('what arrived late, or was marked unread, is unread below a watermark until it is read, also after catching up', () => {
    let state = markUnread(catchUp(emptyState, entry(50).place), entry(20), 1)
    expect(isRead(state, entry(20))).toBe(false)
    state = catchUp(state, entry(60).place)
    expect(isRead(state, entry(20))).toBe(false)
    state = markRead(state, entry(20))
    expect(isRead(state, entry(20))).toBe(true)
  })

  test('what arrived late is not forgotten for the many entries that were noted as read after it', () => {
    let state = markUnread(catchUp(emptyState, entry(50).place), entry(20), 1)
    const read = Object.fromEntries(
      Array.from({ length: 400 }, (_, id) => [String(1000 + id), { source: 'a', platform: 'p', place: '1-1', unread: false, at: 9 }]),
    )
    state = stateFrom({ ...state, exceptions: { ...state.exceptions, ...read } })
    expect(Object.keys(state.exceptions).length).toBeLessThan(400)
    expect(isRead(state, entry(20))).toBe(false)
  })

  test('to catch up under a filter leaves other sources as they are', () => {
    const state = catchUp(emptyState, entry(50).place, ['a', 'b'])
    expect([isRead(state, entry(1, 'a')), isRead(state, entry(1, 'b')), isRead(state, entry(1, 'c'))]).toEqual([true, true, false])
  })

  test('a state stays small however much is read, and what it forgets is unread, never read', () => {
    let state = emptyState
    const done = new Set<string>()
    for (let id = 2; id < 12_000; id += 4) {
      state = markRead(state, entry(id, `s${id % 900}`))
      done.add(String(id))
    }
    for (let id = 3; id < 2000; id += 4) state = markUnread(state, entry(id), id)
    for (let id = 0; id < 1000; id++) state = noteFold(state, `fold-${id}`, true, id)
    expect(JSON.stringify(state).length).toBeLessThan(80_000)
    for (let id = 1; id < 12_000; id++) if (isRead(state, entry(id, `s${id % 900}`))) expect(done.has(String(id))).toBe(true)
    expect(isRead(state, entry(11_998, `s${11_998 % 900}`))).toBe(true)
    expect(Object.keys(state.unfolded)).toContain('fold-999')
  })
})

describe('conversations', () => {
  const talk = { seenAt: 5000, count: 4 }

  test('what a conversation that was read grew by is known, until that was read, too', () => {
    const state = noteTalk(emptyState, '7', talk)
    expect(linesSince(state, '7', talk)).toBe(0)
    expect(linesSince(state, '7', { seenAt: 9000, count: 6 })).toBe(2)
    // Some of it was deleted, and yet there is more.
    expect(linesSince(state, '7', { seenAt: 9000, count: 3 })).toBe(1)
    expect(linesSince(state, '8', talk)).toBe(0)
    expect(linesSince(noteTalk(state, '7', { seenAt: 9000, count: 6 }), '7', { seenAt: 9000, count: 6 })).toBe(0)
    expect(noteTalk(state, '7', { seenAt: 4000, count: 9 })).toBe(state)
  })

  test('of two browsers the one that read further counts, and the oldest are let go', () => {
    const further = noteTalk(emptyState, '7', { seenAt: 9000, count: 6 })
    for (const pair of [
      [noteTalk(emptyState, '7', talk), further],
      [further, noteTalk(emptyState, '7', talk)],
    ] as const)
      expect(merge(...pair).talks).toEqual({ 7: { seenAt: 9000, count: 6 } })
    let many = emptyState
    for (let id = 0; id < 1000; id++) many = noteTalk(many, String(id), { seenAt: id, count: 1 })
    expect(Object.keys(many.talks).length).toBeLessThanOrEqual(200)
    expect(many.talks[999]).toBeDefined()
    expect(stateFrom(JSON.parse(JSON.stringify({ ...many, talks: { ...many.talks, x: { seenAt: -1, count: 1 }, y: 1 } })))).toEqual(many)
  })
})

describe('merging two states', () => {
  test('gives the same whichever comes first, however often, and in whatever groups', () => {
    for (const seed of seeds) {
      const [one, two, three] = [aState(seed), aState(seed + 1000), aState(seed + 2000)]
      expect(merge(one, one)).toEqual(one)
      expect(merge(one, two)).toEqual(merge(two, one))
      expect(merge(merge(one, two), two)).toEqual(merge(one, two))
      expect(readOf(merge(merge(one, two), three))).toEqual(readOf(merge(one, merge(two, three))))
    }
  })

  test('keeps what either has read, and reads nothing that neither had', () => {
    for (const seed of seeds) {
      const [one, two] = [aState(seed), aState(seed + 1000)].map((state) => ({ ...state, exceptions: {}, baseline: null }))
      if (!one || !two) throw new Error('there are two')
      expect(new Set(readOf(merge(one, two)))).toEqual(new Set([...readOf(one), ...readOf(two)]))
    }
  })

  test('of two words of one moment about an entry, the one that it is to be read counts', () => {
    const unread = markUnread(emptyState, entry(5), 9)
    const known = unread.exceptions[5]
    if (!known) throw new Error('it was marked a line above')
    const read = { ...unread, exceptions: { 5: { ...known, unread: false } } }
    expect(isRead(merge(unread, read), entry(5))).toBe(false)
    expect(isRead(merge(read, unread), entry(5))).toBe(false)
  })

  test('a browser that was never used before takes nothing from what there is to read', () => {
    const used = begin(emptyState, entry(5).place, 1)
    const fresh = begin(emptyState, entry(40).place, 2)
    expect(isRead(merge(used, fresh), entry(20))).toBe(false)
  })
})

describe('visits', () => {
  test('a visit goes on over half an hour of absence, and a longer one ends it: the line stands at the newest that was seen', () => {
    let state = attend(emptyState, 1000)
    state = noteSeen(noteSeen(state, entry(7).place), entry(3).place)
    state = attend(state, 1000 + ABSENCE_MS)
    expect(state.lastVisit).toBeNull()
    state = attend(state, 1000 + 2 * ABSENCE_MS + 1)
    expect(state.lastVisit).toEqual({ place: entry(7).place, at: 1000 + ABSENCE_MS })
    expect(state.visit).toMatchObject({ newest: null, read: {} })
  })

  test('a visit in which nothing was seen leaves the line where it is', () => {
    let state = noteSeen(attend(emptyState, 1), entry(7).place)
    for (const turn of [1, 2, 3]) state = attend(state, 1 + turn * 2 * ABSENCE_MS)
    expect(state.lastVisit).toEqual({ place: entry(7).place, at: 1 })
  })
})

describe('a state that was kept', () => {
  test('is read back as it was', () => {
    for (const seed of seeds) expect(stateFrom(JSON.parse(JSON.stringify(aState(seed))))).toEqual(aState(seed))
  })

  test.each<[string, unknown]>([
    ['nothing', null],
    ['another version', { version: 2, upTo: '1-1' }],
    ['a list', []],
    ['a word', 'read'],
  ])('%s is a first visit', (_what, kept) => {
    expect(stateFrom(kept)).toEqual(emptyState)
  })

  test('whose parts are damaged loses those parts alone', () => {
    const good = catchUp(noteFold(emptyState, 'x', true, 1), '5000-5')
    const damaged = {
      ...good,
      sources: { a: { upTo: 'x', spans: [] }, b: { upTo: '6000-6', spans: [['7000-7', null], ['8000-8', '9000-9'], 5] }, c: null },
      exceptions: { 1: { place: '1-1' }, 2: 7 },
      position: { entry: 5, place: '1-1' },
      visit: { from: 'yesterday' },
      lastVisit: { place: '1-1' },
      askedAt: -1,
      baseline: { place: 5 },
    }
    expect(stateFrom(damaged)).toEqual({ ...good, sources: { b: { upTo: '6000-6', spans: [['8000-8', '9000-9'] satisfies PlaceText[]] } } })
  })
})
