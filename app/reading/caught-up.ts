import { comparePlaces } from '#lib/reading/place'
import { catchUp, isRead, noteTalk, type ReaderState } from '#lib/reading/reader-state'
import { placeStrings as say } from '../strings/place.ts'
import { announce } from './announce.ts'
import { fetchList } from './fetch-list.ts'
import { lateOf } from './late.ts'
import { layOutAll } from './lay-out.ts'
import type { Pages } from './pages.ts'
import { scrollQuietly } from './quiet-scroll.ts'
import { withFresh } from './read-marks.ts'
import type { ReaderStore } from './reader-store.ts'
import { fillReceipt } from './receipt.ts'
import { showsCounts } from './shows-counts.ts'
import type { Grown, Unread } from './unread.ts'
import { endsOf, entriesOf, holdsWhole, isNewest, type Shown, shownOf, type View } from './view.ts'

// Over 150 lines: one card, and when it stands where. What it lists is `receipt.ts`.

/** The card at the end of reading. */
export type End = {
  /** Puts the card where what is unread ends: call it after each change of the list, and each answer to what is unread. */
  place(state: ReaderState): void
  /** What stands in the card is true again: call it after something was read. */
  tell(state: ReaderState): void
}

/** What the card says of when sources were checked is renewed where the page is older. */
const FRESH_MS = 2 * 60_000

/**
 * The card stands where everything below has been read, or where nothing more is kept. Nothing follows it until older
 * posts are asked for. Where it would come into sight while the page is drawn it stands at the foot instead: nothing
 * that is in sight moves. It says that the reader is caught up only where that is so.
 */
export function endOfReading(view: View, store: ReaderStore, unread: Unread, pages: Pages): End {
  const card = view.list.querySelector<HTMLElement>('.caught-up')
  if (!card || view.holds === 'part') return { place: () => {}, tell: () => {} }
  const title = card.querySelector<HTMLElement>('h2')
  const [toUnread, markAll] = card.querySelectorAll<HTMLElement>('button')
  let asked = false
  let reached = false
  let caught = ''
  let renewedAt = view.madeAt

  const WITHHELD = ':scope > section[hidden]:not(.caught-up), :scope > section > .rail > [hidden]'
  const withhold = (below: HTMLElement[]) => {
    for (const element of below) element.hidden = true
  }
  const followers = (): HTMLElement[] => {
    const section = card.closest<HTMLElement>('#posts > section:not(.caught-up)')
    const within = section ? siblingsAfter(card) : []
    return [...within, ...siblingsAfter(section ?? card).filter(({ dataset }) => !dataset.edge)]
  }
  const showAll = () => {
    for (const element of view.list.querySelectorAll<HTMLElement>(WITHHELD)) if (element !== card) element.hidden = false
  }

  const openOlder = () => {
    asked = true
    showAll()
    pages.goOn(true)
  }

  const place = (state: ReaderState) => {
    const told = unread.ofView()
    const edge = view.list.querySelector<HTMLElement>(':scope > [data-edge=below]')
    if (!told || !edge || asked) return
    const entries = entriesOf(view)
    const isEnd = !edge.querySelector('a[rel=next]')
    const first = state.lastVisit === null || view.oldestFirst
    const at = told.more || first ? -1 : entries.findIndex((entry) => isBelow(entry, told.oldest))
    const entry = entries[at]
    // Who is further down asked for older posts before.
    if (at === 0 && !isNewest(view)) asked = true
    if (asked || (!card.hidden && !isEnd)) return
    if (entry && at > 0 && entry.getBoundingClientRect().top > innerHeight) {
      entry.before(card)
      withhold(followers())
    } else if (isEnd || at >= 0) edge.before(card)
    else return
    card.hidden = false
    pages.goOn(false)
    sight.observe(card)
    void tell(state)
  }

  const tell = async (state: ReaderState) => {
    const told = unread.ofView()
    if (card.hidden || !told) return
    const late = lateOf(view, state).length
    const left = told.count + late > 0 || told.more
    // What counts all as read goes away once all is read.
    if (!left && card.contains(document.activeElement)) {
      card.tabIndex = -1
      card.focus({ preventScroll: true })
    }
    card.classList.toggle('not-yet', left)
    if (!title) return
    fillReceipt(card, state, view)
    if (left) {
      const count = `${told.count + late}${told.more ? '+' : ''}`
      const { on } = card.dataset
      title.textContent = !showsCounts() ? say.someNotYet(on) : on ? say.notYetOn(on, count) : say.notYet(count)
      caught = ''
      return
    }
    if (!reached || caught) return
    const time = new Intl.DateTimeFormat('en-GB', { ...clockOf(card), timeZone: card.dataset.zone }).format(new Date())
    caught = card.dataset.on ? say.caughtUpOn(card.dataset.on, time) : say.caughtUp(time)
    title.textContent = caught
    announce(caught)
    const top = isNewest(view) ? endsOf(view)?.newest : null
    if (top) await store.change((kept) => catchUp(kept, top, view.holds === 'all' ? null : sourcesOn(view)))
    if (Date.now() - renewedAt > FRESH_MS) await renew()
  }

  const renew = async () => {
    const fetched = await fetchList(location.href)
    const fresh = fetched?.querySelector('.caught-up table')
    if (!fresh) return
    renewedAt = Date.now()
    card.querySelector('table')?.replaceWith(fresh)
    fillReceipt(card, await store.load(), view)
  }

  const sight = new IntersectionObserver((changes) => {
    reached = changes.at(-1)?.isIntersecting ?? false
    if (reached) void store.load().then(tell)
  })

  const goToUnread = async () => {
    const state = await store.load()
    const grown = new Map(unread.grown().map((one) => [one.entry, one]))
    const entry = entriesOf(view).find((one) => !isRead(state, shownOf(one)) || grown.has(one.dataset.entry ?? ''))
    const [further] = entry || unread.ofView()?.count !== sum(grown) ? [] : grown.values()
    if (further) return location.assign(`/p/${further.entry}#l${further.first}`)
    if (entry?.checkVisibility() === false) openOlder()
    layOutAll(view.list)
    if (entry) scrollQuietly(() => entry.scrollIntoView({ block: 'start', behavior: 'instant' }))
    else if (!(await pages.prepend())) scrollQuietly(() => scrollTo({ top: 0, behavior: 'instant' }))
    const target = entry ?? view.list.querySelector<HTMLElement>('.late-row')
    if (entry) entry.tabIndex = -1
    target?.focus({ preventScroll: true })
  }
  const countAllAsRead = async () => {
    const ends = endsOf(view)
    if (!ends) return
    const shown = entriesOf(view).map(shownOf)
    const noted = (kept: ReaderState, one: Shown) => (one.isTalk ? noteTalk(withFresh(kept, one), one.entry, one) : withFresh(kept, one))
    await store.change((kept) => catchUp(shown.reduce(noted, kept), ends.newest, view.holds === 'all' ? null : sourcesOn(view)))
    const state = await unread.ask()
    if (state) await tell(state)
  }
  toUnread?.addEventListener('click', () => void goToUnread())
  markAll?.addEventListener('click', () => void countAllAsRead())

  // Whoever asks for older posts gets them, and all that follow.
  view.list.addEventListener(
    'click',
    (event) => {
      const link = event.target instanceof Element ? event.target.closest('[data-edge=below] a[rel=next]') : null
      if (!link || card.hidden || asked || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return
      const withheld = view.list.querySelector<HTMLElement>(WITHHELD)
      openOlder()
      if (withheld) {
        // The link stands far below what it showed.
        const first = withheld.matches('section') ? withheld.querySelector<HTMLElement>('.rail > *') : withheld
        if (first && link === document.activeElement) {
          first.tabIndex = -1
          first.focus({ preventScroll: true })
        }
        event.preventDefault()
        event.stopImmediatePropagation()
      }
    },
    true,
  )
  return { place, tell: (state) => void tell(state) }
}

function sum(grown: Map<string, Grown>): number {
  return grown.values().reduce((lines, { unread }) => lines + unread, 0)
}

function isBelow(entry: HTMLElement, oldest: string | null): boolean {
  return oldest === null || comparePlaces(shownOf(entry).place, oldest) < 0
}

function siblingsAfter(element: Element): HTMLElement[] {
  const all: HTMLElement[] = []
  for (let next = element.nextElementSibling; next; next = next.nextElementSibling) if (next instanceof HTMLElement) all.push(next)
  return all
}

function sourcesOn(view: View): string[] {
  const whole = entriesOf(view)
    .map(shownOf)
    .filter((one) => holdsWhole(view, one))
  return [...new Set(whole.map(({ source }) => source))]
}

function clockOf(card: HTMLElement): Intl.DateTimeFormatOptions {
  return card.dataset.clock === '12'
    ? { hour: 'numeric', minute: '2-digit', hour12: true }
    : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }
}
