/**
 * Numbers the posts of each day anew after the list changed, for who listens: their place among those of the day, and how
 * many these are, or -1 where a page's edge cuts through the day.
 */
export function numberFeeds(list: HTMLElement): void {
  const feeds = [...list.querySelectorAll<HTMLElement>(':scope > section > [role=feed]')].filter((feed) => feed.checkVisibility())
  const goesOn = (edge: 'above' | 'below') => list.querySelector(`:scope > [data-edge=${edge}] a:is([rel=prev], [rel=next])`) !== null
  const cut = [goesOn('above') && feeds[0], goesOn('below') && feeds.at(-1)]
  for (const feed of feeds) {
    const items = [...feed.querySelectorAll<HTMLElement>(':scope > [aria-posinset]')]
    const shown = items.filter(({ hidden }) => !hidden)
    const size = cut.includes(feed) || shown.length < items.length ? -1 : shown.length
    for (const [index, item] of shown.entries()) {
      tell(item, 'aria-posinset', index + 1)
      tell(item, 'aria-setsize', size)
    }
  }
}

/** Only what is new: a list may be long. */
function tell(item: HTMLElement, name: string, value: number): void {
  if (item.getAttribute(name) !== String(value)) item.setAttribute(name, String(value))
}
