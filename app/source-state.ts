import type { SourceInShort } from '#db/sources'
import { ago, healthOf, type SourceHealth, type SourceState } from '#lib/sources/source-health'
import { sourcesStrings as words } from './strings/sources.ts'

/** How urgently a state asks for a look: what the owner must mend, then what is late, then the rest. */
const urgency: Record<SourceState, number> = {
  'needs-you': 3,
  blocked: 2,
  late: 2,
  waiting: 1,
  polled: 0,
  live: 0,
  quiet: 0,
  off: -1,
  paused: -1,
}

export type Observed<Source extends SourceInShort = SourceInShort> = { source: Source; health: SourceHealth }

/** Sources with how they fare, the most urgent first and otherwise in their own order. */
export function observe<Source extends SourceInShort>(sources: Source[], now: Date): Observed<Source>[] {
  return sources
    .map((source) => ({ source, health: healthOf(source, now) }))
    .sort((one, other) => urgency[other.health.state] - urgency[one.health.state])
}

/** Neither paused nor off. */
export function isRead({ health }: Observed): boolean {
  return urgency[health.state] >= 0
}

/** Late, failing, or waiting for its owner. */
export function isTroubled({ health }: Observed): boolean {
  return urgency[health.state] >= 2
}

/** A state in the few letters that a narrow column has: `live`, `12 min ago`, `41 min late`. */
export function stateInShort({ source, health: { state } }: Observed, now: Date): string {
  switch (state) {
    case 'polled':
      return source.lastSuccessAt ? ago(source.lastSuccessAt, now) : words.short.polled
    case 'late':
      return source.lastSuccessAt ? words.lateSince(ago(source.lastSuccessAt, now)) : words.short.late
    case 'blocked':
      return source.trouble === 'rate-limited' ? words.toldToWait : words.noAnswer
    case 'needs-you':
      return words.needsYou
    default:
      return words.short[state]
  }
}
