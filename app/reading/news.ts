import { liveStrings as say } from '../strings/live.ts'
import { clockOf } from './clock-of.ts'
import { showsCounts } from './shows-counts.ts'

export type Door = { entry: number; title: string; count: number; href: string }

export type News = {
  /** New posts above; `more`: and others that were not counted. */
  show(count: number, more: boolean): void
  /** There is more to read, nobody counted how much. */
  showFilled(): void
  showDoors(doors: Door[]): void
  showLost(since: Date | null): void
}

/** Doors to conversations that went on; further ones are found at their place. */
const MOST_DOORS = 2

/**
 * The place at the right of the day headings where what is new is told: it stays in sight with them, takes no room, and is
 * read out when nothing else is. `press` is what its pill does.
 */
export function newsIn(posts: HTMLElement, press: () => void): News {
  const place = document.createElement('div')
  place.className = 'news'
  place.setAttribute('role', 'status')
  const lost = document.createElement('span')
  lost.className = 'lost'
  const pill = document.createElement('button')
  pill.type = 'button'
  pill.className = 'pill'
  pill.addEventListener('click', press)
  let doors: HTMLElement[] = []
  posts.insertBefore(place, posts.querySelector('section'))

  const title = document.title
  const draw = () => place.replaceChildren(...[lost, ...doors, pill].filter(({ textContent }) => textContent))
  return {
    show(count, more) {
      pill.textContent = count > 0 ? (showsCounts() ? say.newPosts(count, more) : say.someNew) : ''
      document.title = count > 0 ? (showsCounts() ? say.title(count, more) : say.someTitle) + title : title
      draw()
    },
    showFilled() {
      if (!pill.textContent) pill.textContent = say.filled
      draw()
    },
    showDoors(all) {
      doors = all.slice(-MOST_DOORS).map(({ title: name, count, href }) => {
        const door = document.createElement('a')
        door.className = 'pill'
        door.href = href
        door.textContent = showsCounts() ? say.grownElsewhere(count, name) : say.someNewElsewhere(name)
        return door
      })
      draw()
    },
    showLost(since) {
      lost.textContent = since ? say.lost(clockOf(since)) : ''
      draw()
    },
  }
}
