import type { Mistake, Operator } from '#lib/reading/search-query'

/** What the field, the page and the suggestions of search say. */
export const searchStrings = {
  title: 'Search',
  hitsFor: (query: string) => `Search: ${query}`,
  skip: 'Skip to the posts',
  titleOf: (query: string) => `${query} · Search`,
  label: 'Search every channel',
  submit: 'Search',
  suggestions: 'Ways to narrow the search',
  found: (count: number, most: number) =>
    count > most ? `${most.toLocaleString('en')}+ posts` : count === 1 ? '1 post' : `${count.toLocaleString('en')} posts`,
  newestFirst: 'newest first',
  none: 'No post says that.',
  noneHint: 'Words are found in every form, “phrases in quotes” exactly. Fewer words find more.',
  nothingFurther: (older: boolean) => (older ? 'Nothing older than this.' : 'Nothing newer than this yet.'),
  newest: 'Newest',
  newer: '↑ Newer',
  older: '↓ Older',
  end: 'No older post says that.',
  conversation: (title: string) => `In the conversation on ${title}`,
  tooBroad: 'This takes too long: the words are in too many posts. Add a word, a platform: or an after: to narrow it.',
  broken: 'This search cannot be understood.',
  place: (from: number) => `At character ${from + 1}:`,
  help: 'How to search',
  reach:
    'What is found is what you may read here, newest first; nothing is ranked. Of what is deleted where it was said, nothing is found.',
  operators: {
    from: { example: 'from:ada', means: 'by a person, by name or handle' },
    platform: { example: 'platform:', means: 'on one platform' },
    source: { example: 'source:', means: 'shown by one source' },
    before: { example: 'before:2026-11-01', means: 'said before that day, month or year' },
    after: { example: 'after:2026-10', means: 'said since that day, month or year' },
    has: { example: 'has:code', means: 'with a link, image, video, audio, code or poll' },
    lang: { example: 'lang:de', means: 'in a language' },
  } satisfies Record<Operator, { example: string; means: string }>,
  more: [
    { example: '"srun --gres"', means: 'these words in a row, exactly' },
    { example: 'lustre OR beegfs', means: 'either' },
    { example: '-jobs', means: 'without' },
    { example: 'mi300*', means: 'all words that begin so' },
    { example: '#hpc', means: 'the tag alone' },
  ],
}

/** A mistake in a search, as one sentence to who made it. */
export function mistakeInWords({ reason, written, operator, instead = [] }: Mistake): string {
  const quoted = `“${written}”`
  switch (reason) {
    case 'nothing':
      return `There is no word in ${quoted}: signs alone are not looked for.`
    case 'too-long':
      return 'The search is too long: 500 characters and 40 words are the most.'
    case 'unclosed-quote':
      return `The quote that begins with ${quoted} has no end: add a " behind its last word.`
    case 'or-alone':
      return 'OR stands between two words, one of which is enough: a word is missing beside it. To look for the word itself, write "or".'
    case 'unknown-operator':
      return `There is no ${quoted}. ${instead[0] ?? ''} is meant? To look for it as words, put them in quotes.`
    case 'empty-value':
      return `${operator}: needs what it is to look for right behind it, as in ${operator ? searchStrings.operators[operator].example : ''}.`
    case 'unknown-platform':
      return `There is no platform ${quoted} here, but ${listed(instead)}.`
    case 'unknown-source':
      return `No source is called ${quoted}. The page of sources has their names; one with spaces stands in quotes.`
    case 'unknown-have':
      return `A post cannot be asked for ${quoted}; has: knows ${listed(instead)}.`
    case 'bad-language':
      return `${quoted} is no language: two letters are meant, as in lang:de.`
    case 'bad-date':
      return `${quoted} is no day: write it as 2026-11-22, a month as 2026-11, a year as 2026.`
    case 'date-in-or':
      return `${operator}: counts for the whole search, so it cannot stand behind OR.`
    case 'not-date':
      return `A time is turned round with ${instead[0] ?? ''} instead of the minus.`
    case 'empty-span':
      return 'No time is both: what after: asks for lies behind what before: allows.'
    case 'short-prefix':
      return `${quoted} is the beginning of too many words: three letters before the * are the least.`
    default:
      return reason satisfies never
  }
}

function listed(words: string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
