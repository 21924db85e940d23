/** What those are told whose words stand here. */
export const aboutStrings = {
  title: 'What is collected',
  reads:
    'Backplane reads the channels of the HPC community and shows them in one timeline, in the order in which things were said. It only reads: it writes nothing anywhere, ranks nothing, and asks search engines to stay away.',
  keeps:
    'Of each post it keeps what its platform shows to this instance: the text, the name of who wrote it, the time, links to pictures and films (which stay where they are), and the address of the original. What is edited there is edited here; what is deleted there is blanked here, and does not come back.',
  fromWhere: 'From where',
  permitted: (by: string, on: string) => `permitted by ${by} on ${on}`,
  keptFor: (days: number) => `kept for ${days} days`,
  fares: 'How each of them fares is on {page}.',
  sourcesPage: 'the page of sources',
  never: 'What is never kept',
  neverKept: [
    'Lines of chat that begin with [off] or [nolog].',
    'Private and direct messages, and what is said in private channels.',
    'Posts of accounts that ask robots to stay away in their profile (#nobot, #nobridge), where the platform has profiles.',
    'Who joins, leaves or is there; who reacted to what.',
  ],
  optOut: 'How to be left out',
  optOutHow:
    'For one line of chat, begin it with {off} or {nolog}: it is dropped before it is stored. To be left out for good, tell whoever runs this instance the name or account that you use:',
  optOutAfter: 'You need not say why. What was stored before can be removed at the same time; say so if you want it.',
  nobody: 'This instance names nobody. If you were given its address, ask who gave it to you.',
}
