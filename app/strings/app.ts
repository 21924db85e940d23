/** What Backplane says of itself as a program. */
export const appStrings = {
  name: 'Backplane',
  description: 'Every channel of the HPC community in one chronological timeline. Nothing ranked, nothing promoted.',
  feedDescription: 'The channels of the HPC community in one chronological timeline',
  feed: (format: string) => `Backplane, ${format}`,
  timelineTitle: 'Backplane: the HPC timeline',
  timeline: 'Timeline',
  search: 'Search',
}
