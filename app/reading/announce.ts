/** Says something to who listens to the page, without moving anything. */
export function announce(words: string): void {
  let region = document.querySelector<HTMLElement>('#said')
  if (!region) {
    region = document.createElement('p')
    region.id = 'said'
    region.className = 'unseen'
    region.setAttribute('role', 'status')
    document.body.append(region)
  }
  region.textContent = words
}
