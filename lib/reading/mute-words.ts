import type { Mute } from './preferences.ts'

/** What is muted, as it stands in a sentence: `the word “exascale”`. */
export function muteWords({ what, name }: Pick<Mute, 'what' | 'name'>): string {
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
