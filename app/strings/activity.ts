/** What is said on the page of activity. */
export const activityStrings = {
  title: 'Activity',
  intro: (posts: string, days: number) =>
    `${posts} posts in ${days} days, by the day on which they stand in the timeline. Each bar leads to its day.`,
  none: 'Nothing was said in these days, or nothing of it is here yet.',
  day: 'Day',
  all: 'All',
  chart: 'Posts per day and platform',
  bar: (day: string, platform: string, posts: number) => `${day}, ${platform}: ${posts === 1 ? '1 post' : `${posts} posts`}`,
}
