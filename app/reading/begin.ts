import { inSteps, nextTask } from './at-once.ts'
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

/** Everything that a script adds to a page: each works on what is there, and without the others. The timeline comes last: who sees that it is read finds all the rest. */
const parts: ((root: Document, whenUsed: WhenUsed) => void)[] = [
  offerCopies,
  (root, { films }) => playFilms(root, films),
  (root) => offerMenus(root, [chooseItem]),
  showLine,
  showChosen,
  followLive,
  tellZone,
  suggestOnceUsed,
  tellKept,
  keepOffline,
  offerKeys,
  keepFocus,
  layOutLater,
  readTimeline,
]

let begun = false

/** Once a page, and not all at a stretch. What fails is missing, and takes nothing else along. */
export async function beginReading(root: Document, whenUsed: WhenUsed): Promise<void> {
  if (begun) return
  begun = true
  // To read the scripts was a task of its own length.
  await nextTask()
  await inSteps(
    parts,
    (part) => {
      try {
        part(root, whenUsed)
      } catch (error) {
        reportError(error)
      }
    },
    nextTask,
  )
}
