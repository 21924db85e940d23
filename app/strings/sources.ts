/** What the page of sources says. */
export const sourcesStrings = {
  letter: 'A letter that asks for permission, to copy',
}
