/** Whether the reader wants to be told how much is unread; where not, a dot says that something is. */
export function showsCounts(): boolean {
  return document.documentElement.dataset.counts !== 'off'
}
