/** What is said around one entry, on pages of days, and on the calendar. */
export const contextStrings = {
  earlier: 'What it answers',
  replies: (count: number) => (count === 1 ? 'One answer' : `${count} answers`),
  quotedBy: 'Quoted by',
  around: (where: string) => `Around it: ${where}`,
  thisOne: 'this',
  showEarlier: (count: number) => (count === 1 ? 'Show what it answers' : `Show ${count} earlier`),
  dayBefore: 'Day before',
  dayAfter: 'Day after',
  noPosts: 'Nothing was said on this day, or nothing of it is here.',
  calendar: 'Days with posts',
  goToDate: 'Go to a date',
  go: 'Go',
  postsOn: (day: string, posts: number) => `${day}: ${posts === 1 ? '1 post' : `${posts} posts`}`,
  noneOn: (day: string) => `${day}: no posts`,
}
