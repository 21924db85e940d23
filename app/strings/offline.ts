/** What is said without a network. Apart from what only the server says, because every page sends it to the browser. */
export const offlineStrings = {
  /** Over what was kept: no network. */
  offline: (when: string) => `You are offline; this is what was here ${when}.`,
  /** Over what was kept: there is a network, and no answer from here. */
  unreachable: (when: string) => `Backplane does not answer; this is what was here ${when}.`,
  at: (time: string) => `at ${time}`,
  onDay: (day: string, time: string) => `on ${day} at ${time}`,
  notKeptTitle: 'Not kept for reading offline',
  notKept: 'What was newest at the last visit is kept for when there is no network: some 500 posts, without search, filters and settings.',
  toKept: 'Read what is kept',
}
