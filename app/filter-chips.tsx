import { connectors } from '#connectors/registry'
import type { WholeFilter } from '#lib/reading/filter-address'
import { hrefFor, toggled } from './address.ts'
import { chosen as chosenBy } from './chosen.ts'
import type { Chosen } from './filter-names.ts'
import { filterStrings as words } from './strings/filters.ts'
import { preferencesStrings } from './strings/preferences.ts'

type Props = {
  filter: WholeFilter
  starred: boolean
  chosen: Chosen[]
  /** Platforms of which there is a source: one that nothing is read from has a chip only where somebody brought something. */
  present: string[]
}

/**
 * Chips that say what is shown, what the reader starred first and the views that they saved last: each leads to the page with its platform, or whatever else is chosen, added or left out. How
 * much is unread is filled in by a script.
 */
export function FilterChips({ filter, starred, chosen, present }: Props) {
  const { platforms, reposts } = filter
  const every = platforms.length === 0
  const { stars, views } = chosenBy()
  const here = hrefFor({ ...filter, starred })
  return (
    <nav className="filters" aria-label={words.label}>
      {(starred || stars.length > 0) && (
        <a
          className="chip starred"
          href={hrefFor({ ...filter, starred: !starred })}
          aria-current={starred ? 'true' : undefined}
          title={preferencesStrings.stars.chipDoes}
        >
          {preferencesStrings.stars.chip}
        </a>
      )}
      <a className="chip all" href="/" aria-current={here === '/' ? 'true' : undefined}>
        {words.all}
      </a>
      {chosen.map(({ kind, name, without }) =>
        kind === 'platform' || kind === 'reposts' ? null : (
          <a
            key={`${kind} ${name}`}
            className="chip drop"
            href={hrefFor({ ...without, starred })}
            aria-current="true"
            title={words.drop(name)}
          >
            <bdi>{name}</bdi>
          </a>
        ),
      )}
      {connectors.map(({ id, name, switched }) => {
        const on = platforms.includes(id)
        if (switched && !on && !present.includes(id)) return null
        return (
          <a
            key={id}
            className={every || on ? 'chip' : 'chip off'}
            data-platform={id}
            href={hrefFor({ ...filter, starred, platforms: toggled(platforms, id) })}
            aria-current={on ? 'true' : undefined}
            title={every ? words.showOnly(name) : on ? words.leaveOut(name) : words.showToo(name)}
          >
            {name}
            <small data-unread={id} />
          </a>
        )
      })}
      {views.map(({ name, address }) => (
        <a key={name} className="chip view" href={`/${address}`} aria-current={here === `/${address}` ? 'true' : undefined} dir="auto">
          {name}
        </a>
      ))}
      {here !== '/' && !views.some(({ address }) => here === `/${address}`) && (
        <a className="save-view" href={`/settings?view=${encodeURIComponent(here.slice(1))}#views`}>
          {preferencesStrings.views.save}
        </a>
      )}
      <span className="reposts">
        {words.reposts}
        {([null, 'none', 'only'] as const).map((one) => (
          <a key={one} href={hrefFor({ ...filter, starred, reposts: one })} aria-current={one === reposts ? 'true' : undefined}>
            {one === null ? words.repostsAll : one === 'none' ? words.repostsNone : words.repostsOnly}
          </a>
        ))}
      </span>
    </nav>
  )
}
