import type { SourceRules } from '#db/schema'
import type { listSources, SourceRow } from '#db/sources'
import { ago, span } from '#lib/source-health'
import { hrefFor } from './address.ts'
import { letterFor, platformOf } from './platform.ts'
import { isTroubled, type Observed } from './source-state.ts'
import { sourcesStrings } from './strings/sources.ts'
import { isoTime } from './when.ts'

type Counted = Awaited<ReturnType<typeof listSources>>[number]

const columns = ['Source', 'Last success', 'Next run', 'In 24 h', 'In all']

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
  sources: Observed<Counted>[]
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

function SourceLine({ one, zone, now }: { one: Observed<Counted>; zone: string; now: Date }) {
  const { source, health } = one
  const facts = [
    health.state !== 'off' && how(source),
    ...rulesInWords(source.rules),
    source.audience === 'members' && 'members only',
    permitted(source),
  ].filter(Boolean)
  const kept = source.unreadable
  const letter = letterFor(source)
  return (
    <tr id={`source-${source.id}`} className={isTroubled(one) ? 'troubled' : undefined}>
      <th scope="row">
        <b>
          <a href={hrefFor({ sources: [source.id] })}>{source.name}</a>
        </b>
        <small>{facts.join(' · ')}</small>
        {!saidElsewhere(one) && <span className={isTroubled(one) ? 'amber' : undefined}>{stopped(health.words)}</span>}
        {health.advice && <span>{stopped(health.advice)}</span>}
        {health.state === 'off' && (
          <span>
            The steps are in <code>README.md</code>, under “Sources”.
          </span>
        )}
        {kept > 0 && <span>{kept === 1 ? 'One item was' : `${kept} items were`} not understood and kept aside for a look.</span>}
        {health.state !== 'off' && platformOf(source.platform).conversationLayout === 'chat' && (
          <span>
            {sourcesStrings.logged} <a href="/about#opt-out">{sourcesStrings.optOut}</a>
          </span>
        )}
        {letter !== null && (
          <details className="letter">
            <summary>{sourcesStrings.letter}</summary>
            <pre>{letter}</pre>
          </details>
        )}
      </th>
      <Cell label="Last success">
        {source.lastSuccessAt ? <Moment at={source.lastSuccessAt} words={ago(source.lastSuccessAt, now)} zone={zone} /> : 'never'}
      </Cell>
      <Cell label="Next run">{nextRun(one, zone, now)}</Cell>
      <Cell label="In 24 h">{source.postsLastDay.toLocaleString('en')}</Cell>
      <Cell label="In all">{source.postsInAll.toLocaleString('en')}</Cell>
    </tr>
  )
}

function Cell({ label, children }: { label: string; children: React.ReactNode }) {
  return <td data-label={label}>{children}</td>
}

function Moment({ at, words, zone }: { at: Date; words: string; zone: string }) {
  return (
    <time dateTime={at.toISOString()} title={isoTime(at, zone)}>
      {words}
    </time>
  )
}

function nextRun({ source: { nextRunAt }, health: { state } }: Observed, zone: string, now: Date) {
  if (state === 'paused' || state === 'off' || state === 'live') return state
  if (!nextRunAt) return 'soon'
  const ahead = nextRunAt.getTime() - now.getTime()
  return <Moment at={nextRunAt} words={ahead > 0 ? `in ${span(ahead)}` : 'now'} zone={zone} />
}

function how({ mode, everySeconds }: SourceRow): string {
  return mode === 'live' ? 'live' : `polled every ${span(everySeconds * 1000)}`
}

function permitted({ permission }: SourceRow): string | null {
  return permission && `permitted by ${permission.by}, ${permission.on}`
}

function rulesInWords({ include, exclude, languages, replies, reposts }: SourceRules): string[] {
  return [
    include.length > 0 && `only with ${include.join(', ')}`,
    exclude.length > 0 && `not with ${exclude.join(', ')}`,
    languages.length > 0 && `only in ${languages.join(', ')}`,
    replies === 'none' && 'without replies',
    replies === 'self' && 'without replies to others',
    reposts === 'none' && 'without reposts',
  ].filter((word) => word !== false)
}

/** A source that is well, or off, says so in its columns. */
function saidElsewhere({ source, health: { state } }: Observed): boolean {
  return state === 'live' || state === 'off' || (state === 'polled' && !source.modeReason)
}

/** With its full stop. The first letter stays: it may be that of a host. */
function stopped(words: string): string {
  return `${words.replace(/\.$/, '')}.`
}
