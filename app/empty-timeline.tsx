import type { SourceInShort } from '#db/sources'
import { type Address, filterOf, hrefFor } from './address.ts'
import { type Chosen, inWords } from './filter-names.ts'
import { platformOf } from './platform.ts'
import { Sentence } from './sentence.tsx'
import { isRead, isTroubled, type Observed, observe } from './source-state.ts'
import { emptyStrings as words } from './strings/empty.ts'
import { filterStrings } from './strings/filters.ts'

type Props = { address: Address; chosen: Chosen[]; sources: SourceInShort[]; now: Date /** Who may add a source. */; isOwner: boolean }

/** In place of posts: what happened, and what to do next. */
export function EmptyTimeline({ address, chosen, sources, now, isOwner }: Props) {
  const { platforms, before, after } = address
  const asked = observe(sources, now).filter(({ source }) => platforms.length === 0 || platforms.includes(source.platform))
  const read = asked.filter(isRead)
  const off = asked.filter(({ health }) => health.state === 'off')
  const troubled = read.filter(isTroubled)
  const waiting = read.filter(({ health }) => health.state === 'waiting')
  const named = words.platforms(platforms.map((id) => platformOf(id).name))

  if (before || after) {
    return (
      <Empty title={before ? words.nothingOlder : words.nothingNewer}>
        <p>
          <a href={hrefFor(filterOf(address))}>{words.toNewest}</a>
        </p>
      </Empty>
    )
  }
  if (chosen.some(({ kind }) => kind !== 'platform')) return <NothingFits chosen={chosen} />
  if (read.length === 0) {
    return (
      <Empty title={words.noSource(named)}>
        {off.length > 0 && (
          <ul className="tried">
            {off.map(({ source, health }) => (
              <li key={source.id} data-platform={source.platform}>
                <b>{source.name}</b> <small>{words.off}</small>
                <span>{health.advice}</span>
              </li>
            ))}
          </ul>
        )}
        <p>
          <Sentence
            of={isOwner ? words.addOne : words.listed}
            parts={{ add: <a href="/sources/new">{words.add}</a>, file: <code>sources.yaml</code> }}
          />{' '}
          {named && <a href="/">{words.everyPlatform}</a>}
        </p>
      </Empty>
    )
  }
  if (troubled.length === read.length) {
    return (
      <Empty title={words.noneReached(named)}>
        <p>{words.tried}</p>
        <Tried sources={read} />
        <p>
          <Sentence of={words.triedAgain} parts={{ proxy: <code>HTTPS_PROXY</code>, demo: <code>npm run demo</code> }} />{' '}
          {named && <a href="/">{words.everyPlatform}</a>}
        </p>
      </Empty>
    )
  }
  if (waiting.length > 0) {
    return (
      <Empty title={words.noneYet(named)}>
        <p>
          {words.firstRead(waiting.length)} <a href={hrefFor({ platforms })}>{words.lookAgain}</a>
        </p>
        <Tried sources={read} />
      </Empty>
    )
  }
  return (
    <Empty title={words.none(named)}>
      <p>
        {words.nothingKept(read.length)} {named ? <a href="/">{words.everyPlatform}</a> : <a href="/sources">{words.seeSources}</a>}
      </p>
    </Empty>
  )
}

/** Which of what was chosen can be dropped, each by itself. */
function NothingFits({ chosen }: { chosen: Chosen[] }) {
  return (
    <Empty title={filterStrings.nothing(inWords(chosen))}>
      {chosen.length > 1 && (
        <>
          <p>{filterStrings.without}</p>
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
        <a href="/">{filterStrings.everything}</a>
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
