/** What is said when a key was pressed. Apart from the list of keys, which the browser has from its page. */
export const keyAnswers = {
  close: 'Close',
  first: 'This is the first post',
  last: 'This is the last post',
  noFolds: 'Nothing is folded here',
  opened: (what: string) => `Opened: ${what}`,
  closed: 'Folds closed',
  noAuthor: 'Nobody to choose here',
  neverHere: 'You have not been here before',
}
