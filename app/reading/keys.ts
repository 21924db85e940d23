import { keyAnswers as say } from '../strings/key-answers.ts'
import { announce } from './announce.ts'
import { muteAuthor, openFold, openOriginal, starAuthor } from './entry-keys.ts'
import { isListOpen, showKeys } from './key-list.ts'
import { focusEntry, focusedEntry, step, stopsOn } from './steps.ts'
import { reading } from './timeline.ts'

/** What single keys do (`app/strings/keys.ts` says it in words). Where there is something to press for it, that is pressed. */
const actions: { [key: string]: (root: Document, event: KeyboardEvent) => void } = {
  j: (root, { repeat }) => step(root, 1, repeat),
  k: (root, { repeat }) => step(root, -1, repeat),
  o: (root) => withEntry(root, openOriginal),
  x: (root) => withEntry(root, openFold),
  s: (root) => withEntry(root, starAuthor),
  m: (root) => withEntry(root, muteAuthor),
  '0': (root) => root.querySelector<HTMLElement>('.filters .chip.all')?.click(),
  '/': goToSearch,
  '.': goToNewest,
  g: () => void goToLastRead(),
  t: goToDate,
  '?': (root) => void showKeys(root),
}

/** What is pressed for a key, and says so to who listens. */
const pressed = { '/': '#search', '?': '.foot a[href="/keys"]', '0': '.filters .chip.all', t: '#date' }
const platforms = (root: Document) => [...root.querySelectorAll<HTMLElement>('.filters .chip[data-platform]')]

/** Offers single keys, and the list of them by its link; none where the reader switched them off. */
export function offerKeys(root: Document): void {
  root.addEventListener('keydown', (event) => {
    if (!isForKeys(event, root)) return
    const key = keyOf(event)
    const isDigit = /^[1-9]$/.test(key)
    if (key === 'Enter') {
      // On a link or a button it is theirs.
      const entry = stopsOn(root).find((stop) => stop === root.activeElement)
      if (!entry) return
      openOriginal(entry)
    } else if (isDigit) platforms(root)[Number(key) - 1]?.click()
    else if (Object.hasOwn(actions, key)) actions[key]?.(root, event)
    else return
    event.preventDefault()
  })
  root.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a[href="/keys"]') : null
    if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || root.getElementById('keys-list')) return
    event.preventDefault()
    void showKeys(root)
  })
  if (root.documentElement.dataset.keys !== 'off') {
    for (const [key, selector] of Object.entries(pressed)) root.querySelector(selector)?.setAttribute('aria-keyshortcuts', key)
    for (const [index, chip] of platforms(root).slice(0, 9).entries()) chip.setAttribute('aria-keyshortcuts', String(index + 1))
  }
  // Asked for on a page that has no such place.
  if (root.location.hash === '#here') void goToLastRead()
}

/** A single key does something unless the reader writes, means it for the browser, or chose that it does not. */
function isForKeys(event: KeyboardEvent, root: Document): boolean {
  const { target, altKey, ctrlKey, metaKey, defaultPrevented, isComposing } = event
  if (defaultPrevented || isComposing || altKey || ctrlKey || metaKey || root.documentElement.dataset.keys === 'off') return false
  if (isListOpen(root) && event.key !== '?') return false
  const fields = 'input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]'
  return !(target instanceof Element && target.closest(fields))
}

/** The key by what it writes, so that layouts keep their places; where they write no Latin letters, by where it is. */
function keyOf({ key, code, shiftKey }: KeyboardEvent): string {
  const letter = /^[a-z]$/i.test(key) ? key.toLowerCase() : /^[^ -~]$/.test(key) ? /^Key([A-Z])$/.exec(code)?.[1]?.toLowerCase() : undefined
  if (letter) return shiftKey ? '' : letter
  return key
}

/** What the reader is at; who is at nothing yet is led to the first post in sight. */
function withEntry(root: Document, act: (entry: HTMLElement) => void): void {
  const entry = focusedEntry(root)
  if (entry) act(entry)
  else step(root, 1)
}

function goToSearch(root: Document): void {
  const field = root.querySelector<HTMLInputElement>('#search')
  if (field?.checkVisibility()) field.select()
  else location.assign('/search')
}

function goToNewest(root: Document): void {
  const control = root.querySelector<HTMLElement>('.news button.pill') ?? root.querySelector<HTMLElement>('main a.newest')
  if (control) control.click()
  else if (root.getElementById('posts')) {
    scrollTo({ top: 0, behavior: 'instant' })
    const [first] = stopsOn(root)
    if (first) focusEntry(first)
  } else location.assign('/?order=newest')
}

async function goToLastRead(): Promise<void> {
  const read = await reading()
  if (!read) location.assign('/#here')
  else if (!(await read.here.go())) announce(say.neverHere)
}

function goToDate(root: Document): void {
  const field = root.querySelector<HTMLElement>('#date')
  // The Swedish way to write a date is 2026-11-22.
  const today = new Date().toLocaleDateString('sv-SE', { timeZone: root.documentElement.dataset.zone })
  if (field?.checkVisibility()) field.focus()
  else location.assign(`/${today.replaceAll('-', '/')}#date`)
}
