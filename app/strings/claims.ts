/** Accounts elsewhere that are somebody's who signed in here. */

const problems: { [word: string]: string } = {
  nothing: 'Say which account is yours: the address of its profile, or its name there.',
  unknown:
    'This is no account that can be looked at. Paste the address of your profile, such as https://mastodon.example/@ada, or write @ada@mastodon.example, @ada.bsky.social, u/ada, or ada on Libera.',
  site: 'A site is no account. Link it from your profile, and your profile from it: that is found by itself.',
  nobody: 'There is no such account there. Look at how it is written.',
  unreadable: 'Its platform did not answer, or did not let this program look. Try again in a while.',
  theirs: 'Somebody else who signs in here proved that this account is theirs. If that is not so, write to the owner of this instance.',
  full: 'These are as many accounts as one may claim: take one back first.',
  'not-yet': 'The code is not there yet. Some platforms take a minute to show what changed: try again then.',
  expired: 'This code is too old. Take another one.',
}

const done: { [word: string]: string } = {
  begun: 'Found. Now show that it is yours:',
  proved: 'Seen. This account is yours.',
  ended: 'Taken back.',
  unlinked: 'Unlinked, at once. It is beside no other account of yours any more.',
}

export const claimStrings = {
  title: 'Your accounts elsewhere',
  lead: 'Say which accounts on other networks are yours and prove it, and your posts stand on one page under one name: muting or colouring one is then muting or colouring all. Nobody is linked who does not do this, or whose own profiles do not say so. Everybody sees that these accounts are one person’s, and where that can be seen; nobody sees your mail address.',
  name: 'An account of yours',
  example: '@ada@mastodon.example',
  nameHint: 'The address of a profile, or its name: @ada@mastodon.example, @ada.bsky.social, u/ada; of NickServ: ada on Libera.',
  begin: 'Get a code',
  put: (where: string) => `Put this code ${where}, and leave it there: it is looked for once a day.`,
  sayIt: (where: string) => `Say this code, and nothing else, ${where}:`,
  orPost: 'Or post the code, and nothing else, from this account, where this instance reads it.',
  orLinked: 'Or put it into the head of a page to which your profile links',
  until: (day: string) => `The code can be used until ${day}.`,
  over: 'This is not proved, or not any more, and its code is too old.',
  another: 'Take another code',
  check: 'Check now',
  giveUp: 'Give up',
  proved: (since: string, last: string) => (since === last ? `Yours since ${since}.` : `Yours since ${since}, last seen ${last}.`),
  seen: {
    profile: 'The code is in {there}.',
    page: 'The code is in a page to which {there} links.',
    post: 'The code was said by this account ({there}).',
  },
  there: 'its profile',
  here: { open: 'here', closed: 'among members' },
  unlink: 'Unlink',
  page: 'All that you said under these is on {page}.',
  pageLink: 'your page',
  problems,
  done,
}
