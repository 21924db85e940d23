import { describe, expect, test } from 'vitest'
import { type MuteFacts, muteOf } from '#lib/reading/mutes'
import type { Mute } from '#lib/reading/preferences'
import { toWords } from '#lib/reading/whole-word'

const now = new Date('2026-11-22T12:00:00Z')
const facts = (change: Partial<MuteFacts> = {}): MuteFacts => ({ words: '', accounts: [], sources: ['1'], flairs: [], tags: [], ...change })
const saying = (words: string) => facts({ words: toWords(words) })
const mute = (change: Partial<Mute>): Mute => ({ what: 'word', keys: ['x'], name: 'x', until: null, hard: false, ...change })
const word = (text: string) => mute({ keys: [text], name: text })

describe('a muted word', () => {
  test.each<[string, string, boolean]>([
    ['exascale', 'Exascale is here', true],
    ['EXASCALE', 'the “exascale” race', true],
    ['exascale', 'pre-exascale systems', true],
    ['exascale', 'exascales', false],
    ['scale', 'exascale', false],
    ['AI', 'We said so', false],
    ['AI', 'AI, again.', true],
    ['C++', 'Modern C++.', true],
    ['C', 'Modern C++.', true],
    ['.*', 'anything', false],
    ['(', 'what (', true],
    ['job queue', 'the Job\n  queue is full', true],
    ['job queue', 'the jobs queue', false],
    ['job queue', 'queue job', false],
    ['straße', 'Die STRASSE', false],
    ['STRAßE', 'in der straße', true],
    ['café', 'the Cafe\u0301 cluster', true],
    ['cafe', 'the Cafe\u0301 cluster', false],
    ['ΣΙΓΜΑ', 'σιγμα', true],
    ['żółw', 'ŻÓŁW', true],
    ['超算', '新しい超算です', true],
    ['高性能', '低性能', false],
    ['🐢', 'slow 🐢 day', true],
    ['2026', 'SC2026', false],
    ['2026', 'SC 2026', true],
  ])('%j in %j: %s', (term, said, expected) => {
    expect(muteOf(saying(said), [word(term)], now) !== null).toBe(expected)
  })
})

describe('what else is muted', () => {
  test.each<[string, Partial<Mute>, Partial<MuteFacts>, boolean]>([
    ['a person, on the account that says it', { what: 'person', keys: ['a:1', 'b:2'] }, { accounts: ['b:2'] }, true],
    ['a person, on an account of the same key elsewhere', { what: 'person', keys: ['a:1'] }, { accounts: ['b:1'] }, false],
    ['a source that alone showed it', { what: 'source', keys: ['7'] }, { sources: ['7'] }, true],
    ['a source, where another showed it as well', { what: 'source', keys: ['7'] }, { sources: ['7', '8'] }, false],
    ['a source, of a post that no source is known of', { what: 'source', keys: ['7'] }, { sources: [] }, false],
    ['a flair, in any case', { what: 'flair', keys: ['Career'] }, { flairs: ['career'] }, true],
    ['a flair that is a word of another', { what: 'flair', keys: ['Career'] }, { flairs: ['career advice'] }, false],
    ['a hashtag', { what: 'tag', keys: ['hpc'] }, { tags: ['hpc'] }, true],
    ['a hashtag in the words of a chat', { what: 'tag', keys: ['hpc'] }, { words: 'see #HPC there' }, true],
    ['a hashtag, where it is a word only', { what: 'tag', keys: ['hpc'] }, { words: 'all of hpc' }, false],
    ['a hashtag that begins another', { what: 'tag', keys: ['hpc'] }, { words: '#hpcday', tags: ['hpcday'] }, false],
  ])('%s', (_, muting, said, expected) => {
    expect(muteOf(facts(said), [mute(muting)], now) !== null).toBe(expected)
  })

  test('a mute ends at its time, to the moment, and one for ever does not', () => {
    const until = (at: string) => [{ ...word('x'), until: new Date(at) }]
    expect(muteOf(saying('x'), until('2026-11-22T12:00:00.001Z'), now)).not.toBeNull()
    expect(muteOf(saying('x'), until('2026-11-22T12:00:00.000Z'), now)).toBeNull()
    expect(muteOf(saying('x'), [word('x')], new Date('2099-01-01'))).not.toBeNull()
  })

  test('of several a hard one counts, else the first', () => {
    const [one, two, three] = [word('x'), word('y'), { ...word('x'), hard: true }]
    expect(muteOf(saying('x y'), [two, one], now)).toBe(two)
    expect(muteOf(saying('x y'), [two, one, three], now)).toBe(three)
    expect(muteOf(saying('x y'), [{ ...three, until: new Date(0) }, one], now)).toBe(one)
    expect(muteOf(saying('z'), [one, two, three], now)).toBeNull()
  })
})
