import { stemmer } from 'stemmer'

/** A word of a text: where it stands, as it is looked up, and its stem where that is another. */
export type Word = { start: number; end: number; word: string; stem: string | null }

/** Scripts that set no spaces between words: each character is a word, and what is looked for is a row of them. */
const UNSPACED = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}`
/** Signs part words, so that `bf_max_job_test`, `/scratch/ada` and `v23.11` are found by any part and as a row; `c++` and `c#` are names. */
const WORD = new RegExp(String.raw`[${UNSPACED}]\p{M}*|[[\p{L}\p{N}\p{M}]--[${UNSPACED}]]+(?:\+\+|#(?![\p{L}\p{N}]))?`, 'gv')

/** Longer ones are keys and checksums, which nobody types to the end. */
const LONGEST = 64
/** Forms met before: a text says most of its words twice. */
const MOST_KNOWN = 50_000
const known = new Map<string, Pick<Word, 'word' | 'stem'>>()

/** The words of a text in any language, in their order, as search keeps and looks them up. */
export function wordsIn(text: string): Word[] {
  return Array.from(text.matchAll(WORD), ({ 0: raw, index }) => ({ start: index, end: index + raw.length, ...formOf(raw) }))
}

/** Case, width and accents of Latin letters do not count: `Jülich` is `julich`. */
export function folded(text: string): string {
  const lower = text.normalize('NFKC').toLowerCase()
  // Accents of other scripts are letters of their own.
  return lower
    .normalize('NFD')
    .replace(/(\p{Script=Latin})\p{M}+/gu, '$1')
    .normalize('NFC')
}

function formOf(raw: string): Pick<Word, 'word' | 'stem'> {
  const seen = known.get(raw)
  if (seen) return seen
  const word = (/^[a-z0-9]+$/.test(raw) ? raw : folded(raw).replace(/[^\p{L}\p{N}\p{M}+#]/gu, '')).slice(0, LONGEST)
  const stem = stemOf(word)
  const form = { word, stem: stem === word ? null : stem }
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(raw, form)
  return form
}

/**
 * What a reader means by a word, whatever its ending: English words by Porter's rules; of plurals that those leave alone
 * `gpus` and `h100s`. Any other word is its own stem, so that a language is never broken, only unhelped.
 */
function stemOf(word: string): string {
  if (/^[a-z]{1,3}pus$/.test(word) || /^[a-z]*\d{2,}s$/.test(word)) return word.slice(0, -1)
  return /^[a-z]{3,}$/.test(word) ? stemmer(word) : word
}
