import '../sources.css'
import '../sources-new.css'
import type { Metadata } from 'next'
import { connectors } from '#connectors/registry'
import type { Reader } from '#db/audience'
import { requestsFor } from '#db/requests'
import { sourcesInShort, sourcesOf, withCounts } from '#db/sources'
import { attempt } from '../attempt.ts'
import { FeedLinks } from '../feed-links.tsx'
import { Frame } from '../frame.tsx'
import { MailFigures } from '../mail-figures.tsx'
import { Markup } from '../markup.tsx'
import { Sentence } from '../sentence.tsx'
import { SourceManage } from '../source-manage.tsx'
import { isRead, isTroubled, type Observed, observe } from '../source-state.ts'
import { SourceTable } from '../source-table.tsx'
import { sourcesStrings as words } from '../strings/sources.ts'
import { sourcesNewStrings } from '../strings/sources-new.ts'
import { Unreadable } from '../unreadable.tsx'
import { visitor } from '../visitor.ts'

export const metadata: Metadata = { title: words.title }

/** More are on further pages: who looks for one of a thousand searches, and a row takes near half a millisecond to draw. */
const ROWS = 50
/** When a network is away everything is in trouble; the worst stand first in the table, too. */
const TROUBLED = 20

type Props = { searchParams: Promise<{ [name: string]: string | string[] | undefined }> }

/** Where the posts come from, how each source fares, and what its owner can do. */
export default async function SourcesPage({ searchParams }: Props) {
  const { reader, zone, now } = await visitor()
  const asked = await searchParams
  const found = await attempt(() => readSources(reader, Number(asked.page), now))
  if (!found) return <Unreadable />
  const { sources, observed, rows, all, page, pages, waiting } = found
  const read = observed.filter(isRead)
  const troubled = read.filter(isTroubled)
  const here = new Set(rows.map(({ source }) => source.id))
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
          {troubled.slice(0, TROUBLED).map(({ source, health }) => (
            <li key={source.id} data-platform={source.platform}>
              <a href={here.has(source.id) ? `#source-${source.id}` : `/sources/${source.id}`}>{source.name}</a>{' '}
              <span>{health.state === 'needs-you' ? words.needsYou : health.state === 'late' ? words.isLate : words.unreadable}</span>
            </li>
          ))}
          {troubled.length > TROUBLED && <li>{words.moreTroubled(troubled.length - TROUBLED)}</li>}
        </ul>
      )}
      <Markup id="listed">
        {connectors.map(({ id, name }) => (
          <SourceTable
            key={id}
            platform={id}
            name={name}
            sources={rows.filter(({ source }) => source.platform === id)}
            zone={zone}
            now={now}
          />
        ))}
      </Markup>
      {pages > 1 && (
        <nav className="paging" aria-label={words.pagesOfSources}>
          {page > 1 && (
            <a rel="prev" href={hrefOf(page - 1)}>
              {words.earlierSources}
            </a>
          )}
          <span>{words.someOf((page - 1) * ROWS + 1, (page - 1) * ROWS + rows.length, all)}</span>
          {page < pages && (
            <a rel="next" href={hrefOf(page + 1)}>
              {words.laterSources}
            </a>
          )}
        </nav>
      )}
      {reader.role === 'owner' && <SourceManage sources={sources} here={rows.map(({ source }) => source)} />}
      {reader.role === 'owner' && <MailFigures now={now} zone={zone} />}
    </Frame>
  )
}

/** All sources with how they fare, and those of one page in the order of the tables, with their posts counted. */
async function readSources(reader: Reader, asked: number, now: Date) {
  const [sources, { open }] = await Promise.all([sourcesInShort(reader), requestsFor(reader)])
  const observed = observe(sources, now)
  const order = new Map(connectors.map(({ id }, place) => [id, place]))
  const placeOf = ({ source }: Observed) => order.get(source.platform) ?? order.size
  const inTables = observed.filter((one) => placeOf(one) < order.size).sort((one, other) => placeOf(one) - placeOf(other))
  const pages = Math.max(1, Math.ceil(inTables.length / ROWS))
  const page = Math.min(pages, Math.max(1, Math.floor(asked) || 1))
  const some = inTables.slice((page - 1) * ROWS, page * ROWS).map(({ source }) => source.id)
  const rows = observe(await withCounts(reader, await sourcesOf(reader, some)), now)
  return { sources, observed, rows, all: inTables.length, page, pages, waiting: open.length }
}

function hrefOf(page: number): string {
  return page === 1 ? '/sources' : `/sources?page=${page}`
}
