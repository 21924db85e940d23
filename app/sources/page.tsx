import type { Metadata } from 'next'
import { connectors } from '#connectors/registry'
import { listSources } from '#db/sources'
import { attempt } from '../attempt.ts'
import { FeedLinks } from '../feed-links.tsx'
import { Frame } from '../frame.tsx'
import { isRead, isTroubled, observe } from '../source-state.ts'
import { SourceTable } from '../source-table.tsx'
import { Unreadable } from '../unreadable.tsx'
import { visitor } from '../visitor.ts'

export const metadata: Metadata = { title: 'Sources' }

/** Where the posts come from, how each source fares, and what its owner can do. */
export default async function SourcesPage() {
  const { reader, zone, now } = await visitor()
  const sources = await attempt(listSources(reader))
  if (!sources) return <Unreadable />
  const observed = observe(sources, now)
  const read = observed.filter(isRead)
  const troubled = read.filter(isTroubled)
  return (
    <Frame here="sources">
      <FeedLinks />
      <h1>Sources</h1>
      <p className="lead">
        {read.length === 0
          ? 'No source is being read.'
          : troubled.length === 0
            ? `${read.length === 1 ? 'The one source is' : `All ${read.length} sources are`} being read on time.`
            : `${read.length - troubled.length} of ${read.length} sources are being read on time.`}{' '}
        They are listed in <code>sources.yaml</code>; a change there counts at the next start.{' '}
        <a href="/about">What is collected, and how to be left out</a>
      </p>
      {troubled.length > 0 && (
        <ul className="troubled">
          {troubled.map(({ source, health }) => (
            <li key={source.id} data-platform={source.platform}>
              <a href={`#source-${source.id}`}>{source.name}</a>{' '}
              <span>{health.state === 'needs-you' ? 'needs you' : health.state === 'late' ? 'is late' : 'cannot be read now'}</span>
            </li>
          ))}
        </ul>
      )}
      {connectors.map(({ id, name }) => (
        <SourceTable
          key={id}
          platform={id}
          name={name}
          sources={observed.filter(({ source }) => source.platform === id)}
          zone={zone}
          now={now}
        />
      ))}
    </Frame>
  )
}
