import type { Gap } from '#db/gaps'
import type { SourceInShort } from '#db/sources'
import { isRead, isTroubled, observe } from './source-state.ts'
import { sourcesStrings as words } from './strings/sources.ts'

/** Says in the timeline that it may be incomplete now, and why. Nothing where every source is read on time, or an open gap says it. */
export function SourceNotice({ sources, gaps, now }: { sources: SourceInShort[]; gaps: Gap[]; now: Date }) {
  const read = observe(sources, now).filter(isRead)
  const troubled = read.filter(isTroubled)
  const told = new Set(gaps.filter(({ open }) => open).flatMap((gap) => gap.sources))
  const untold = troubled.filter(({ source }) => !told.has(source.name))
  const none = troubled.length === read.length
  const first = none ? troubled[0] : untold[0]
  if (!first) return null
  const rest = untold.length - 1
  return (
    // Where there is room for it, the list of sources beside the timeline says the same.
    <p className={none ? 'gap' : 'gap narrow'}>
      <span>
        <b>{none ? words.noneNow : `${first.source.name}: ${first.health.words}.`}</b>{' '}
        {none ? words.readBefore : rest > 0 && words.moreLate(rest)} <a href="/sources">{words.seeSources}</a>
      </span>
    </p>
  )
}
