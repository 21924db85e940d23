import type { BreakdownRow } from '#db/breakdowns'
import { inWords } from './breakdown-words.ts'
import { stopped } from './source-words.ts'
import { statusStrings as say } from './strings/status.ts'

/** What broke down, or is read again, at its place on the rail; what befell several sources at once stands in one row. */
export function BreakdownRows({ rows, zone }: { rows: BreakdownRow[]; zone: string }) {
  const kinds = [...Map.groupBy(rows, ({ kind, at }) => `${kind} ${kind === 'broken' ? at.getTime() : Math.round(at.getTime() / SAME_MS)}`)]
  return kinds.map(([key, some]) => {
    const [first] = some
    const reasons = new Set(some.map(({ reason }) => reason))
    return (
      // biome-ignore lint/a11y/useSemanticElements: an <article> is something that somebody said; this is an item among them
      <div className="gap" role="article" key={key}>
        <span>
          <b>{inWords(some, zone)}</b> {first?.kind === 'broken' && reasons.size === 1 && stopped(first.reason)}{' '}
          <a href={some.length === 1 ? `/sources/${first?.source.id}` : '/status'}>{say.howItFares}</a>
        </span>
      </div>
    )
  })
}

/** Sources that are read again after the same fault come back one after the other. */
const SAME_MS = 10 * 60_000
