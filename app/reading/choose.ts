import type { MenuItem } from './post-menu.ts'

/**
 * Stars and mutes in the menu of a post: the same links and forms that stand on its page, of this post alone, fetched
 * when the menu is opened. They lead back here, to the post.
 */
export const chooseItem: MenuItem = ({ article, id }) => {
  const place = document.createElement('ul')
  place.className = 'choose-here'
  choicesFor(article, id)
    .then((lines) => place.append(...lines))
    // The menu's own link leads to the same page.
    .catch(() => place.remove())
  return place
}

/** What a post's page offers of whom to star and mute, leading back here. Throws when the page cannot be had. */
export async function choicesFor(article: HTMLElement, id: string): Promise<HTMLElement[]> {
  const html = await (await fetch(`/p/${id}`)).text()
  const lines = new DOMParser().parseFromString(html, 'text/html').querySelectorAll<HTMLElement>('#choose li:not([data-page-only])')
  const own = [...lines].filter(({ dataset }) => !dataset.posts || dataset.posts.split(' ').includes(id))
  const back = `${location.pathname}${location.search}#${article.id}`
  return own.map((line) => {
    for (const input of line.querySelectorAll<HTMLInputElement>('[name=back]')) input.value = back
    for (const link of line.querySelectorAll('a')) {
      const href = new URL(link.getAttribute('href') ?? '', location.href)
      href.searchParams.set('back', back)
      link.href = href.pathname + href.search
    }
    return document.adoptNode(line)
  })
}
