import type { ReactNode } from 'react'
import { SearchField } from './search-field.tsx'

const sections = [
  { id: 'timeline', href: '/', name: 'Timeline' },
  { id: 'sources', href: '/sources', name: 'Sources' },
  { id: 'activity', href: '/activity', name: 'Activity' },
  { id: 'settings', href: '/settings', name: 'Settings' },
]

type Skip = { href: string; label: string }

type Props = { here?: string; typed?: string; skips?: Skip[]; children: ReactNode }

/**
 * The bar of every page, and its content below. `here` names the section; `typed` stands in the field of search; `skips`
 * lead past what comes first.
 */
export function Frame({ here, typed, skips = [], children }: Props) {
  return (
    <>
      <p className="skips">
        {[...skips, { href: '#content', label: 'Skip to the content' }].map(({ href, label }) => (
          <a key={href} href={href}>
            {label}
          </a>
        ))}
      </p>
      <header className="top">
        <div>
          <a className="brand" href="/">
            Backplane
          </a>
          <SearchField typed={typed} />
          <nav aria-label="Sections">
            {sections.map(({ id, href, name }) => (
              <a key={id} href={href} aria-current={id === here ? 'page' : undefined}>
                {name}
              </a>
            ))}
          </nav>
        </div>
      </header>
      <main id="content">{children}</main>
    </>
  )
}
