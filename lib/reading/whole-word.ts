/** Letters of scripts that put no space between words: there a word begins and ends anywhere. */
const UNSPACED = /^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]$/u

/**
 * Finds a word or a phrase as whole words, without case; a space in it is any white space. What it is tried on must be
 * in the same normal form (`toWords`).
 */
export function wholeWord(term: string): RegExp {
  const plain = toWords(term).trim()
  const letters = [...plain]
  const inner = plain.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&').replace(/\s+/g, '\\s+')
  const opens = UNSPACED.test(letters[0] ?? '') ? '' : '(?<![\\p{L}\\p{N}\\p{M}])'
  const closes = UNSPACED.test(letters.at(-1) ?? '') ? '' : '(?![\\p{L}\\p{N}\\p{M}])'
  return new RegExp(`${opens}${inner}${closes}`, 'iu')
}

/** A text in which words can be found: an accent is one sign, however it was written. */
export function toWords(text: string): string {
  return text.normalize('NFC')
}
