import { postStrings as words } from '../strings/post.ts'

/** Makes what the menu offers for a post besides what it always offers; null where it has nothing to offer. */
export type MenuItem = (post: { article: HTMLElement; id: string; close(): void }) => HTMLElement | null

/**
 * The menu of a post: one popover for the whole page, filled when it is asked for from what the page already says. Its
 * links work without it, so where the browser has no popovers nothing is lost.
 */
export function offerMenus(root: Document, more: MenuItem[] = []): void {
  if (!('showPopover' in HTMLElement.prototype)) return
  const menu = root.createElement('div')
  menu.id = 'post-menu'
  menu.className = 'post-menu'
  menu.popover = 'auto'
  let opener: HTMLAnchorElement | null = null
  let openedAt = 0
  root.addEventListener('click', (event) => {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a.more[data-menu]') : null
    const article = link?.closest<HTMLElement>('article')
    if (!link || !article) return
    event.preventDefault()
    if (opener === link && menu.matches(':popover-open')) return menu.hidePopover()
    opener = link
    menu.replaceChildren(...itemsOf(article, link, more, () => menu.hidePopover()))
    // Beside the link in the document, so that it is the next thing by keyboard.
    link.after(menu)
    menu.showPopover()
    place(menu, link)
    menu.querySelector<HTMLElement>('a, button')?.focus({ preventScroll: true })
    openedAt = link.getBoundingClientRect().top
  })
  // What is scrolled away leaves its menu behind. The word of a scroll that brought it into sight may come after it was opened.
  const followScroll = () => {
    if (!menu.isConnected || !menu.matches(':popover-open')) return
    if (Math.abs((opener?.getBoundingClientRect().top ?? 0) - openedAt) > 1) menu.hidePopover()
  }
  root.addEventListener('scroll', followScroll, { passive: true })
  menu.addEventListener('toggle', (event) => {
    link()?.setAttribute('aria-expanded', String('newState' in event && event.newState === 'open'))
  })
  const link = () => opener
}

function itemsOf(article: HTMLElement, link: HTMLAnchorElement, more: MenuItem[], close: () => void): HTMLElement[] {
  const page = document.createElement('a')
  page.href = link.href
  page.textContent = words.openPage
  const copy = document.createElement('button')
  copy.type = 'button'
  copy.textContent = words.copyLink
  copy.addEventListener('click', async () => {
    await navigator.clipboard.writeText(link.href)
    copy.textContent = words.copied
  })
  const known = article.querySelector<HTMLElement>('.when')?.dataset.tip
  const provenance = document.createElement('p')
  provenance.textContent = known ?? ''
  const report = document.createElement('a')
  report.href = `/report?post=${link.dataset.menu}`
  report.textContent = words.report
  const offered = more.flatMap((make) => make({ article, id: link.dataset.menu ?? '', close }) ?? [])
  return known ? [page, copy, ...offered, report, provenance] : [page, copy, ...offered, report]
}

/** Under the link, or over it where there is no room. */
function place(menu: HTMLElement, link: HTMLElement): void {
  const [at, size] = [link.getBoundingClientRect(), menu.getBoundingClientRect()]
  const below = at.bottom + 4 + size.height < innerHeight
  menu.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - 4 - size.height)}px`
  menu.style.left = `${Math.max(8, Math.min(at.right - size.width, innerWidth - size.width - 8))}px`
}
