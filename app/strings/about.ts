/** What those are told whose words stand here. */
export const aboutStrings = {
  title: 'What is collected',
  reads:
    'Backplane reads the channels of the HPC community and shows them in one timeline, in the order in which things were said. It only reads: it writes nothing anywhere, ranks nothing, shows no advertising, makes no profiles of people and trains nothing.',
  keeps:
    'Of each post it keeps what its platform shows to this instance: the text, the name of who wrote it, the time, links to pictures and films (which stay where they are), and the address of the original. What is edited there is edited here; what is deleted there is blanked here, and does not come back.',
  why: 'It is done so that people of this community find what is said in it without an account on every platform, and in the order in which it was said.',
  engines: {
    closed: 'Search engines are asked to keep nothing of it.',
    open: 'Search engines may keep the pages of single posts, but none of anybody who asks their platform to be kept from them.',
  },
  fromWhere: 'From where',
  permitted: (by: string, on: string) => `permitted by ${by} on ${on}`,
  keptFor: (days: number) => `kept for ${days} days`,
  bodiesFor: (days: number) => `its words for ${days} days only`,
  howLong: 'For how long',
  asLongAs: 'As long as it stands where it was posted, unless a source above says otherwise; then it is deleted here after so many days.',
  asked: (platforms: string) =>
    `What was deleted there goes here, too, with its pictures, copies and quotes, and does not come back from another source, an import or a backup. Where the platform tells of it, that is at once. ${platforms} are also asked what became of each post: once a day for 30 days, after that once in 30 days.`,
  noPlatform: 'Platforms that can be asked',
  notAsked:
    'Where a platform cannot be asked as often as that, the words of posts are kept for two days only; who, when and where to read it are left.',
  blogs: 'Feeds and chats tell of no deletions: there ask, as below, and it is done.',
  fares: 'How each of them fares is on {page}.',
  sourcesPage: 'the page of sources',
  never: 'What is never kept',
  neverKept: [
    'Lines of chat that begin with [off] or [nolog].',
    'Private and direct messages, and what is said in private channels.',
    'Posts of accounts that ask robots to stay away in their profile (#nobot, #nobridge), where the platform shows profiles with posts.',
    'Whatever anybody asked to have left out.',
    'Who joins, leaves or is there; who reacted to what.',
  ],
  optOut: 'How to be left out',
  optOutHow:
    'Say on {page} what is yours: your account, a site, or one post. You prove it with a code in your profile or page, and it is done at once; or the owner of this instance decides. You need not say why.',
  optOutPage: 'the page for it',
  optOutLine: 'For one line of chat, begin it with {off} or {nolog}: it is dropped before it is stored.',
  optOutAfter:
    'What is left out goes from everything that is here, and what comes is dropped before it is stored. All that is kept of it is which post, account or site it was, so that it stays so.',
  whom: 'Whom to ask',
  nobody: 'This instance names nobody. If you were given its address, ask who gave it to you.',
}
