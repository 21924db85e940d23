/** What is said to those who want to be left out, to who reports a post, and to the owner who decides. */

const problems: { [word: string]: string } = {
  nothing: 'Say who you are: the address of your profile, or of a post.',
  full: 'So much waits for the owner of this instance already that nothing more is taken. Please write to them.',
  unknown: 'There is no such request, or it was decided a while ago.',
  'not-yet': 'The code is not there yet. Some platforms take a minute to show a changed profile: try again then.',
  nobody: 'There is no such account or page where it was looked for. Check the address, and begin again.',
  'not-theirs': 'The code is there, but the post is somebody else’s.',
  unreadable: 'The platform did not answer, or did not let this program look. Try again later, or let the owner decide.',
}

export const optOutStrings = {
  title: 'Be left out',
  lead: 'Whatever you wrote need not stand here. Say what is yours; you need not say why.',
  address: 'Your profile, or a post of yours',
  addressHint: 'Its address on its own platform, or here. Of a blog the address of its first page; of a chat your nick and the channel.',
  wish: 'What is to be done',
  wishes: {
    author: 'Leave me out altogether: all that is here goes, and nothing of mine comes again',
    post: 'Withhold this one post',
  },
  words: 'Anything to add',
  wordsHint: 'Only the owner of this instance reads it; it may stay empty.',
  ask: 'Go on',
  about: 'What is collected, from where and for how long',
  aboutAuthor: 'You asked for {whom} to be left out of everything here.',
  aboutPost: 'You asked for the post {whom} to be withheld.',
  put: 'So that nobody else can ask this in your name, put this code {where}, for as long as the check takes:',
  orLinked: 'Or put it into the head of a page to which your profile links, if you have one:',
  thenCheck: 'Then have it looked for. Once it is found, it is done at once; the code can go again afterwards.',
  check: 'Check now',
  toOwner: 'Let the owner decide',
  ownerHint: 'If you cannot, or would rather not, put it there, the owner of this instance decides; that takes longer.',
  waits: 'The owner of this instance has been asked, and decides. Nothing more is needed from you.',
  done: 'Done. What stood here of yours is gone, and nothing of it comes again: not from another source, an import or a backup.',
  donePost: 'Done. The post is gone from here, with its copies, and does not come again.',
  refused: 'The owner of this instance decided not to. You can ask them why:',
  keepAddress: 'The address of this page leads back here.',
  problems,
}

export const reportStrings = {
  title: 'Report a post',
  lead: 'The owner of this instance looks at it. Say what is wrong, such as spam, or something that should not stand here.',
  post: 'The post',
  words: 'What is wrong',
  send: 'Report it',
  sent: 'Thank you: the owner of this instance will look at it.',
  notSent: 'There is no such post here, or so much is reported already that nothing more is taken.',
  yours: 'If you wrote it yourself, {link} instead: that needs no decision.',
  leaveOut: 'ask to have it withheld',
}

export const requestsStrings = {
  title: 'Requests',
  lead: 'What people asked that could not be proved, and what was reported. You can also use npm run withhold.',
  nothing: 'Nothing waits for you.',
  kinds: {
    author: 'wants to be left out',
    server: 'wants a site left out',
    post: 'wants a post withheld',
    report: 'was reported',
  },
  at: (time: string) => `asked ${time}`,
  says: 'In their words',
  unclear: 'Nothing here is called so. For a nick or a name, use npm run withhold with its id.',
  withhold: (called: string) => `Withhold ${called}`,
  refuse: 'Refuse',
  leave: 'Leave it here',
  decided: 'Decided of late',
  states: { done: 'done', refused: 'refused', proving: '', open: '' },
  ownerOnly: 'Only an owner sees what was asked.',
}
