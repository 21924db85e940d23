import { gapStrings as say } from './strings/gaps.ts'

const MOST_NAMED = 3

/** Names as they stand in a sentence; of many, the first two and how many more. */
export function named(names: string[]): string {
  const unlike = [...new Set(names)]
  if (unlike.length <= MOST_NAMED) return say.named(unlike)
  return say.namedAndMore(unlike.slice(0, 2), unlike.length - 2)
}
