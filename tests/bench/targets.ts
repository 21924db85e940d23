/** One number that a target asks for: `≥ 5,000 posts/s`, `≤ 25 ms p50`, `< 1 s p99`. */
const CLAUSE = /(p\d\d)?\s*([≤≥<>])\s*([\d,]*\d(?:\.\d+)?)\s*(%|×|\/s|[a-zA-Z]+(?:\/s)?)?\s*(p\d\d)?/g
const NUMBER = String.raw`([\d,]*\d(?:\.\d+)?)`

/**
 * Whether a figure meets its target, as both are told to people; null where the target asks for no number, or the figure
 * has none. Of several numbers the one is compared that stands with the target's word: `p99`, `×`, `MB`; else the first.
 */
export function isMet(figure: string, target: string): boolean | null {
  const clauses = [...target.matchAll(CLAUSE)]
  if (clauses.length === 0) return null
  const answers = clauses.map(([, before, sign = '', wanted = '', unit = '', after]) => {
    const found = numberIn(figure, unit, before ?? after)
    if (found === null) return null
    const most = inMilliseconds(Number(wanted.replaceAll(',', '')), unit)
    return sign === '≤' ? found <= most : sign === '<' ? found < most : sign === '≥' ? found >= most : found > most
  })
  if (answers.includes(false)) return false
  return answers.includes(null) ? null : true
}

function numberIn(figure: string, unit: string, share: string | undefined): number | null {
  const patterns = share
    ? [`${share} ${NUMBER} ?(ms|s)?`]
    : [`${NUMBER} ?(${unit === '' ? '' : escaped(unit)})(?![\\d,.]*\\d|[a-zA-Z/])`, `${NUMBER} ?(ms|s)?`]
  for (const pattern of patterns) {
    const [, number, of = ''] = new RegExp(pattern).exec(figure) ?? []
    if (number !== undefined) return inMilliseconds(Number(number.replaceAll(',', '')), of)
  }
  return null
}

/** Seconds are compared with milliseconds. */
function inMilliseconds(number: number, unit: string): number {
  return unit === 's' ? number * 1000 : number
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}
