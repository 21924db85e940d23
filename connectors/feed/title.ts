import { toText } from '../html.ts'
import type { Text } from './entry.ts'

/** The tags that titles contain as markup; "Using std::vector<int>" and "#include <mpi.h>" are not to lose theirs. */
const MARKUP = 'a|abbr|b|bdi|br|cite|code|del|div|em|i|ins|kbd|mark|p|q|s|small|span|strong|sub|sup|tt|u|var'
const NO_MARKUP = new RegExp(String.raw`<(?!/?(?:${MARKUP})(?:\s[^<>]*)?/?>)`, 'gi')

/** One line of plain text, or null for nothing. Titles of `html` are markup, in which feeds often escape twice. */
export function plainTitle({ value, type }: Pick<Text, 'value' | 'type'>): string | null {
  const text = type === 'html' && /[<&]/.test(value) ? toText(value.replace(NO_MARKUP, '&lt;')) : value
  return text.replace(/\s+/g, ' ').trim() || null
}
