import { markHtml, type Span } from '#connectors/mark-html'
import type { Search, Term } from '#db/search'
import type { TimelinePost } from '#db/timeline'
import { folded, type Word, wordsIn } from '#db/words'

/** Where in a text stands what was searched for: in order, apart from each other. */
export type Find = (text: string) => Span[]

/** Whether a word of a text is what was meant; `before` is what stands before it. */
type Meant = (word: Word, before: string) => boolean

/** Finds in a text what this search looks for in words; what it is to be without is nowhere. */
export function findOf(search: Search): Find {
  const rows = search.all.flat().flatMap(rowOf)
  return (text) => {
    if (rows.length === 0) return []
    const words = wordsIn(text)
    const found = new Set<Word>()
    for (const row of rows) {
      for (const [index] of words.entries()) {
        const here = words.slice(index, index + row.length)
        if (here.length === row.length && here.every((word, nth) => row[nth]?.(word, text.slice(0, word.start)))) {
          for (const word of here) found.add(word)
        }
      }
    }
    return joined(words.filter((word) => found.has(word)))
  }
}

/** A post whose text shows what was searched for. */
export function withMarks(post: TimelinePost, find: Find): TimelinePost {
  return { ...post, html: markHtml(post.html, find) }
}

/** The words that have to stand in a row; of a tag the word behind its sign. */
function rowOf(term: Term): Meant[][] {
  if (term.not) return []
  if (term.kind === 'tag') return [[(word, before) => word.word === folded(term.tag) && /#\s*$/.test(before)]]
  if (term.kind !== 'words') return []
  const wanted = wordsIn(term.text)
  const single = wanted.length === 1 && !term.exact && !term.prefix
  const row = wanted.map(({ word, stem }, index): Meant => {
    if (single) return (met) => (met.stem ?? met.word) === (stem ?? word)
    if (term.prefix && index === wanted.length - 1) return (met) => met.word.startsWith(word)
    return (met) => met.word === word
  })
  return row.length > 0 ? [row] : []
}

/** Words without a space between them, as where no spaces are set, are one stretch. */
function joined(words: Word[]): Span[] {
  const spans: Span[] = []
  for (const { start, end } of words) {
    const last = spans.at(-1)
    if (last?.end === start) last.end = end
    else spans.push({ start, end })
  }
  return spans
}
