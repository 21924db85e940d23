/** What the pages of the digest say; the digest itself, as mail and text, says `lib/digest-words.ts`. */
export const digestStrings = {
  title: 'Digest',
  titleOf: (day: string) => `Digest, ${day}`,
  lead: 'One day as its digest has it: everything, oldest first, each conversation in one place.',
  counts: (counts: { name: string; posts: number }[]) => counts.map(({ name, posts }) => `${name} ${posts}`).join(' · '),
  late: (name: string, words: string) => `${name}: ${words}.`,
  asText: 'As plain text',
  asFeed: 'Digests as a feed',
  inTimeline: 'This day in the timeline',
  dayBefore: 'Day before',
  dayAfter: 'Day after',
  more: (count: number) => (count === 1 ? 'One more post in the timeline' : `${count} more posts in the timeline`),
  nothing: 'Nothing was said on this day, or nothing of it is here.',
  feedTitle: 'Backplane, day by day',
  feedDescription: 'Each day of the HPC community in one piece, oldest first',
  byMail: 'By mail',
}
