import type { CountedSource } from '#db/sources'
import { ago, span } from '#lib/sources/source-health'
import { hrefFor } from './address.ts'
import { letterFor, platformOf } from './platform.ts'
import { Sentence } from './sentence.tsx'
import { isTroubled, type Observed } from './source-state.ts'
import { factsOf, stopped } from './source-words.ts'
import { sourcesStrings as words } from './strings/sources.ts'
import { isoTime } from './when.ts'

const columns = [words.source, words.lastSuccess, words.nextRun, words.lastDay, words.inAll]

/** The sources of one platform: a table where there is room for one, else a list. */
export function SourceTable({
  platform,
  name,
  sources,
  zone,
  now,
}: {
  platform: string
  name: string
  sources: Observed<CountedSource>[]
  zone: string
  now: Date
}) {
  if (sources.length === 0) return null
  return (
    <section className="platform-sources" data-platform={platform} aria-labelledby={`platform-${platform}`}>
      <h2 id={`platform-${platform}`}>{name}</h2>
      <table aria-labelledby={`platform-${platform}`}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sources.map((one) => (
            <SourceLine key={one.source.id} one={one} zone={zone} now={now} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

function SourceLine({ one, zone, now }: { one: Observed<CountedSource>; zone: string; now: Date }) {
  const { source, health } = one
  const facts = factsOf(source, health)
  const kept = source.unreadable
  const letter = letterFor(source)
  return (
    <tr id={`source-${source.id}`} className={isTroubled(one) ? 'troubled' : undefined}>
      <th scope="row">
        <b>
          <a href={hrefFor({ sources: [source.id] })}>{source.name}</a>
        </b>{' '}
        <a className="fares" href={`/sources/${source.id}`} aria-label={words.faresOf(source.name)}>
          {words.fares}
        </a>
        <small>{facts.join(' · ')}</small>
        {!saidElsewhere(one) && <span className={isTroubled(one) ? 'amber' : undefined}>{stopped(health.words)}</span>}
        {health.advice && <span>{stopped(health.advice)}</span>}
        {health.state === 'off' && (
          <span>
            <Sentence of={words.steps} parts={{ file: <code>README.md</code> }} />
          </span>
        )}
        {kept > 0 && <span>{words.keptAside(kept)}</span>}
        {health.state !== 'off' && platformOf(source.platform).conversationLayout === 'chat' && (
          <span>
            {words.logged} <a href="/about#opt-out">{words.optOut}</a>
          </span>
        )}
        {letter !== null && (
          <details className="letter">
            <summary>{words.letter}</summary>
            <pre>{letter}</pre>
          </details>
        )}
      </th>
      <Cell label={words.lastSuccess}>
        {source.lastSuccessAt ? <Moment at={source.lastSuccessAt} told={ago(source.lastSuccessAt, now)} zone={zone} /> : words.never}
      </Cell>
      <Cell label={words.nextRun}>
        <NextRun one={one} zone={zone} now={now} />
      </Cell>
      <Cell label={words.lastDay}>{source.postsLastDay.toLocaleString('en')}</Cell>
      <Cell label={words.inAll}>{source.postsInAll.toLocaleString('en')}</Cell>
    </tr>
  )
}

function Cell({ label, children }: { label: string; children: React.ReactNode }) {
  return <td data-label={label}>{children}</td>
}

/** A time as it is told, with the exact one behind it. */
export function Moment({ at, told, zone }: { at: Date; told: string; zone: string }) {
  return (
    <time dateTime={at.toISOString()} title={isoTime(at, zone)}>
      {told}
    </time>
  )
}

/** When a source is read again, or why it is not. */
export function NextRun({ one, zone, now }: { one: Observed; zone: string; now: Date }) {
  const { source, health } = one
  const { state } = health
  const { nextRunAt } = source
  if (state === 'paused' || state === 'off' || state === 'live') return words.states[state]
  if (!nextRunAt) return words.soon
  const ahead = nextRunAt.getTime() - now.getTime()
  return <Moment at={nextRunAt} told={ahead > 0 ? words.inTime(span(ahead)) : words.now} zone={zone} />
}

/** A source that is well, or off, says so in its columns. */
function saidElsewhere({ source, health: { state } }: Observed): boolean {
  return state === 'live' || state === 'off' || (state === 'polled' && !source.modeReason)
}
