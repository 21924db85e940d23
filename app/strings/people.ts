/** What is said on the page of a person. */
export const peopleStrings = {
  lead: (accounts: number) => `What they said in the open, under ${accounts} accounts that are shown to be theirs.`,
  accounts: 'Accounts',
  proofs: {
    'verified-link': 'its profile links to their page, which links back',
    domain: 'the name of the one is the domain that the other is verified for',
    'mutual-links': 'each links to the other',
    nickserv: 'identified to NickServ as this account, they said so themselves',
    claim: 'its own person said so, by a code that only they could put there',
  },
  seen: 'where it can be seen',
  only: 'only this account',
  mute: 'Mute',
  color: {
    title: 'In which colour their name is written for you',
    options: { none: 'none', red: 'red', amber: 'amber', green: 'green', teal: 'teal', blue: 'blue', violet: 'violet' },
    does: 'Write it so',
  },
  unlinkOwn: 'Unlink this account of mine',
  unlink: 'This is not the same person',
  unlinked: 'Whoever is taken apart stays so, whatever the profiles say.',
  older: 'Older posts',
  posts: (name: string) => `What ${name} said`,
}
