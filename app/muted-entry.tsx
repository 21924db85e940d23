import type { ReactNode } from 'react'
import type { Mute } from '#lib/reading/preferences'
import { type FeedPlace, feedPlace } from './feed-place.ts'
import { endOf } from './mute-list.tsx'
import { preferencesStrings } from './strings/preferences.ts'

const strings = preferencesStrings.mutes

type Props = { id: number; mute: Mute; zone: string; now: Date; at?: FeedPlace; children: ReactNode }

/** In the place of what is muted: a line that says why, and opens it. */
export function MutedEntry({ id, mute, zone, now, at, children }: Props) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: an <article> is something that somebody said; this is an item among them
    <div className="muted-item" role="article" aria-labelledby={`muted${id}`} {...feedPlace(at)}>
      <details className="muted">
        <summary id={`muted${id}`} dir="auto">
          {strings.muted(mute, endOf(mute, zone, now))}
        </summary>
        {children}
        <p className="muted-why">
          <a href="/settings#mutes">{strings.change}</a>
        </p>
      </details>
    </div>
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
