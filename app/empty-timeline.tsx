import type { SourceRow } from '#db/sources'
import { type Address, filterOf, hrefFor } from './address.ts'
import { type Chosen, inWords } from './filter-names.ts'
import { platformOf } from './platform.ts'
import { isRead, isTroubled, type Observed, observe } from './source-state.ts'
import { filterStrings as words } from './strings/filters.ts'

/** In place of posts: what happened, and what to do next. */
export function EmptyTimeline({ address, chosen, sources, now }: { address: Address; chosen: Chosen[]; sources: SourceRow[]; now: Date }) {
  const { platforms, before, after } = address
  const asked = observe(sources, now).filter(({ source }) => platforms.length === 0 || platforms.includes(source.platform))
  const read = asked.filter(isRead)
  const off = asked.filter(({ health }) => health.state === 'off')
  const troubled = read.filter(isTroubled)
  const waiting = read.filter(({ health }) => health.state === 'waiting')
  const named = platforms.map((id) => platformOf(id).name).join(' or ')

  if (before || after) {
    return (
      <Empty title={before ? 'Nothing older than this.' : 'Nothing newer than this yet.'}>
        <p>
          <a href={hrefFor(filterOf(address))}>Go to the newest posts</a>
        </p>
      </Empty>
    )
  }
  if (chosen.some(({ kind }) => kind !== 'platform')) return <NothingFits chosen={chosen} />
  if (read.length === 0) {
    return (
      <Empty title={named ? `No source of ${named} is being read.` : 'No source is being read.'}>
        {off.length > 0 && (
          <ul className="tried">
            {off.map(({ source, health }) => (
              <li key={source.id} data-platform={source.platform}>
                <b>{source.name}</b> <small>off</small>
                <span>{health.advice}</span>
              </li>
            ))}
          </ul>
        )}
        <p>
          Sources are listed in <code>sources.yaml</code>, one link a line, as pasted from a browser. Add one and start the program again.{' '}
          {named && <a href="/">Show every platform</a>}
        </p>
      </Empty>
    )
  }
  if (troubled.length === read.length) {
    return (
      <Empty
        title={
          named
            ? `No source of ${named} could be reached, so there is no post to show.`
            : 'No source could be reached, so there is no post to show.'
        }
      >
        <p>Tried, and what came of it:</p>
        <Tried sources={read} />
        <p>
          They are tried again by themselves. Is this computer online, or does it need a proxy (<code>HTTPS_PROXY</code>)? To see the
          program at work without a network, stop it and run <code>npm run demo</code>. {named && <a href="/">Show every platform</a>}
        </p>
      </Empty>
    )
  }
  if (waiting.length > 0) {
    return (
      <Empty title={named ? `No post from ${named} yet.` : 'No post yet.'}>
        <p>
          {waiting.length === 1 ? 'One source is' : `${waiting.length} sources are`} being read for the first time; that takes a minute or
          so. <a href={hrefFor({ platforms })}>Look again</a>
        </p>
        <Tried sources={read} />
      </Empty>
    )
  }
  return (
    <Empty title={named ? `No post from ${named}.` : 'No post yet.'}>
      <p>
        {read.length === 1 ? 'The one source was read, and has' : `All ${read.length} sources were read, and have`} nothing from the days
        that are kept. {named ? <a href="/">Show every platform</a> : <a href="/sources">See the sources</a>}
      </p>
    </Empty>
  )
}

/** Which of what was chosen can be dropped, each by itself. */
function NothingFits({ chosen }: { chosen: Chosen[] }) {
  return (
    <Empty title={words.nothing(inWords(chosen))}>
      {chosen.length > 1 && (
        <>
          <p>{words.without}</p>
          <ul>
            {chosen.map(({ kind, name, without }) => (
              <li key={`${kind} ${name}`}>
                <a href={hrefFor(without)}>
                  <bdi>{name}</bdi>
                </a>
              </li>
            ))}
          </ul>
        </>
      )}
      <p>
        <a href="/">{words.everything}</a>
      </p>
    </Empty>
  )
}

function Empty({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section className="empty">
      <h2>{title}</h2>
      {children}
    </section>
  )
}

function Tried({ sources }: { sources: Observed[] }) {
  return (
    <ul className="tried">
      {sources.map(({ source, health }) => (
        <li key={source.id} data-platform={source.platform}>
          <b>{source.name}</b> <small>{platformOf(source.platform).name}</small>
          <span>{health.words}.</span>
        </li>
      ))}
    </ul>
  )
}
