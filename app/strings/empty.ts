/** What stands in the place of posts where there are none. */
export const emptyStrings = {
  nothingOlder: 'Nothing older than this.',
  nothingNewer: 'Nothing newer than this yet.',
  toNewest: 'Go to the newest posts',
  platforms: (names: string[]) => names.join(' or '),
  noSource: (platforms: string) => (platforms ? `No source of ${platforms} is being read.` : 'No source is being read.'),
  off: 'off',
  listed: 'Sources are listed in {file}, one link a line, as pasted from a browser. Add one and start the program again.',
  addOne: '{add}: paste a link, a handle or a name. Or list them in {file}, one link a line, and start the program again.',
  add: 'Add a source',
  everyPlatform: 'Show every platform',
  noneReached: (platforms: string) =>
    platforms
      ? `No source of ${platforms} could be reached, so there is no post to show.`
      : 'No source could be reached, so there is no post to show.',
  tried: 'Tried, and what came of it:',
  triedAgain:
    'They are tried again by themselves. Is this computer online, or does it need a proxy ({proxy})? To see the program at work without a network, stop it and run {demo}.',
  noneYet: (platforms: string) => (platforms ? `No post from ${platforms} yet.` : 'No post yet.'),
  firstRead: (sources: number) =>
    `${sources === 1 ? 'One source is' : `${sources} sources are`} being read for the first time; that takes a minute or so.`,
  lookAgain: 'Look again',
  none: (platforms: string) => (platforms ? `No post from ${platforms}.` : 'No post yet.'),
  nothingKept: (sources: number) =>
    `${sources === 1 ? 'The one source was read, and has' : `All ${sources} sources were read, and have`} nothing from the days that are kept.`,
  seeSources: 'See the sources',
}
