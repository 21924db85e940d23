const atLeast = (count: number, more: boolean) => `${count}${more ? '+' : ''}`

/** What an open page says of what came since it was made. */
export const liveStrings = {
  newPosts: (count: number, more: boolean) => `↑ ${atLeast(count, more)} new ${count === 1 && !more ? 'post' : 'posts'}`,
  someNew: '• New posts',
  filled: '↑ More posts are here',
  grownElsewhere: (count: number, title: string) => `${count} new in ${title}`,
  someNewElsewhere: (title: string) => `• New in ${title}`,
  grown: (count: number) => `+${count} new`,
  someGrown: '• new',
  sinceRead: (count: number) => `${count === 1 ? 'One line was' : `${count} lines were`} said here since you read it`,
  unfold: (count: number, title: string) => `Show ${count === 1 ? 'the new line' : `${count} new lines`} of ${title}`,
  lost: (since: string) => `Connection lost since ${since}. Trying again.`,
  removed: 'Removed',
  someTitle: '• ',
  /** Before the page's own title. */
  title: (count: number, more: boolean) => `(${atLeast(count, more)}) `,
}
