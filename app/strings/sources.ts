/** What the page of sources says. */
export const sourcesStrings = {
  logged: 'What is said there is logged.',
  optOut: 'How to be left out',
  letter: 'A letter that asks for permission, to copy',
}
