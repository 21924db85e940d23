import { keyAnswers as say } from '../strings/key-answers.ts'
import { announce } from './announce.ts'
import { choicesFor } from './choose.ts'
import { headHeight } from './quiet-scroll.ts'
import { focusEntry } from './steps.ts'

/** Follows the one way out; what is muted is opened first. */
export function openOriginal(entry: HTMLElement): void {
  const link =
    entry.querySelector<HTMLElement>(':scope > footer > a[rel=noreferrer]') ?? entry.querySelector<HTMLElement>(':scope > a.when')
  if (link) link.click()
  else openFold(entry)
}

/** Opens what is folded in an entry, one after the other, in their order; once all are open, closes them. */
export function openFold(entry: HTMLElement): void {
  const folds = [...entry.querySelectorAll('details')].filter((fold) => fold.checkVisibility())
  const closed = folds.find(({ open }) => !open)
  if (folds.length === 0) announce(say.noFolds)
  else if (closed) {
    closed.open = true
    const summary = closed.querySelector('summary > span') ?? closed.querySelector('summary')
    announce(say.opened(summary?.textContent.trim() ?? ''))
  } else {
    for (const fold of folds) fold.open = false
    // What stood further down in it may have been in sight.
    if (entry.getBoundingClientRect().top < headHeight()) focusEntry(entry)
    announce(say.closed)
  }
}

/** Asks for how long, and how, its author is to be muted: the page that its menu leads to. */
export async function muteAuthor(entry: HTMLElement): Promise<void> {
  const link = (await authorOf(entry))?.querySelector('a')
  if (link) location.assign(link.href)
  else announce(say.noAuthor)
}

/** Stars its author, or takes the star away, as its menu does. */
export async function starAuthor(entry: HTMLElement): Promise<void> {
  const form = (await authorOf(entry))?.querySelector('form')
  if (form) {
    form.hidden = true
    document.body.append(form)
    form.requestSubmit()
  } else announce(say.noAuthor)
}

/** What can be chosen of who wrote it: the first line that is about somebody's posts. */
async function authorOf(entry: HTMLElement): Promise<HTMLElement | undefined> {
  const post = entry.tagName === 'ARTICLE' ? entry : entry.querySelector<HTMLElement>('article')
  const id = post?.querySelector<HTMLElement>('[data-menu]')?.dataset.menu
  if (!post || !id) return undefined
  const choices = await choicesFor(post, id).catch(() => [])
  return choices.find(({ dataset }) => dataset.posts)
}
