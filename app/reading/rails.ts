import { firstInSight, keepInPlace } from './quiet-scroll.ts'
import { entriesOf } from './view.ts'

/** Where the list leads on: to what stands above it, or below. */
export function edgeOf(list: HTMLElement, edge: 'above' | 'below'): HTMLElement | null {
  return list.querySelector<HTMLElement>(`:scope > [data-edge=${edge}]`)
}

/** The rail of the same day where the page's edge cut through it, else one of a new day. */
export function railFor(list: HTMLElement, section: HTMLElement, where: 'above' | 'below'): { rail: Element; merged: HTMLElement | null } {
  const days = [...list.querySelectorAll<HTMLElement>(':scope > section:not(.late):not(.caught-up)')]
  const edge = where === 'above' ? days[0] : days.at(-1)
  const rail = edge?.querySelector(':scope > .rail')
  if (edge && rail && edge.getAttribute('aria-labelledby') === section.getAttribute('aria-labelledby')) return { rail, merged: edge }
  const fresh = section.cloneNode(true)
  if (!(fresh instanceof HTMLElement)) throw new TypeError('a section is an element')
  const own = fresh.querySelector(':scope > .rail')
  own?.replaceChildren()
  if (edge && where === 'above') keepInPlace(firstInSight(entriesOf({ list })), () => edge.before(fresh))
  else if (edge) edge.after(fresh)
  else edgeOf(list, 'below')?.before(fresh)
  return { rail: own ?? fresh, merged: null }
}

/** The heading of a day tells its number as the newer page does. */
export function retell(day: HTMLElement, newer: HTMLElement): void {
  const [old, fresh] = [day.querySelector('h2 small'), newer.querySelector('h2 small')]
  if (old && fresh) old.textContent = fresh.textContent
}
