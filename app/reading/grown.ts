import { liveStrings as say } from '../strings/live.ts'
import { fetchDocument } from './newer-pages.ts'
import { showsCounts } from './shows-counts.ts'

/** Says in the foot of a conversation how much was said since; pressing it shows that. `done` hears when it is shown. */
export function offerGrowth(article: HTMLElement, title: string, ids: number[], done: () => void): void {
  const foot = article.querySelector('footer')
  const button = foot?.querySelector<HTMLButtonElement>('.grown') ?? document.createElement('button')
  button.type = 'button'
  button.className = 'grown'
  button.textContent = showsCounts() ? say.grown(ids.length) : say.someGrown
  button.setAttribute('aria-label', `${button.textContent}: ${say.unfold(ids.length, title)}`)
  button.onclick = () => {
    const page = `/p/${article.dataset.entry}`
    unfold(article, page, ids).then(
      () => {
        button.remove()
        done()
      },
      // Its own page says what is wrong.
      () => window.location.assign(page),
    )
  }
  foot?.querySelector('.since-read')?.remove()
  if (!button.isConnected) foot?.prepend(button)
}

/** Appends the new lines below those that are there: nothing above them moves. */
async function unfold(article: HTMLElement, page: string, ids: number[]): Promise<void> {
  const whole = (await fetchDocument(page)).querySelector<HTMLElement>(`[data-entry="${article.dataset.entry}"]`)
  if (!whole) throw new Error(`${page} does not show it`)
  const wanted = new Set(ids.map((id) => `l${id}`))
  // In the order in which they were said, which is the page's.
  const lines = [...whole.querySelectorAll('[id]')].filter(({ id }) => wanted.has(id) && !document.getElementById(id))
  const [first] = lines
  for (const line of lines) listFor(line, article)?.append(document.adoptNode(line))
  for (const mark of ['count', 'seen']) article.dataset[mark] = whole.dataset[mark]
  const [facts, known] = [whole.querySelector(':scope > .handle'), article.querySelector(':scope > .handle')]
  if (facts && known) known.textContent = facts.textContent
  if (first instanceof HTMLElement) {
    first.tabIndex = -1
    first.focus({ preventScroll: true })
  }
}

/** Where lines of its kind stand last. */
function listFor(line: Element, article: HTMLElement): Element | null {
  const [kind, own] = line.matches('li') ? ['.chat', 'ol'] : ['.thread', null]
  let block = article.querySelector(kind)
  if (!block) {
    block = document.createElement('div')
    block.className = kind.slice(1)
    article.querySelector('.said')?.append(block)
  }
  if (!own) return block
  const last = block.lastElementChild
  if (last?.matches(own)) return last
  const list = document.createElement(own)
  block.append(list)
  return list
}
