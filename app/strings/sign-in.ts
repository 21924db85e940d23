/** Signing in and out, and the account. */
export const signInStrings = {
  title: 'Sign in',
  lead: 'Members read what is shared among them, and find their place, mutes and views on every device.',
  already: 'You are signed in.',
  mail: 'Your mail address',
  send: 'Send me a link',
  sendHint: 'A link to sign in with comes by mail. It works once, for 15 minutes.',
  sent: 'If this address may sign in, a link is on its way to it. It works once, for 15 minutes; look among the spam, too.',
  noMail: 'This instance sends no mail. Its owner can give you a link to sign in with.',
  or: 'or',
  with: (name: string) => `Sign in with ${name}`,
  enterTitle: 'One more step',
  enterLead: 'You have opened your link. Press the button, and this browser is signed in.',
  enter: 'Sign in here',
  personal: 'In personal mode nobody signs in: whoever opens the printed address is the owner.',
  problems: {
    link: 'This link does not work any more: it was used, or is older than 15 minutes. Ask for another one.',
    address: 'This is no mail address.',
    often: 'Too many links were asked for. Try again in an hour.',
    refused: 'You could not be signed in there, or are no member of this community.',
    failed: 'Signing in did not work this time. Try again in a moment.',
  },
}

export const accountStrings = {
  title: 'Account',
  lead: (email: string, owner: boolean) => `You are signed in as ${email}${owner ? ', an owner' : ''}.`,
  leaveTitle: 'Sign out',
  leave: 'Sign out here',
  leaveEverywhere: 'Sign out everywhere',
  leaveHint: 'Everywhere means each browser in which you are signed in, this one included.',
}
