/** What owners did, for owners. */
export const auditStrings = {
  title: 'What owners did',
  lead: 'The newest first. Each line is kept for a year; npm run audit prints the same.',
  nothing: 'Nothing yet that is written down here.',
  ownerOnly: 'This page is for the owners of this instance.',
  deed: ({ at, who, what, about }: { at: string; who: string; what: string; about: string }) =>
    `${at}: ${who} ${what}${about ? `: ${about}` : ''}`,
}
