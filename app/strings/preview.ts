/** How a link to a post reads where it is passed on. */
export const previewStrings = {
  site: 'Backplane',
  somebody: 'Somebody',
  heading: (who: string, where: string, when: string) => `${who}${where ? ` in ${where}` : ''}, ${when}`,
  covered: (warning: string) => `Behind a content warning: ${warning}`,
}
