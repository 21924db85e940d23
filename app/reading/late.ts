import { comparePlaces } from '#lib/reading/place'
import { markRead, type ReaderState } from '#lib/reading/reader-state'
import { placeStrings as say } from '../strings/place.ts'
import { fetchList } from './fetch-list.ts'
import { keepInPlace } from './quiet-scroll.ts'
import type { ReaderStore } from './reader-store.ts'
import { holdsWhole, shownOf, type View } from './view.ts'

/** One address takes so many. */
const MOST = 100

/** The row that tells of posts older than the reader's position which arrived since, and unfolds them. */
export function tellLate(view: View, store: ReaderStore): (state: ReaderState) => void {
  const notes = view.list.querySelector<HTMLElement>('#notes')
  const link = document.createElement('a')
  link.className = 'late-row'
  let unfolded: HTMLElement | null = null

  const seen = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) {
        if (!isIntersecting || document.hidden || !(target instanceof HTMLElement)) continue
        seen.unobserve(target)
        void store.change((state) => markRead(state, shownOf(target)))
      }
    },
    { threshold: 0.5 },
  )

  const draw = (state: ReaderState) => {
    const late = lateOf(view, state)
    if (unfolded || late.length === 0 || !notes) return link.remove()
    link.href = `/late?entries=${late.slice(0, MOST).join(',')}`
    link.textContent = say.late(late.length)
    const verb = document.createElement('u')
    verb.textContent = say.show
    link.append(verb)
    if (!link.isConnected) notes.append(link)
  }

  link.addEventListener('click', async (event) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    const fetched = await fetchList(link.href)
    if (!fetched) return location.assign(link.href)
    const section = document.createElement('section')
    section.className = 'late'
    section.setAttribute('aria-label', say.lateHeading)
    for (const day of fetched.querySelectorAll<HTMLElement>(':scope > section')) {
      // The timeline may have the same day: ids stand once in a document.
      day.querySelector('h2')?.removeAttribute('id')
      day.removeAttribute('aria-labelledby')
      const number = day.querySelector('h2 small')
      if (number) number.textContent = say.arrivedLate
      day.querySelector('.rail')?.removeAttribute('aria-labelledby')
      for (const entry of day.querySelectorAll('[data-entry]')) if (entry.id && document.getElementById(entry.id)) unname(entry)
      section.append(day)
    }
    const found = new Set([...fetched.querySelectorAll<HTMLElement>('[data-entry]')].map(({ dataset }) => dataset.entry))
    // What was deleted meanwhile is nothing to read.
    const gone =
      new URL(link.href).searchParams
        .get('entries')
        ?.split(',')
        .filter((entry) => !found.has(entry)) ?? []
    void store.change((state) => gone.reduce(forget, state))
    unfolded = section
    link.remove()
    const top = scrollY
    keepInPlace(null, () => notes?.after(section))
    if (top === 0) scrollTo({ top: 0, behavior: 'instant' })
    for (const entry of section.querySelectorAll('[data-entry]')) seen.observe(entry)
    section.tabIndex = -1
    section.focus({ preventScroll: true })
  })
  return draw
}

/** What stands on the page already keeps its ids to itself. */
function unname(entry: Element): void {
  entry.ariaLabel = entry.querySelector('.name')?.textContent ?? null
  for (const name of ['aria-labelledby', 'aria-describedby']) entry.removeAttribute(name)
  for (const one of [entry, ...entry.querySelectorAll('[id]')]) one.removeAttribute('id')
}

function forget(state: ReaderState, entry: string): ReaderState {
  const known = state.exceptions[entry]
  return known ? markRead(state, { entry, ...known }) : state
}

/** Unread exceptions that this view would show, newest first. */
export function lateOf(view: View, { exceptions }: ReaderState): string[] {
  return Object.entries(exceptions)
    .filter(([, one]) => one.unread && holdsWhole(view, one))
    .toSorted(([, one], [, other]) => comparePlaces(other.place, one.place))
    .map(([entry]) => entry)
}
