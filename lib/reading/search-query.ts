import { Temporal } from 'temporal-polyfill'
import { type Have, haves } from '#db/post-words'
import type { Search, Term } from '#db/search'
import { wordsIn } from '#db/words'

// Over 150 lines: the whole language of the search field is told here, from the text to the question.

/** What a search may name: platforms, and the sources that this reader knows of. */
export type Nameable = { platforms: { id: string; name: string }[]; sources: { id: number; name: string }[] }

/** What is wrong with a search, and where in it: characters `from` up to `to`. */
export type Mistake = {
  reason:
    | 'nothing'
    | 'too-long'
    | 'unclosed-quote'
    | 'or-alone'
    | 'unknown-operator'
    | 'empty-value'
    | 'unknown-platform'
    | 'unknown-source'
    | 'unknown-have'
    | 'bad-language'
    | 'bad-date'
    | 'date-in-or'
    | 'not-date'
    | 'empty-span'
    | 'short-prefix'
  from: number
  to: number
  /** The operator that it is about. */
  operator?: Operator
  /** What was written there. */
  written: string
  /** What could stand there instead. */
  instead?: string[]
}

export const operators = ['from', 'platform', 'source', 'before', 'after', 'has', 'lang'] as const
export type Operator = (typeof operators)[number]

type Token = { from: number; to: number; not: boolean; operator: Operator | null; value: string; quoted: boolean }
type Read<T> = T | { mistake: Mistake }

const MOST_CHARACTERS = 500
const MOST_TERMS = 40
/** A shorter beginning is one of half of all words. */
const SHORTEST_PREFIX = 3
/** One thing of a search: an optional `-`, an optional `operator:`, and a phrase in quotes or a row of characters. */
const TOKEN = /(?<minus>-?)(?:(?<bare>[a-z]+):(?=\s|$)|(?:(?<name>[a-z]+):)?(?:"(?<phrase>[^"]*)(?<closing>"?)|(?<word>[^\s"]+)))|\S/giu

/**
 * Reads words, "phrases", `-not`, `OR`, beginnings of words with `*`, and `operator:value`; days are days of `zone`. What
 * makes no sense is told, with its place, and never thrown. `null` for an empty field.
 */
export function parseSearch(text: string, nameable: Nameable, zone: string): { search: Search } | { mistake: Mistake } | null {
  if (text.trim() === '') return null
  if (text.length > MOST_CHARACTERS) return wrong('too-long', { from: MOST_CHARACTERS, to: text.length }, '')
  const search: Search = { all: [], from: null, until: null }
  let or: Token | null = null
  let previousJoins = false
  let count = 0
  for (const read of tokensOf(text)) {
    if ('mistake' in read) return read
    const { value, quoted, operator, not } = read
    if (!operator && !quoted && !not && value === 'OR') {
      if (!previousJoins) return wrong('or-alone', read, value)
      or = read
      previousJoins = false
      continue
    }
    if (operator === 'before' || operator === 'after') {
      if (or) return wrong('date-in-or', read, value, { operator })
      const at = instantOf(read, operator, zone)
      if (at instanceof Date) {
        if (operator === 'before') search.until = search.until && search.until < at ? search.until : at
        else search.from = search.from && search.from > at ? search.from : at
        if (search.from && search.until && search.from >= search.until) return wrong('empty-span', read, value, { operator })
        previousJoins = false
        continue
      }
      return at
    }
    const term = termOf(read, nameable)
    if (term === null) continue
    if ('mistake' in term) return term
    if (++count > MOST_TERMS) return wrong('too-long', read, value)
    if (or) search.all.at(-1)?.push(term)
    else search.all.push([term])
    or = null
    previousJoins = true
  }
  if (or) return wrong('or-alone', or, or.value)
  if (search.all.length === 0 && !search.from && !search.until) return wrong('nothing', { from: 0, to: text.length }, text.trim())
  return { search }
}

function* tokensOf(text: string): Generator<Read<Token>> {
  for (const match of text.matchAll(TOKEN)) {
    const [all] = match
    const { minus, bare, phrase, closing, word = '', name = bare } = match.groups ?? {}
    const place = { from: match.index, to: match.index + all.length }
    const operator = operators.find((known) => known === name?.toLowerCase()) ?? null
    if (phrase !== undefined && closing === '') return yield wrong('unclosed-quote', place, all)
    if (operator && (bare !== undefined || phrase?.trim() === '')) return yield wrong('empty-value', place, all, { operator })
    const meant = operator || name === undefined ? null : meantBy(name)
    if (meant) return yield wrong('unknown-operator', place, `${name}:`, { instead: [`${meant}:`] })
    // `std::vector`, `10:30` and `https://…` are words with a colon.
    const rest = phrase ?? word
    const value = operator || name === undefined ? rest : `${name}:${rest}`
    yield { ...place, not: minus === '-', operator, value, quoted: phrase !== undefined && name === undefined }
  }
}

/** The term that a token stands for; null where there is nothing to look for, as in “–”. */
function termOf(token: Token, { platforms, sources }: Nameable): Read<Term> | null {
  const { operator, value, not, quoted } = token
  const lower = value.toLowerCase()
  switch (operator) {
    case null: {
      if (!quoted && value === 'AND') return null
      const [, tag] = /^#([\p{L}\p{M}\p{N}_]+)$/u.exec(quoted ? '' : value) ?? []
      if (tag) return { kind: 'tag', tag, not }
      const words = wordsIn(value)
      if (words.length === 0) return null
      const prefix = !quoted && value.endsWith('*') && value.length > 1
      if (prefix && (words.at(-1)?.word.length ?? 0) < SHORTEST_PREFIX) return wrong('short-prefix', token, value)
      return { kind: 'words', text: value, exact: quoted, prefix, not }
    }
    case 'from':
      return wordsIn(value).length > 0 ? { kind: 'from', name: value, not } : wrong('empty-value', token, value, { operator })
    case 'platform': {
      const platform = platforms.find(({ id, name }) => id === lower || name.toLowerCase() === lower)
      if (platform) return { kind: 'platform', platform: platform.id, not }
      return wrong('unknown-platform', token, value, { operator, instead: platforms.map(({ id }) => id) })
    }
    case 'source': {
      const same = sources.filter(({ name }) => name.toLowerCase() === lower)
      const like = same.length > 0 ? same : sources.filter(({ name }) => name.toLowerCase().includes(lower))
      if (like.length > 0) return { kind: 'source', sourceIds: like.map(({ id }) => id), not }
      return wrong('unknown-source', token, value, { operator })
    }
    case 'has': {
      const what: Have | undefined = haves.find((have) => have === lower || `${have}s` === lower)
      return what ? { kind: 'has', what, not } : wrong('unknown-have', token, value, { operator, instead: [...haves] })
    }
    case 'lang':
      if (/^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.test(value)) return { kind: 'language', language: value, not }
      return wrong('bad-language', token, value, { operator })
    default:
      return wrong('unknown-operator', token, value)
  }
}

/** The start of the day, month or year that was written, in the reader's zone. */
function instantOf(token: Token, operator: Operator, zone: string): Date | { mistake: Mistake } {
  const { value, not } = token
  if (not) return wrong('not-date', token, value, { operator, instead: [`${operator === 'before' ? 'after' : 'before'}:${value}`] })
  const [, year, month = '01', day = '01'] = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$/.exec(value) ?? []
  try {
    if (!year) throw new RangeError('no date')
    const date = Temporal.PlainDate.from({ year: Number(year), month: Number(month), day: Number(day) }, { overflow: 'reject' })
    return new Date(date.toZonedDateTime(zone).epochMilliseconds)
  } catch {
    return wrong('bad-date', token, value, { operator })
  }
}

/** The operator that a mistyped name comes close to. Only what is hardly a word of its own: `form:` is, `plattform:` is not. */
function meantBy(name: string): Operator | null {
  const lower = name.toLowerCase()
  if (lower.length < 3) return null
  return operators.find((operator) => isNear(lower, operator)) ?? null
}

/** One letter more, less or other, or two changed places. */
function isNear(one: string, other: string): boolean {
  if (one === other || Math.abs(one.length - other.length) > 1) return false
  const start = [...one].findIndex((letter, index) => letter !== other[index])
  const at = start === -1 ? one.length : start
  const [left, right] = [one.slice(at), other.slice(at)]
  if (left.length !== right.length) return left.slice(1) === right || left === right.slice(1)
  return left.slice(1) === right.slice(1) || (left[0] === right[1] && left[1] === right[0] && left.slice(2) === right.slice(2))
}

function wrong(
  reason: Mistake['reason'],
  { from, to }: { from: number; to: number },
  written: string,
  more: Pick<Mistake, 'operator' | 'instead'> = {},
): { mistake: Mistake } {
  return { mistake: { reason, from, to, written, ...more } }
}
