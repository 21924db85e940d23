import { connectors } from '#connectors/registry'
import { hrefFor, toggled } from './address.ts'

/** Chips that say which platforms are shown. Each leads to the page with its platform added or left out. */
export function PlatformFilter({ platforms }: { platforms: string[] }) {
  const all = platforms.length === 0
  return (
    <nav className="filters" aria-label="Platforms">
      <a className="chip all" href={hrefFor({})} aria-current={all ? 'true' : undefined}>
        All
      </a>
      {connectors.map(({ id, name }) => {
        const chosen = platforms.includes(id)
        const does = all ? `Show only ${name}` : chosen ? `Leave out ${name}` : `Show ${name} too`
        return (
          <a
            key={id}
            className={all || chosen ? 'chip' : 'chip off'}
            data-platform={id}
            href={hrefFor({ platforms: toggled(platforms, id) })}
            aria-current={chosen ? 'true' : undefined}
            title={does}
          >
            {name}
          </a>
        )
      })}
    </nav>
  )
}
