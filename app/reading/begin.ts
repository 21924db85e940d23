import { chooseItem } from './choose.ts'
import { offerCopies } from './copy-code.ts'
import { keepFocus } from './keep-focus.ts'
import { keepOffline } from './keep-offline.ts'
import { tellKept } from './kept-note.ts'
import { offerKeys } from './keys.ts'
import { layOutLater } from './lay-out.ts'
import { followLive } from './live.ts'
import { playFilms } from './play-film.ts'
import { offerMenus } from './post-menu.ts'
import { showChosen } from './show-chosen.ts'
import { showLine } from './show-line.ts'
import { readTimeline } from './timeline.ts'
import { tellZone } from './zone.ts'

/** What is fetched when it is first used. Whoever begins reading knows where it is, so that the scripts of reading are one file. */
export type WhenUsed = { searches: () => Promise<typeof import('./search-suggestions.ts')>; films: () => Promise<typeof import('hls.js')> }

/** What suggests searches: most visits search for nothing. */
function suggestOnceUsed(root: Document, { searches }: WhenUsed): void {
  const field = root.querySelector<HTMLInputElement>('#search')
  const begin = () => void searches().then(({ suggestSearches }) => suggestSearches(root))
  // Somebody may be in it before a script is there.
  if (field && root.activeElement === field) begin()
  else field?.addEventListener('focus', begin, { once: true })
}

/** Everything that a script adds to a page, in no particular order: each works on what is there, and without the others. */
const parts: ((root: Document, whenUsed: WhenUsed) => void)[] = [
  offerCopies,
  (root, { films }) => playFilms(root, films),
  (root) => offerMenus(root, [chooseItem]),
  showLine,
  showChosen,
  followLive,
  tellZone,
  readTimeline,
  suggestOnceUsed,
  tellKept,
  keepOffline,
  offerKeys,
  keepFocus,
  layOutLater,
]

let begun = false

/** Once a page. What fails is missing, and takes nothing else along. */
export function beginReading(root: Document, whenUsed: WhenUsed): void {
  if (begun) return
  begun = true
  for (const part of parts) {
    try {
      part(root, whenUsed)
    } catch (error) {
      reportError(error)
    }
  }
}
