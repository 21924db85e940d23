import type { ReactNode } from 'react'
import type { Mute } from '#lib/preferences'
import { endOf } from './mute-list.tsx'
import { preferencesStrings } from './strings/preferences.ts'

const strings = preferencesStrings.mutes

/** In the place of what is muted: a line that says why, and opens it. */
export function MutedEntry({ mute, zone, now, children }: { mute: Mute; zone: string; now: Date; children: ReactNode }) {
  return (
    <details className="muted">
      <summary dir="auto">{strings.muted(mute, endOf(mute, zone, now))}</summary>
      {children}
      <p className="muted-why">
        <a href="/settings#mutes">{strings.change}</a>
      </p>
    </details>
  )
}

/** How many entries of the page are not shown, and the way to see them. `href` is the same page with them. */
export function HiddenLine({ hidden, href }: { hidden: number; href: string }) {
  if (hidden === 0) return null
  return (
    <p className="end hidden-by-mutes">
      {strings.hidden(hidden)} <a href={href}>{strings.showHidden}</a>
    </p>
  )
}

/** The same page with what mutes hide. */
export function withMutesOff(href: string): string {
  return `${href}${href.includes('?') ? '&' : '?'}mutes=off`
}
