const KEY = 'backplane:focus'

/**
 * Gives the focus of a keyboard its place back after what loads the page anew: a filter that was pressed, the post that
 * was starred, what a form has to say. Who uses a mouse is not led anywhere.
 */
export function keepFocus(root: Document): void {
  root.addEventListener('click', ({ target, detail }) => {
    const link = target instanceof Element ? target.closest<HTMLAnchorElement>('.filters a') : null
    // A key that presses a link counts no clicks.
    if (link && detail === 0) sessionStorage.setItem(KEY, nameOf(link))
  })
  // A browser leaves what it shows a little of where it is, in a row that scrolls sideways.
  root.querySelector('.filters')?.addEventListener('focusin', ({ target }) => {
    if (target instanceof Element) target.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' })
  })
  for (const skip of root.querySelectorAll<HTMLAnchorElement>('.skips a')) {
    skip.addEventListener('click', () => {
      const target = root.getElementById(skip.hash.slice(1))
      if (!target) return
      target.tabIndex = -1
      target.addEventListener('blur', () => target.removeAttribute('tabindex'), { once: true })
    })
  }
  const kept = sessionStorage.getItem(KEY)
  sessionStorage.removeItem(KEY)
  if (root.activeElement !== root.body && root.activeElement !== null) return
  const filter = kept ? [...root.querySelectorAll<HTMLAnchorElement>('.filters a')].find((link) => nameOf(link) === kept) : null
  const told = root.querySelector<HTMLElement>('main > :is(.done, .problem)')
  const named = /^#(l|post-)\d+$/.test(location.hash) ? root.getElementById(location.hash.slice(1)) : null
  const target = filter ?? told ?? named?.closest<HTMLElement>('.muted-item') ?? named
  if (target && target !== filter) target.tabIndex = -1
  target?.focus({ preventScroll: true })
}

function nameOf({ dataset, firstChild }: HTMLElement): string {
  return dataset.platform ?? firstChild?.textContent ?? ''
}
