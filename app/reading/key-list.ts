import { keyAnswers as say } from '../strings/key-answers.ts'
import { fetchDocument } from './newer-pages.ts'

const ID = 'keys-dialog'

/** Opens the list of keys over the page, or closes it: the table of the page `/keys`, which is gone to where it cannot be had. */
export async function showKeys(root: Document): Promise<void> {
  try {
    const dialog = dialogIn(root) ?? (await made(root))
    if (dialog.open) dialog.close()
    else dialog.showModal()
  } catch {
    location.assign('/keys')
  }
}

export function isListOpen(root: Document): boolean {
  return dialogIn(root)?.open ?? false
}

function dialogIn(root: Document): HTMLDialogElement | null {
  return root.querySelector<HTMLDialogElement>(`#${ID}`)
}

async function made(root: Document): Promise<HTMLDialogElement> {
  const page = await fetchDocument('/keys')
  const table = page.getElementById('keys-list')
  if (!table) throw new Error('the page of keys has no list')
  const dialog = root.createElement('dialog')
  dialog.id = ID
  dialog.setAttribute('aria-labelledby', `${ID}-title`)
  // Pressing beside it closes it.
  dialog.setAttribute('closedby', 'any')
  const title = root.createElement('h2')
  title.id = `${ID}-title`
  title.textContent = page.querySelector('h1')?.textContent ?? ''
  const close = root.createElement('button')
  close.type = 'button'
  close.textContent = say.close
  close.addEventListener('click', () => dialog.close())
  table.removeAttribute('id')
  dialog.append(title, close, root.adoptNode(table))
  // Pressed twice before it was there.
  dialogIn(root)?.remove()
  root.body.append(dialog)
  return dialog
}
