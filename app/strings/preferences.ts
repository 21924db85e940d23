import type { Problem } from '#lib/change-preferences'
import type { Mute, Settings } from '#lib/preferences'

/** What the pages say of settings, stars, mutes and saved views. */

const ends = (until: string | null) => (until ? `until ${until}` : 'for ever')

/** What is muted, as it stands in a sentence: `the word “exascale”`. */
const muted = ({ what, name }: Pick<Mute, 'what' | 'name'>): string => {
  switch (what) {
    case 'word':
      return `the ${name.includes(' ') ? 'phrase' : 'word'} “${name}”`
    case 'person':
      return name
    case 'source':
      return `the source ${name}`
    case 'flair':
      return `the flair “${name}”`
    case 'tag':
      return `#${name}`
    default:
      return what satisfies never
  }
}

type Options<Value extends string> = Record<Value, string>

export const preferencesStrings = {
  settings: {
    title: 'Settings',
    lead: 'Kept in this browser, on this computer only. Whoever reads in another browser has their own.',
    save: 'Save the settings',
    saved: 'The settings are saved.',
    look: 'Look',
    theme: 'Colours',
    themes: {
      system: 'As the system',
      light: 'Light',
      dark: 'Dark',
      contrast: 'High contrast',
    } satisfies Options<Settings['theme']>,
    density: 'Density',
    densities: { comfortable: 'Comfortable', compact: 'Compact' } satisfies Options<Settings['density']>,
    time: 'Time',
    clock: 'Clock',
    clocks: { 24: '18:42', 12: '6:42 pm' } satisfies Options<Settings['clock']>,
    zone: 'Time zone',
    zoneOfBrowser: (zone: string) => `This browser’s own (now ${zone})`,
    reading: 'Reading',
    opening: 'The timeline opens',
    openings: {
      newest: 'at the newest post',
      'last-position': 'where I stopped, with what is newer above',
      'oldest-first': 'where I stopped, oldest first from there',
    } satisfies Options<Settings['opening']>,
    counts: 'Show how many posts are unread',
    keys: 'Single keys do things',
    keysHint: 'j and k move, ? lists them all',
    more: 'More',
    media: 'Pictures and films',
    medias: {
      proxy: 'through this instance, so that no platform learns who reads',
      direct: 'straight from where they are kept',
      off: 'not at all: a link instead',
    } satisfies Options<Settings['media']>,
    forget: 'Forget everything',
    forgetHint: 'Settings, stars, mutes and views go from this browser. There is no way back.',
    forgetButton: 'Forget all of it',
  },
  stars: {
    title: 'Stars',
    noneTitle: 'Nothing is starred yet.',
    nothing: 'Nothing of what is starred is here.',
    list: 'What is starred',
    none: 'A star on a person or a source gives a view of what they said; nothing is placed higher for it. “Star” stands in the menu of every post.',
    seeAll: 'See what they said',
    chip: 'Starred',
    chipDoes: 'Show only who and what you starred',
    starred: 'starred',
    star: (name: string) => `Star ${name}`,
    unstar: 'Take the star away',
    unstarNamed: (name: string) => `Take the star away from ${name}`,
    sources: 'Source',
  },
  mutes: {
    title: 'Mutes',
    none: 'Nothing is muted.',
    muted: (mute: Mute, until: string | null) => `Muted: ${muted(mute)} ${ends(until)}`,
    what: muted,
    ends,
    hard: 'not shown',
    soft: 'folded',
    unmute: 'Unmute',
    unmuteNamed: (mute: Mute) => `Unmute ${muted(mute)}`,
    mute: (name: string) => `Mute ${name}…`,
    hidden: (entries: number) => `${entries === 1 ? 'One entry is' : `${entries} entries are`} hidden by your mutes:`,
    showHidden: 'show',
    shownAnyway: 'What your mutes hide is shown here:',
    hideAgain: 'hide it again',
    change: 'Change or end this mute',
    lines: (count: number) => (count === 1 ? '1 line muted' : `${count} lines muted`),
    replies: (count: number) => (count === 1 ? '1 reply muted' : `${count} replies muted`),
    add: 'Mute something',
    page: 'Mute',
    heading: (mute: Pick<Mute, 'what' | 'name'>) => `Mute ${muted(mute)}`,
    kinds: {
      word: 'Word or phrase',
      person: 'Person',
      source: 'Source',
      flair: 'Flair',
      tag: 'Hashtag',
    } satisfies Options<Mute['what']>,
    wordHint: 'Found as whole words, small or capital letters alike. With # before it, a hashtag.',
    howLong: 'For how long',
    spans: { day: 'a day', week: 'a week', date: 'until a date', ever: 'for ever' },
    date: 'Until',
    how: 'How',
    hows: {
      soft: 'Folded: a line in its place says why, and opens it',
      hard: 'Not shown: the foot of the page says how many',
    },
    does: 'Mute it',
    accounts: (count: number) => `All ${count} accounts that are known to be theirs are muted.`,
    list: 'All that is muted, and how it ends',
  },
  choose: {
    title: 'Star or mute',
    word: 'Mute a word…',
  },
  views: {
    title: 'Saved views',
    none: 'No view yet. Choose what the timeline shows, then save it here under a name.',
    save: 'Save this view',
    saveAs: 'Name of the view',
    does: 'Save it',
    feeds: 'feeds',
    rename: 'Rename',
    renameNamed: (name: string) => `Rename ${name}`,
    newName: 'New name',
    remove: 'Remove',
    removeNamed: (name: string) => `Remove ${name}`,
    share: 'To share them, hand on these lines',
    lines: 'Lines',
    paste: 'Lines that somebody handed to you',
    pasteHint: 'Views of the same name are replaced.',
    add: 'Add these views',
    address: 'Address',
    list: 'Views',
  },
  problems: {
    nonsense: 'That was not understood, so nothing was changed.',
    nothing: 'Nothing was named, so nothing was muted. Write a word, or a phrase.',
    date: 'That is not a date. Write it as 2026-12-01.',
    past: 'That date has gone by, so nothing was muted. Choose one to come.',
    name: 'A view needs a name.',
    address: 'A view is an address of the timeline: it begins with “?”, or with “/?”.',
    snippet: 'No view was found in these lines. They begin with “views:”.',
    full: 'There is no room for more: a browser keeps about 400 stars, mutes and views. Take something away, then try again.',
  } satisfies Record<Problem, string>,
}
