import { expect, test } from 'vitest'
// It tells how the networks write their addresses.
import '#connectors/registry'
import { copyKeysOf } from '#db/copies'
import { factsOf } from '#db/facts'
import type { Said } from '#db/own-words'
import { sameThing } from '#db/same-thing'
import { type Pair, writtenPairs } from './copies/corpus.ts'
import { variationsOf } from './copies/variations.ts'

const written = writtenPairs()
const pairs = [...written, ...variationsOf(written)]
const folds = ({ one, other }: Pair) => sameThing(factsOf(one), factsOf(other))
const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`

/** What was reached is to be seen, and a rule that costs more of it is to be noticed. */
const RECALL = 0.95
const tell = (line: string) => process.stdout.write(`${line}\n`)

/** A pair as one would read it, to see at once what went wrong. */
function shown({ one, other, from }: Pair): string {
  const line = ({ platform, author, title, html, card }: Said) =>
    `  ${platform} ${author.name}: ${[title, html.replace(/<[^>]*>/g, ' '), card && `[${card.url}]`].filter(Boolean).join(' — ')}`
  return `${from}\n${line(one)}\n${line(other)}`
}

test('there are enough pairs to speak of one in two hundred', () => {
  expect(pairs.filter(({ copies }) => copies).length).toBeGreaterThanOrEqual(300)
  expect(pairs.filter(({ copies }) => !copies).length).toBeGreaterThanOrEqual(500)
})

test('which of two posts comes first changes nothing', () => {
  const oneSided = pairs.filter((pair) => folds(pair) !== folds({ ...pair, one: pair.other, other: pair.one }))
  expect(oneSided.map(shown)).toEqual([])
})

test('of what is folded at least 99.5 % are copies, and of copies most are folded', () => {
  const folded = pairs.filter(folds)
  const wrong = folded.filter(({ copies }) => !copies)
  const copies = pairs.filter(({ copies }) => copies)
  const missed = copies.filter((pair) => !folds(pair))
  const right = folded.length - wrong.length
  tell(
    `copies: precision ${percent(right, folded.length)} (${wrong.length} false of ${folded.length}), ` +
      `recall ${percent(right, copies.length)} (${missed.length} missed of ${copies.length}), ${pairs.length - copies.length} pairs look alike`,
  )
  expect(right / folded.length, wrong.map(shown).join('\n')).toBeGreaterThanOrEqual(0.995)
  expect(right / copies.length, missed.map(shown).join('\n')).toBeGreaterThanOrEqual(RECALL)
})

test('what the judge would fold is found by its keys', () => {
  const judged = pairs.filter(folds)
  const unfound = judged.filter(({ one, other }) => {
    const keys = new Set(keysOf(one))
    return !keysOf(other).some((key) => keys.has(key))
  })
  tell(`copies: ${percent(judged.length - unfound.length, judged.length)} of what is folded share a key`)
  expect(unfound.length / judged.length, unfound.map(shown).join('\n')).toBeLessThanOrEqual(0.03)
})

function keysOf(said: Said): string[] {
  return copyKeysOf({ ...said, audience: 'public', conversation: null }) ?? []
}
