import type { ReactNode } from 'react'
import { SearchField } from './search-field.tsx'
import { appStrings } from './strings/app.ts'
import { frameStrings as words } from './strings/frame.ts'
import { keyStrings } from './strings/keys.ts'
import { statusStrings } from './strings/status.ts'
import { submitStrings } from './strings/submit.ts'

const sections = [
  { id: 'timeline', href: '/', name: words.timeline },
  { id: 'sources', href: '/sources', name: words.sources },
  { id: 'activity', href: '/activity', name: words.activity },
  { id: 'digest', href: '/digest', name: words.digest },
  { id: 'settings', href: '/settings', name: words.settings },
]

type Skip = { href: string; label: string }

export type Props = { here?: string; typed?: string; skips?: Skip[]; account?: ReactNode; children: ReactNode }

/**
 * The bar of every page, its content below, and what is seldom asked for at its foot. `here` names the section; `typed` stands in the field of search; `skips`
 * lead past what comes first. As it is also where a page failed, and nobody knows any more who asked.
 */
export function PlainFrame({ here, typed, skips = [], account, children }: Props) {
  return (
    <>
      <p className="skips">
        {[...skips, { href: '#content', label: words.skipToContent }].map(({ href, label }) => (
          <a key={href} href={href}>
            {label}
          </a>
        ))}
      </p>
      <header className="top">
        <div>
          <a className="brand" href="/">
            {appStrings.name}
          </a>
          <SearchField typed={typed} />
          <nav aria-label={words.sections}>
            {sections.map(({ id, href, name }) => (
              <a key={id} href={href} aria-current={id === here ? 'page' : undefined}>
                {name}
              </a>
            ))}
          </nav>
          {account}
        </div>
      </header>
      <main id="content">{children}</main>
      <footer className="foot">
        <nav aria-label={words.foot}>
          <a href="/about">{words.about}</a>
          <a href="/activity#date">{words.goToDate}</a>
          <a href="/submit">{submitStrings.title}</a>
          <a href="/status">{statusStrings.title}</a>
          <a href="/keys">{keyStrings.title}</a>
        </nav>
      </footer>
    </>
  )
}
