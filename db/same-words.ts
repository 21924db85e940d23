import { diffArrays } from 'diff'
import { distance } from 'fastest-levenshtein'
import { stemmer } from 'stemmer'

/** Below this nothing is said that others do not say as well: "Congratulations to the team". */
export const LEAST_WORDS = 6
/** From here on a text is known by its beginning, and may be cut short or go on. */
const MANY_WORDS = 12
/** From here on whole clauses may be left out of it. */
const LONG_WORDS = 20
/** A clause, not a word that turns the sentence. */
const CLAUSE_WORDS = 3
const MOST_WORDS = 400
/** Of the shorter text, so much is to stand in the other one as it is. */
const KEPT = 0.7

/**
 * Whether two texts are one that was put on two networks: the same words in the same order, but for spelling, for what
 * was added before and after, and for what was left out to make it fit. It is not how many words differ that tells, but
 * which: "maintenance of Skadi" and "maintenance of Hyrrokkin", today and tomorrow, chemistry and climate are one word
 * apart and two announcements. So a word that stands in the place of another must be the same word, numbers included.
 * Takes words as `wordsOf` gives them. Symmetric.
 */
export function sameWords(one: string[], other: string[]): boolean {
  return alike(one, other, true)
}

/** The same without the shortcuts, which spare most pairs the comparison and change no answer: for the test that says so. */
export function sameWordsInFull(one: string[], other: string[]): boolean {
  return alike(one, other, false)
}

function alike(one: string[], other: string[], shortcuts: boolean): boolean {
  const [few = [], many = []] = [one, other]
    .map((words) => (words.length > MOST_WORDS ? words.slice(0, MOST_WORDS) : words))
    .toSorted((a, b) => a.length - b.length)
  if (few.length < LEAST_WORDS) return false
  const least = Math.ceil(few.length * KEPT)
  // A comparison keeps as many words in their order as it can, and takes thirty times as long as to count them.
  if (shortcuts && (inCommon(few, many) < least || inOrder(few, many) < least)) return false
  const turned = few.length === many.length && few.join(' ') > many.join(' ')
  const runs = turned ? diffArrays(many, few) : diffArrays(few, many)
  let kept = 0
  for (let at = 0; at < runs.length; at++) {
    const run = runs[at]
    if (!run) break
    const next = runs[at + 1]
    if (!run.added && !run.removed) {
      kept += run.count
    } else if (next && (next.added || next.removed)) {
      const [gone, come] = run.removed ? [run.value, next.value] : [next.value, run.value]
      if (!respelt(gone, come) && !(at + 2 === runs.length && cutWithin(gone, come))) return false
      at++
    } else if (!mayBeMissing(run.value, few.length, at === 0, at + 1 === runs.length)) {
      return false
    }
  }
  return kept >= least
}

/** How many words both have, each as often as both do. */
function inCommon(few: string[], many: string[]): number {
  const left = new Map<string, number>()
  for (const word of few) left.set(word, (left.get(word) ?? 0) + 1)
  let common = 0
  for (const word of many) {
    const times = left.get(word) ?? 0
    if (times === 0) continue
    left.set(word, times - 1)
    common++
  }
  return common
}

/** How many words both have in the same order: the length of their longest common subsequence. */
function inOrder(few: string[], many: string[]): number {
  // Numbers are compared faster than words: of each word the last place in `few`.
  const numbers = new Map(few.map((word, at) => [word, at]))
  const wanted = few.map((word) => numbers.get(word))
  // Of the words so far of `many`, and the first ones of `few`, so many.
  const row = new Uint16Array(few.length + 1)
  for (const word of many) {
    const number = numbers.get(word)
    if (number === undefined) continue
    let before = 0
    for (let at = 1; at < row.length; at++) {
      const above = row[at] ?? 0
      row[at] = wanted[at - 1] === number ? before + 1 : Math.max(above, row[at - 1] ?? 0)
      before = above
    }
  }
  return row.at(-1) ?? 0
}

/** Whether the one text may say this and the other not. */
function mayBeMissing(words: string[], around: number, first: boolean, last: boolean): boolean {
  if (words.every((word) => SMALL.has(word))) return true
  const goesOn = last && around >= MANY_WORDS
  // What goes on at length may well say "not"; what begins with "Update" or "Not any more" takes back what was said.
  if (words.slice(0, goesOn ? 1 : undefined).some((word) => TURNS.has(word))) return false
  if (goesOn) return true
  if (words.some((word) => /\d/.test(word))) return false
  if (first || last) return words.length <= Math.max(2, around * 0.15)
  return words.length >= CLAUSE_WORDS && around >= LONG_WORDS
}

/** The same words, spelt or joined in another way: UID and uid, file system and filesystem, analysis and analyses. */
function respelt(gone: string[], come: string[]): boolean {
  if (gone.join('') === come.join('')) return true
  return gone.length === come.length && gone.every((word, index) => sameWord(word, come[index] ?? ''))
}

function sameWord(one: string, other: string): boolean {
  if (SMALL.has(one) && SMALL.has(other)) return true
  if (/\d/.test(one + other) || TURNS.has(one) || TURNS.has(other)) return false
  return stemmer(one) === stemmer(other) || (Math.min(one.length, other.length) >= LEAST_WORDS && distance(one, other) <= 1)
}

/** The last word of what was cut short is often cut, too. */
function cutWithin(gone: string[], come: string[]): boolean {
  return gone.length === 1 && come[0]?.startsWith(gone[0] ?? ' ') === true
}

/** Words that are changed without changing what is said. */
const SMALL = new Set('a an the of on about for at in with is are and our my that this so just'.split(' '))

/** Words that make something else of the same sentence: its opposite, its end, its reminder. */
const TURNS = new Set(
  `not no never nicht kein keine non pas dont doesnt isnt cant wont cannot without unless only again still
   update updated edit edited correction corrected reminder extended cancelled canceled postponed moved resolved fixed
   closed`.split(/\s+/),
)
