import '../sources.css'
import '../sources-new.css'
import type { Metadata } from 'next'
import { connectors } from '#connectors/registry'
import { requestsFor } from '#db/requests'
import { listSources } from '#db/sources'
import { attempt } from '../attempt.ts'
import { FeedLinks } from '../feed-links.tsx'
import { Frame } from '../frame.tsx'
import { MailFigures } from '../mail-figures.tsx'
import { Sentence } from '../sentence.tsx'
import { SourceManage } from '../source-manage.tsx'
import { isRead, isTroubled, observe } from '../source-state.ts'
import { SourceTable } from '../source-table.tsx'
import { sourcesStrings as words } from '../strings/sources.ts'
import { sourcesNewStrings } from '../strings/sources-new.ts'
import { Unreadable } from '../unreadable.tsx'
import { visitor } from '../visitor.ts'

export const metadata: Metadata = { title: words.title }

/** Where the posts come from, how each source fares, and what its owner can do. */
export default async function SourcesPage() {
  const { reader, zone, now } = await visitor()
  const found = await attempt(Promise.all([listSources(reader), requestsFor(reader)]))
  if (!found) return <Unreadable />
  const [sources, { open }] = found
  const waiting = open.length
  const observed = observe(sources, now)
  const read = observed.filter(isRead)
  const troubled = read.filter(isTroubled)
  return (
    <Frame here="sources">
      <FeedLinks />
      <h1>{words.title}</h1>
      <p className="lead">
        {words.lead(read.length, read.length - troubled.length)} <Sentence of={words.listed} parts={{ file: <code>sources.yaml</code> }} />{' '}
        <a href="/about">{words.about}</a>
        {reader.role === 'owner' && (
          <>
            {' '}
            <a href="/requests">{words.requests(waiting)}</a> <a href="/sources/new">{sourcesNewStrings.addLink}</a>
          </>
        )}
      </p>
      {troubled.length > 0 && (
        <ul className="troubled">
          {troubled.map(({ source, health }) => (
            <li key={source.id} data-platform={source.platform}>
              <a href={`#source-${source.id}`}>{source.name}</a>{' '}
              <span>{health.state === 'needs-you' ? words.needsYou : health.state === 'late' ? words.isLate : words.unreadable}</span>
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
      {reader.role === 'owner' && <SourceManage sources={sources} />}
      {reader.role === 'owner' && <MailFigures now={now} zone={zone} />}
    </Frame>
  )
}
