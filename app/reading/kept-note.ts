import { offlineStrings as words } from '../strings/offline.ts'
import { clockOf } from './clock-of.ts'

const MARK = 'data-kept'

/** The page with a word above it that says since when it is what it is. */
export function withKeptNote(html: string, at: Date): string {
  // An element that no page of ours begins with, so that React passes it by.
  const note = `<output class="banner" ${MARK}="${at.getTime()}">${words.offline(words.at(clockOf(at)))}</output>`
  return html.replace(/<body[^>]*>/, (body) => body + note)
}

/** On a page that was kept: says the day, where it was another one, and whose silence it is. */
export function tellKept(root: Document): void {
  const note = root.querySelector<HTMLElement>(`[${MARK}]`)
  if (!note) return
  const at = new Date(Number(note.dataset.kept))
  const day = (date: Date) =>
    date.toLocaleDateString('en-GB', { weekday: 'long', day: 'numeric', month: 'long', timeZone: root.documentElement.dataset.zone })
  const when = day(at) === day(new Date()) ? words.at(clockOf(at)) : words.onDay(day(at), clockOf(at))
  note.textContent = navigator.onLine ? words.unreachable(when) : words.offline(when)
}
