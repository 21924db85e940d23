import type { MenuItem } from './post-menu.ts'

/**
 * Stars and mutes in the menu of a post: the same links and forms that stand on its page, of this post alone, fetched
 * when the menu is opened. They lead back here, to the post.
 */
export const chooseItem: MenuItem = ({ article, id }) => {
  const place = document.createElement('ul')
  place.className = 'choose-here'
  fetch(`/p/${id}`)
    .then((answer) => answer.text())
    .then((html) => {
      const lines = new DOMParser().parseFromString(html, 'text/html').querySelectorAll<HTMLElement>('#choose li:not([data-page-only])')
      const own = [...lines].filter(({ dataset }) => !dataset.posts || dataset.posts.split(' ').includes(id))
      const back = `${location.pathname}${location.search}#${article.id}`
      for (const line of own) {
        for (const input of line.querySelectorAll<HTMLInputElement>('[name=back]')) input.value = back
        for (const link of line.querySelectorAll('a')) {
          const href = new URL(link.getAttribute('href') ?? '', location.href)
          href.searchParams.set('back', back)
          link.href = href.pathname + href.search
        }
        place.append(document.adoptNode(line))
      }
    })
    // The menu's own link leads to the same page.
    .catch(() => place.remove())
  return place
}
