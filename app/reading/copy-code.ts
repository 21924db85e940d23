import { postStrings as words } from '../strings/post.ts'

const SAID_MS = 1500

/** A button at every block of code that copies it, made when the block comes into sight: one further down costs nothing. */
export function offerCopies(root: Document): void {
  const inSight = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue
      inSight.unobserve(target)
      if (!target.querySelector('.copy-code')) target.append(buttonFor(target.textContent ?? ''))
    }
  })
  const watch = () => {
    for (const block of root.querySelectorAll('.text pre:not(:has(.copy-code))')) inSight.observe(block)
  }
  watch()
  // Posts come in while a page is open.
  new MutationObserver(watch).observe(root.body, { childList: true, subtree: true })
}

function buttonFor(code: string): HTMLButtonElement {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'copy-code'
  button.textContent = words.copyCode
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(code)
    button.textContent = words.copied
    setTimeout(() => {
      button.textContent = words.copyCode
    }, SAID_MS)
  })
  return button
}
