import '../sources.css'
import type { Metadata } from 'next'
import { span } from '#lib/sources/source-health'
import { attempt } from '../attempt.ts'
import { inWords } from '../breakdown-words.ts'
import { Frame } from '../frame.tsx'
import { Sentence } from '../sentence.tsx'
import { isRead, isTroubled } from '../source-state.ts'
import { stopped } from '../source-words.ts'
import { STATUS_DAYS, type Status, statusOf } from '../status-of.ts'
import { sourcesStrings } from '../strings/sources.ts'
import { statusStrings as say } from '../strings/status.ts'
import { Unreadable } from '../unreadable.tsx'
import { visitor } from '../visitor.ts'
import { timeBeside } from '../when.ts'

export const metadata: Metadata = {
  title: say.title,
  alternates: { types: { 'application/atom+xml': [{ url: '/status.atom', title: say.title }] } },
}

/** Whether everything is read, on one page that anybody may keep an eye on. */
export default async function StatusPage() {
  const { reader, zone, now } = await visitor()
  const status = await attempt(() => statusOf(reader, now))
  if (!status) return <Unreadable />
  const read = status.sources.filter(isRead)
  const troubled = read.filter(isTroubled)
  return (
    <Frame here="status">
      <div className="one-source">
        <h1>{say.title}</h1>
        <p className="lead">
          {sourcesStrings.lead(read.length, read.length - troubled.length)}{' '}
          <span className={status.worker ? undefined : 'amber'}>{status.worker ? say.works : say.stands}</span>
        </p>
        {troubled.length > 0 && <Troubled troubled={troubled} />}
        {status.platforms.length > 0 && <Platforms platforms={status.platforms} />}
        <section aria-labelledby="history">
          <h2 id="history">{say.history(STATUS_DAYS)}</h2>
          {status.history.length === 0 ? (
            <p>{say.noHistory}</p>
          ) : (
            <ul className="history">
              {status.history.map((row) => (
                <li key={`${row.kind} ${row.source.id} ${row.at.getTime()}`}>
                  <time dateTime={row.at.toISOString()}>{timeBeside(row.at, now, zone)}</time> {inWords([row], zone)}{' '}
                  {row.kind === 'broken' && stopped(row.reason)}
                </li>
              ))}
            </ul>
          )}
        </section>
        <p>
          <Sentence
            of={say.forPrograms}
            parts={{
              json: <a href="/status.json">{say.json}</a>,
              atom: <a href="/status.atom">{say.atom}</a>,
              sources: <a href="/sources">{sourcesStrings.title}</a>,
            }}
          />
        </p>
      </div>
    </Frame>
  )
}

function Troubled({ troubled }: { troubled: Status['sources'] }) {
  return (
    <section aria-labelledby="troubled">
      <h2 id="troubled">{say.notWell}</h2>
      <ul className="history">
        {troubled.map(({ source, health }) => (
          <li key={source.id} data-platform={source.platform}>
            <a href={`/sources/${source.id}`}>{source.name}</a>: <span className="amber">{stopped(health.words)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Platforms({ platforms }: Pick<Status, 'platforms'>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keyboard, too
    <section className="wide-table" aria-label={say.caption} tabIndex={0}>
      <table className="daily">
        <caption className="unseen">{say.caption}</caption>
        <thead>
          <tr>
            {[say.platform, say.onTime, say.lastDay, say.delay].map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {platforms.map(({ id, name, read, onTime, postsLastDay, delay }) => (
            <tr key={id}>
              <th scope="row">{name}</th>
              <td className={onTime < read ? 'amber' : undefined}>{say.of(onTime, read)}</td>
              <td>{postsLastDay.toLocaleString('en')}</td>
              <td>{delay ? [say.half(span(delay.median * 1000)), say.most(span(delay.most * 1000))].join(', ') : '·'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
