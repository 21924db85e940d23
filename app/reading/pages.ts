import type { PlaceText } from '#lib/reading/place'
import { placeStrings as say } from '../strings/place.ts'
import { announce } from './announce.ts'
import { inSteps, nextFrame } from './at-once.ts'
import { addressWith, fetchList } from './fetch-list.ts'
import { firstInSight, keepInPlace } from './quiet-scroll.ts'
import { edgeOf, railFor, retell } from './rails.ts'
import { entriesOf, type View } from './view.ts'

/** More pages of the timeline in this one. */
export type Pages = {
  /** Adds what follows in reading order; resolves to whether there was more. */
  append(): Promise<boolean>
  /** Adds what comes before in reading order, and moves nothing that is in sight. */
  prepend(): Promise<boolean>
  /** Shows the page around a place instead of what is here; the address stays. */
  openAt(place: PlaceText): Promise<boolean>
  /** Whether more is added by itself as one nears the foot. */
  goOn(on: boolean): void
}

/** So far before the foot the next page is fetched. */
const AHEAD_PX = 1600

/** `onChange` is told after each change of the list. */
export function morePages(view: View, onChange: () => void): Pages {
  const { list } = view
  let going = true
  let busy: Promise<unknown> = Promise.resolve()
  /** One change after the other: each continues what the one before left. */
  const inTurn = <T>(step: () => Promise<T>): Promise<T> => {
    const turn = busy.then(step, step)
    busy = turn.catch(() => {})
    return turn
  }

  const foot = new IntersectionObserver(
    (changes) => {
      if (going && changes.some(({ isIntersecting }) => isIntersecting)) void pages.append()
    },
    { rootMargin: `0px 0px ${AHEAD_PX}px` },
  )
  const watchFoot = () => {
    foot.disconnect()
    const edge = edgeOf(list, 'below')
    if (edge?.querySelector('a[rel=next]')) foot.observe(edge)
  }

  const add = async (fetched: HTMLElement, where: 'above' | 'below'): Promise<number> => {
    const known = new Set(entriesOf(view).map(({ dataset }) => dataset.entry))
    const sections = [...fetched.querySelectorAll<HTMLElement>(':scope > section:has(> .rail)')]
    let added = 0
    let nearest: HTMLElement | undefined
    for (const section of where === 'above' ? sections.toReversed() : sections) {
      const rows = [...section.querySelectorAll<HTMLElement>(':scope > .rail > *')].filter(({ dataset }) => !known.has(dataset.entry ?? ''))
      const { rail, merged } = railFor(list, section, where)
      const inOrder = where === 'above' ? rows.toReversed() : rows
      nearest ??= inOrder[0]
      await inSteps(inOrder, (row) => {
        if (where === 'above') keepInPlace(firstInSight(entriesOf(view)), () => rail.prepend(row))
        else rail.append(row)
        // Measured here, so that the time that it takes counts.
        void row.offsetHeight
        added += Number(row.dataset.count ?? 0)
      })
      await nextFrame()
      if (merged && where === 'above') retell(merged, section)
    }
    const edge = edgeOf(fetched, where)
    const old = edgeOf(list, where)
    const pressed = old?.contains(document.activeElement) ? document.activeElement : null
    const byKey = pressed?.matches(':focus-visible')
    const renew = () => {
      if (old && edge) old.replaceWith(edge)
      else if (old) old.remove()
    }
    if (where === 'above') keepInPlace(firstInSight(entriesOf(view)), renew)
    else renew()
    // The link that was pressed is gone: what it brought has the focus now, which leads nobody astray who used a mouse.
    const target = pressed && !pressed.isConnected && (nearest ?? list)
    if (target) target.tabIndex = -1
    if (target) target.focus({ preventScroll: !byKey })
    if (where === (view.oldestFirst ? 'below' : 'above') && fetched.dataset.newest !== undefined) list.dataset.newest = ''
    list.dataset.muted = [list.dataset.muted, fetched.dataset.muted].filter(Boolean).join(' ')
    watchFoot()
    onChange()
    return added
  }

  const follow = (where: 'above' | 'below') =>
    inTurn(async () => {
      const link = edgeOf(list, where)?.querySelector<HTMLAnchorElement>(where === 'above' ? 'a[rel=prev]' : 'a[rel=next]')
      if (!link) return false
      const feeds = list.querySelectorAll('[role=feed]')
      const feed = where === 'above' ? feeds[0] : feeds[feeds.length - 1]
      feed?.setAttribute('aria-busy', 'true')
      try {
        const fetched = await fetchList(link.href)
        if (!fetched) return false
        const added = await add(fetched, where)
        announce(say.added(added, (where === 'below') === view.oldestFirst ? 'newer' : 'older'))
        return true
      } finally {
        feed?.removeAttribute('aria-busy')
      }
    })

  const pages: Pages = {
    append: () => follow('below'),
    prepend: () => follow('above'),
    openAt: (place) =>
      inTurn(async () => {
        const fetched = await fetchList(addressWith({ at: place, ...(view.oldestFirst && { order: 'oldest' }) }))
        if (!fetched || entriesOf({ list: fetched }).length === 0) return false
        const end = list.querySelector<HTMLElement>('.caught-up')
        if (end) end.hidden = true
        if (end) list.append(end)
        going = true
        for (const child of [...list.children]) if (child.id !== 'notes' && child !== end) child.remove()
        list.append(...[...fetched.children].filter(({ id, classList }) => id !== 'notes' && !classList.contains('caught-up')))
        if (fetched.dataset.newest === undefined) delete list.dataset.newest
        else list.dataset.newest = ''
        watchFoot()
        onChange()
        return true
      }),
    goOn: (on) => {
      going = on
      // Watched anew, it tells where it stands.
      if (on) watchFoot()
    },
  }

  list.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[rel=prev], a[rel=next]') : null
    if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    const done = link.rel === 'prev' ? pages.prepend() : pages.append()
    void done.then((found) => {
      // As without script; where the page had gone on by itself meanwhile, the link is gone with what it led to.
      if (!found && link.isConnected) location.assign(link.href)
    })
  })
  watchFoot()
  return pages
}
