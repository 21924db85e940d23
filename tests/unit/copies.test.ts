import { expect, test } from 'vitest'
// It tells how the networks write their addresses.
import '#connectors/registry'
import { copyKeysOf } from '#db/copies'
import { factsOf } from '#db/facts'
import { ownWords, type Said } from '#db/own-words'
import { sameThing } from '#db/same-thing'
import { sameWords, sameWordsInFull } from '#db/same-words'
import { randomNumbers } from '../support/random-numbers.ts'
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

test('what spares a comparison of words changes no answer', () => {
  const random = randomNumbers(11)
  const below = (most: number) => Math.floor(random() * most)
  const words =
    'the a not 3 42 v2 update file system filesystem analysis analyses node nodes job queue climate chemistry slurm today tomorrow'.split(
      ' ',
    )
  const text = (length: number, of = words.length) => Array.from({ length }, () => words[below(of)] ?? 'the')
  const varied = (said: string[]) => {
    const other = [...said]
    for (let edits = below(7); edits > 0; edits--) {
      const at = below(other.length + 1)
      if (random() < 0.4) other.splice(at, 1 + below(3))
      else other.splice(at, below(2), ...text(1 + below(4)))
    }
    return random() < 0.3 ? other.slice(0, below(other.length + 1)) : other
  }
  let same = 0
  for (let pair = 0; pair < 20_000; pair++) {
    const one = text(4 + below(40), 3 + below(words.length - 3))
    const other = random() < 0.8 ? varied(one) : text(4 + below(60), 3 + below(words.length - 3))
    const told = sameWordsInFull(one, other)
    if (told) same++
    if (sameWords(one, other) !== told) expect.fail(`${told}: ${one.join(' ')} | ${other.join(' ')}`)
  }
  expect(same).toBeGreaterThan(1000)
  for (const { one, other } of pairs) {
    const [body, otherBody] = [ownWords(one), ownWords(other)]
    expect(sameWords(body, otherBody)).toBe(sameWordsInFull(body, otherBody))
  }
})
