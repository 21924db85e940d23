import type { SourceRow } from '#db/sources'
import { ago, healthOf, type SourceHealth, type SourceState } from '#lib/source-health'

/** A source as the pages list it. */
export type ListedSource = SourceRow & { postsInAll: number; postsLastDay: number }

/** How urgently a state asks for a look: what the owner must mend, then what is late, then the rest. */
const urgency: Record<SourceState, number> = {
  'needs-you': 3,
  blocked: 2,
  late: 2,
  waiting: 1,
  polled: 0,
  live: 0,
  quiet: 0,
  off: 0,
  paused: 0,
}

export type Observed = { source: ListedSource; health: SourceHealth }

/** Sources with how they fare, the most urgent first and otherwise in their own order. */
export function observe(sources: ListedSource[], now: Date): Observed[] {
  return sources
    .map((source) => ({ source, health: healthOf(source, now) }))
    .sort((one, other) => urgency[other.health.state] - urgency[one.health.state])
}

/** Late, failing, or waiting for its owner. */
export function isTroubled({ health }: Observed): boolean {
  return urgency[health.state] >= 2
}

/** A state in the few letters that a narrow column has: `live`, `12 min ago`, `41 min late`. */
export function stateInShort({ source, health: { state } }: Observed, now: Date): string {
  switch (state) {
    case 'polled':
      return source.lastSuccessAt ? ago(source.lastSuccessAt, now) : 'polled'
    case 'late':
      return source.lastSuccessAt ? `late, ${ago(source.lastSuccessAt, now)}` : 'late'
    case 'blocked':
      return 'no answer'
    case 'needs-you':
      return 'needs you'
    default:
      return state
  }
}
