/** What is said on the page of how everything fares, in its feed, and in the timeline of sources that could not be read for a day. */
export const statusStrings = {
  title: 'Status',
  description: 'Sources that could not be read for a day, and that are read again.',
  works: 'The program that reads them runs.',
  stands: 'The program that reads them does not run: nothing new comes.',
  platform: 'Platform',
  onTime: 'On time',
  lastDay: 'Posts in 24 h',
  delay: 'From said to here',
  half: (median: string) => `half within ${median}`,
  most: (most: string) => `95 of 100 within ${most}`,
  of: (some: number, all: number) => `${some} of ${all}`,
  caption: 'How the sources of each platform fare',
  notWell: 'Not read on time',
  history: (days: number) => `The last ${days} days`,
  noHistory: 'No source was without readings for a day.',
  forPrograms: 'The same as {json} and as a feed: {atom}. Each source has a page, from {sources}.',
  /** Of one source, or several at the same time. */
  broken: (sources: string, since: string) => `${sources} could not be read for a day, since ${since}.`,
  mended: (sources: string, span: string) => `${sources} can be read again, after ${span}.`,
  howItFares: 'How it fares',
}
