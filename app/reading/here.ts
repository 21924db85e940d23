import { comparePlaces } from '#lib/reading/place'
import type { ReaderState } from '#lib/reading/reader-state'
import { placeStrings as say } from '../strings/place.ts'
import { agoInWords } from './ago.ts'
import { announce } from './announce.ts'
import { addressWith } from './fetch-list.ts'
import { layOutAll } from './lay-out.ts'
import type { Pages } from './pages.ts'
import { headHeight, scrollQuietly } from './quiet-scroll.ts'
import { showsCounts } from './shows-counts.ts'
import { entriesOf, isNewest, shownOf, type View } from './view.ts'

/** The line "You were here", and the way to it. */
export type Here = {
  /** Draws the line where the last visit ended: call it after each change of the list or of the state. */
  draw(state: ReaderState): void
  /** Goes to the line, also where it is pages away. Resolves to whether there is one. */
  go(): Promise<boolean>
}

/** The line takes no room, so that nothing moves when it is drawn: it stands in the space between two entries. */
export function youWereHere(view: View, pages: Pages): Here {
  const line = document.createElement('p')
  line.className = 'here'
  line.id = 'here'
  // A feed holds articles and nothing else.
  line.setAttribute('role', 'none')
  line.append(document.createElement('span'))
  const link = document.createElement('a')
  link.className = 'to-here'
  link.title = `${say.goThere} (g)`
  link.textContent = say.whereYouWere
  let last: ReaderState['lastVisit'] = null

  const here: Here = {
    draw: ({ lastVisit }) => {
      last = lastVisit
      line.remove()
      link.remove()
      if (!lastVisit) return
      const entries = entriesOf(view)
      const isBeyond = (entry: HTMLElement) => comparePlaces(shownOf(entry).place, lastVisit.place) > 0
      const at = entries.findIndex((entry) => isBeyond(entry) === view.oldestFirst)
      const entry = entries[at]
      // Above the first entry only if nothing stands between the two that is not here.
      const begins = isNewest(view) && !view.oldestFirst
      if (entry && (at > 0 || begins || shownOf(entry).place === lastVisit.place)) {
        const posts = entries.slice(0, at).reduce((sum, one) => sum + shownOf(one).count, 0)
        const words = [say.youWereHere(agoInWords(lastVisit.at, Date.now()))]
        if (begins && showsCounts()) words.push(say.newerCount(posts, false))
        line.classList.toggle('first', entry.previousElementSibling === null)
        if (line.firstElementChild) line.firstElementChild.textContent = words.join(' · ')
        entry.before(line)
      }
      if (line.isConnected && at === 0) return
      link.href = line.isConnected ? '#here' : addressWith({ at: lastVisit.place })
      view.list.querySelector(':scope > section:not(.late) > h2')?.append(link)
    },
    go: async () => {
      if (!last) return false
      if (!line.isConnected && !(await pages.openAt(last.place))) return false
      const target = line.nextElementSibling ?? entriesOf(view)[0]
      if (!(target instanceof HTMLElement)) return false
      layOutAll(view.list)
      const top = target.getBoundingClientRect().top - headHeight() - 48
      scrollQuietly(() => scrollBy({ top, behavior: 'instant' }))
      target.tabIndex = -1
      target.focus({ preventScroll: true })
      announce(line.textContent || say.youWereHere(agoInWords(last.at, Date.now())))
      return true
    },
  }
  link.addEventListener('click', (event) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    void here.go()
  })
  return here
}
