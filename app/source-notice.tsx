import type { SourceRow } from '#db/sources'
import { isRead, isTroubled, observe } from './source-state.ts'

/** Says in the timeline that it may be incomplete now, and why. Nothing where every source is read on time. */
export function SourceNotice({ sources, now }: { sources: SourceRow[]; now: Date }) {
  const read = observe(sources, now).filter(isRead)
  const troubled = read.filter(isTroubled)
  const [first] = troubled
  if (!first) return null
  const rest = troubled.length - 1
  const none = troubled.length === read.length
  return (
    // Where there is room for it, the list of sources beside the timeline says the same.
    <p className={none ? 'gap' : 'gap narrow'}>
      <span>
        <b>{none ? 'No source can be read now.' : `${first.source.name}: ${first.health.words}.`}</b>{' '}
        {none
          ? 'What is below is what was read before.'
          : rest > 0 && `${rest === 1 ? 'One more source is' : `${rest} more sources are`} late or cannot be read.`}{' '}
        <a href="/sources">See the sources</a>
      </span>
    </p>
  )
}
