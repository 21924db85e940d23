import type { Card, Quote } from '#db/post'

/** What is said of what a post carries besides its text: polls, cards and quotes. */
export const embedStrings = {
  poll: 'Poll',
  severalAnswers: 'several answers allowed',
  votesNotShown: 'votes not shown',
  closed: (day: string, time: string) => `closed ${day}, ${time}`,
  openUntil: (day: string, time: string) => `open until ${day}, ${time}`,
  people: (count: number) => (count === 1 ? '1 person' : `${count} people`),
  votes: (count: number) => (count === 1 ? '1 vote' : `${count} votes`),
  /** What a platform embeds of its own; a page says nothing. */
  cards: {
    link: null,
    photo: null,
    video: 'Video',
    feed: 'Feed',
    list: 'List',
    labeler: 'Labeler',
    'starter-pack': 'Starter pack',
  } satisfies Record<Card['kind'], string | null>,
  by: (authors: string[]) => `by ${authors.join(', ')}`,
  published: (day: string) => `published ${day}`,
  updated: (day: string) => `updated ${day}`,
  readingTime: (minutes: number) => `${minutes} min read`,
  /** Why a quoted post is not shown, as its platform gave it. */
  notShown: {
    pending: 'The author of the quoted post has not agreed to the quote yet.',
    rejected: 'The author of the quoted post did not agree to the quote.',
    revoked: 'The author of the quoted post has withdrawn it from this quote.',
    detached: 'The author of the quoted post has removed it from this quote.',
    deleted: 'The quoted post was deleted.',
    unauthorized: 'The quoted post may not be shown here.',
    blocked: 'The quoted post is from an account that blocks, or is blocked.',
    'not-found': 'The quoted post was not found.',
    muted: 'The quoted post is from a muted account.',
    nested: 'This quotes a post that quotes another.',
  } satisfies Record<Exclude<Quote['state'], 'shown'>, string>,
}
