import type { ReaderState } from '#lib/reading/reader-state'
import { placeStrings as say } from '../strings/place.ts'
import type { View } from './view.ts'

/** How many posts of each platform were read in this visit, and the gaps that the page shows above the card. */
export function fillReceipt(card: HTMLElement, { visit }: ReaderState, view: View): void {
  for (const slot of card.querySelectorAll<HTMLElement>('[data-read]'))
    slot.textContent = say.read(visit?.read[slot.dataset.read ?? ''] ?? 0)
  const gaps = [...view.list.querySelectorAll<HTMLElement>('.rail > .gap')].filter(
    (gap) => gap.compareDocumentPosition(card) & Node.DOCUMENT_POSITION_FOLLOWING,
  )
  const list = card.querySelector<HTMLElement>('details')
  if (!list) return
  list.hidden = gaps.length === 0
  const summary = list.querySelector('summary')
  if (summary) summary.textContent = say.gapsRemain(gaps.length)
  list.querySelector('ul')?.replaceChildren(
    ...gaps.map((gap) => {
      const item = document.createElement('li')
      item.textContent = gap.textContent?.trim() ?? ''
      return item
    }),
  )
}
