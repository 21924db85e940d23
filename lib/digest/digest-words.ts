/**
 * What a digest says, in mail, in plain text and in feeds, in English. It is drawn by the worker, where the pages'
 * catalogue (`app/strings`) does not reach; another language is another object of this shape.
 */
export const digestWords = {
  name: 'Backplane',
  posts: (count: number) => (count === 1 ? '1 post' : `${count} posts`),
  gaps: (count: number) => (count === 1 ? '1 gap' : `${count} gaps`),
  /** `Backplane, Sun 22 Nov: 84 posts, 1 gap` */
  subject: (day: string, facts: string[]) => `Backplane, ${day}: ${facts.join(', ')}`,
  quiet: 'quiet',
  nothing: 'Nothing was said in this time.',
  nothingHere: (count: number) => `Nothing but ${count === 1 ? 'one post' : `${count} posts`} in rooms that are read on the site only.`,
  span: (from: string, to: string) => `From ${from} to ${to}, oldest first.`,
  soFar: 'So far, oldest first.',
  someOf: (what: string) => `Only ${what}.`,
  late: (name: string, words: string) => `${name}: ${words}.`,
  lateTitle: 'Not read on time',
  gapOn: (sources: string, when: string) => `Gap on ${sources}, ${when}.`,
  gapOpen: (sources: string, since: string) => `Gap on ${sources} since ${since}.`,
  wasOff: (when: string) => `The computer was off ${when}.`,
  reason: (reason: string) => `${reason.charAt(0).toUpperCase()}${reason.slice(1).replace(/\.$/, '')}.`,
  maybeMissing: 'What was said then may be missing.',
  named: (names: string[]) => new Intl.ListFormat('en-GB').format(names),
  namedAndMore: (names: string[], more: number) => `${names.join(', ')} and ${more} more`,
  kept: (count: number) =>
    count === 1
      ? 'One more post stands in a room that is read on the site only.'
      : `${count} more posts stand in rooms that are read on the site only.`,
  allRead: 'You have read all that was said in this time.',
  leftOut: (count: number) =>
    `${count === 1 ? 'One post that you have read or muted is' : `${count} posts that you have read or muted are`} left out.`,
  muted: (what: string) => `Muted: ${what}`,
  mutedName: 'Muted',
  readThere: 'Read them there',
  more: (count: number) => (count === 1 ? 'One more on the site' : `${count} more on the site`),
  continueHere: 'Continue here in the timeline',
  readOn: 'Read on',
  openOriginal: 'Open the original',
  sharedBy: 'Reposted by',
  replying: (whom: string, text: string | null) => `Replying to ${whom}${text ? `: ${text}` : ''}`,
  replyingToNothing: 'Replying to a post that is unavailable',
  earlierPost: 'an earlier post',
  goesOn: (before: number) => (before === 1 ? 'Goes on from one message.' : `Goes on from ${before} messages.`),
  people: (count: number) => (count === 1 ? '1 person' : `${count} people`),
  messages: (count: number) => (count === 1 ? '1 message' : `${count} messages`),
  moreMessages: (count: number) => (count === 1 ? '1 more message' : `${count} more messages`),
  moreReplies: (count: number) => (count === 1 ? '1 more reply' : `${count} more replies`),
  also: 'Also on',
  covered: (warning: string) => `Covered by its author: ${warning}`,
  show: 'Show it',
  membersOnly: 'members only',
  picture: 'Picture',
  animation: 'Animation',
  video: 'Video',
  audio: 'Sound',
  file: 'File',
  undescribed: 'no description',
  sensitive: 'sensitive',
  poll: (options: string[]) => `Poll: ${options.join(' · ')}`,
  quoted: (who: string) => `Quoting ${who}`,
  quotedGone: 'Quoting a post that is not available',
  answers: (count: number, [one, many]: readonly [string, string]) => `${count} ${count === 1 ? one : many} there`,
  somebody: 'somebody',
  changedTopic: 'changed the topic: ',
  /** The foot of a mail. */
  why: (address: string) => `This goes to ${address}, who asked for it.`,
  change: 'Change what comes and when',
  unsubscribe: 'Unsubscribe',
  /** The mail that asks whether its reader wants this. */
  confirm: (host: string, name: string, link: string) => ({
    subject: `Digest of ${host}: please confirm`,
    text: `Somebody asked for the digest of Backplane at ${host}${name ? ` (${name})` : ''} to be sent here.

If it was you, open this link and press the button:

${link}

If it was not, do nothing: without it nothing is sent, and this address is
forgotten in two days.
`,
  }),
  skipped: (day: string) => `The digest of ${day} could not be sent in time; what it had stands here.`,
} as const
