import { connectors } from '#connectors/registry'
import type { WholeFilter } from '#lib/filter-address'
import { hrefFor, toggled } from './address.ts'
import type { Chosen } from './filter-names.ts'
import { filterStrings as words } from './strings/filters.ts'

/**
 * Chips that say what is shown: each leads to the page with its platform, or whatever else is chosen, added or left out. How
 * much is unread is filled in by a script.
 */
export function FilterChips({ filter, chosen }: { filter: WholeFilter; chosen: Chosen[] }) {
  const { platforms, reposts } = filter
  const every = platforms.length === 0
  return (
    <nav className="filters" aria-label={words.label}>
      <a className="chip all" href="/" aria-current={chosen.length === 0 ? 'true' : undefined}>
        {words.all}
      </a>
      {chosen.map(({ kind, name, without }) =>
        kind === 'platform' || kind === 'reposts' ? null : (
          <a key={`${kind} ${name}`} className="chip drop" href={hrefFor(without)} aria-current="true" title={words.drop(name)}>
            <bdi>{name}</bdi>
          </a>
        ),
      )}
      {connectors.map(({ id, name }) => {
        const on = platforms.includes(id)
        return (
          <a
            key={id}
            className={every || on ? 'chip' : 'chip off'}
            data-platform={id}
            href={hrefFor({ ...filter, platforms: toggled(platforms, id) })}
            aria-current={on ? 'true' : undefined}
            title={every ? words.showOnly(name) : on ? words.leaveOut(name) : words.showToo(name)}
          >
            {name}
            <small data-unread={id} />
          </a>
        )
      })}
      <span className="reposts">
        {words.reposts}
        {([null, 'none', 'only'] as const).map((one) => (
          <a key={one} href={hrefFor({ ...filter, reposts: one })} aria-current={one === reposts ? 'true' : undefined}>
            {one === null ? words.repostsAll : one === 'none' ? words.repostsNone : words.repostsOnly}
          </a>
        ))}
      </span>
    </nav>
  )
}
