import type { BreakdownRow } from '#db/breakdowns'
import { span } from '#lib/sources/source-health'
import { named } from './named.ts'
import { statusStrings as say } from './strings/status.ts'
import { timeBeside } from './when.ts'

/** "HPCwire could not be read for a day, since 21 Nov 14:03." Rows of one kind that stand at one time are told in one sentence. */
export function inWords(rows: BreakdownRow[], zone: string): string {
  const [first] = rows
  if (!first) return ''
  const names = named(rows.map(({ source }) => source.name))
  const since = new Date(Math.min(...rows.map((row) => row.since.getTime())))
  return first.kind === 'broken'
    ? say.broken(names, timeBeside(since, first.at, zone))
    : say.mended(names, span(first.at.getTime() - since.getTime()))
}
