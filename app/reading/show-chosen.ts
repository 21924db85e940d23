/** Where the row of filters is longer than the screen is wide, what is chosen stands in sight. */
export function showChosen(root: Document): void {
  const chip = root.querySelector<HTMLElement>('.filters .chip[aria-current]:not(.all)')
  const row = chip?.parentElement
  if (!chip || !row || row.scrollWidth <= row.clientWidth) return
  const [at, within] = [chip.getBoundingClientRect(), row.getBoundingClientRect()]
  row.scrollLeft += at.left - within.left - (row.clientWidth - at.width) / 2
}
