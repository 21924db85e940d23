/** What is said of copies of one thing that stand in one entry. */
export const copiesStrings = {
  also: 'Also:',
  replies: (count: number) => (count === 1 ? '1 reply there' : `${count} replies there`),
  show: (count: number) => (count === 1 ? 'Show the copy' : `Show the ${count} copies`),
}
