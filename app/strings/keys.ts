/** The keys, what each does, and where the same is to be pressed. */
export const keyStrings = {
  title: 'Keys',
  lead: 'Single keys do these things wherever nothing is being typed. None is needed: each has a place to press as well.',
  off: 'Switch them off in the settings',
  key: 'Key',
  does: 'What it does',
  otherwise: 'Without it',
  list: [
    { keys: ['j', 'k'], between: ', ', does: 'Next post, previous post', otherwise: 'scroll' },
    { keys: ['o', 'Enter'], between: ' or ', does: 'Open the original of the post', otherwise: 'the first link in its foot' },
    { keys: ['x'], does: 'Open its next fold; once all are open, close them', otherwise: 'the line that says what is folded' },
    { keys: ['s'], does: 'Star its author, or take the star away', otherwise: '“⋯” in its foot' },
    { keys: ['m'], does: 'Mute its author', otherwise: '“⋯” in its foot' },
    { keys: ['1', '9'], between: '–', does: 'Show a platform, or leave it out', otherwise: 'the filters above the posts' },
    { keys: ['0'], does: 'Show all', otherwise: '“All” before the filters' },
    { keys: ['/'], does: 'Search', otherwise: 'the field in the bar' },
    { keys: ['.'], does: 'Newest posts', otherwise: '“↑ new posts”, or “Newest” above the posts' },
    { keys: ['g'], does: 'Where you were', otherwise: '“Where you were” beside the first day' },
    { keys: ['t'], does: 'Go to a date', otherwise: '“Go to a date” at the foot of the page' },
    { keys: ['?'], does: 'This list', otherwise: '“Keys” at the foot of the page' },
    { keys: ['Esc'], does: 'Close what is open', otherwise: 'press beside it' },
  ] satisfies { keys: string[]; between?: string; does: string; otherwise: string }[],
}
