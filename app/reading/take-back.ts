import { liveStrings as say } from '../strings/live.ts'

/** Blanks a post that may be shown no more, wherever it stands on the page. What stands around it does not move. */
export function takeBack(id: number): void {
  const element = document.getElementById(`l${id}`)
  if (!element) return
  const removed = document.createElement('p')
  removed.className = 'removed'
  removed.textContent = say.removed
  const { height } = element.getBoundingClientRect()
  if (element.tagName === 'ARTICLE') blank(element, removed)
  else element.replaceChildren(removed)
  // They were needed to start the page, and repeat what it says.
  for (const script of document.querySelectorAll('body script:not([src])')) script.remove()
  element.style.minHeight = `${height}px`
}

/** What others answered, and copies, stay: they are posts of their own. */
function blank(article: HTMLElement, removed: HTMLElement): void {
  const time = article.querySelector('.when time')
  const said = document.createElement('div')
  said.className = 'said'
  said.append(removed, ...article.querySelectorAll('.thread, .copies'))
  const when = document.createElement('span')
  when.className = 'when'
  when.append(...(time ? [time] : []))
  const held = article.contains(document.activeElement)
  article.replaceChildren(said, when)
  // What named and described it is gone.
  for (const name of ['aria-labelledby', 'aria-describedby']) article.removeAttribute(name)
  if (held) article.tabIndex = -1
  if (held) article.focus({ preventScroll: true })
}
