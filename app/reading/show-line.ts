/** Brings the line into sight that the address of the page names without a fragment, which only the server can mark. */
export function showLine(root: Document): void {
  if (location.hash) return
  const line = root.querySelector('[data-asked]')
  // A fold that holds it opens.
  for (let fold = line?.closest('details'); fold; fold = fold.parentElement?.closest('details')) fold.open = true
  line?.scrollIntoView({ block: 'center' })
}
